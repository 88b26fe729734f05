"""The tables of docs/tui.md, from the table of actions and from the lists of the screens.

Where they differ, `python -m scripts.tui_page` writes them anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from clipsaver.tui.actions import ACTIONS, BY_ID, Action, Danger
from clipsaver.tui.actions.keys import shown
from clipsaver.tui.filters.terms import written_field
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.listings import LISTINGS
from clipsaver.tui.viewmodel.rows import Measure
from scripts.database_page import with_part

PAGE = Path(__file__).parent.parent / "docs" / "tui.md"

_GOING = tuple(f"go.{view}" for view in View)
_ASKS = {Danger.NONE: "", Danger.ASK: "yes", Danger.COUNT: "the number"}


def keys() -> str:
    """What changes nothing, in Markdown; the eight keys of the screens in one row."""
    rows = [
        f"| {_keys(one)} | {_screens(one)} | {_cell(one.help)} | `{one.id}` |"
        for one in ACTIONS
        if not one.is_change and one.id not in _GOING
    ]
    first, last = (BY_ID[name] for name in (_GOING[0], _GOING[-1]))
    going = f"| {_keys(first)} to {_keys(last)} | all | Go to this screen. | "
    ids = f"`{first.id}` to `{last.id}` |"
    return _table(("key", "screens", "what it does", "id"), [going + ids, *rows])


def changes() -> str:
    """What changes something, with what it asks of one thing and the command that does the same."""
    rows = (
        f"| {_keys(one)} | {_screens(one)} | {_cell(one.help)} | {_ASKS[one.danger]} | "
        f"{f'`{one.twin}`' if one.twin else ''} | `{one.id}` |"
        for one in ACTIONS
        if one.is_change
    )
    return _table(("key", "screens", "what it does", "asks", "same as", "id"), rows)


def fields() -> str:
    """What a filter may name on each screen."""
    rows = (f"| {view.capitalize()} | {', '.join(_fields(view))} |" for view in LISTINGS)
    return _table(("screen", "fields"), rows)


def renewed(page: str) -> str:
    """The page with the tables as they have to be."""
    for name, table in (("keys", keys()), ("changes", changes()), ("fields", fields())):
        page = with_part(page, name, table)
    return page


def _fields(view: View) -> Iterator[str]:
    listing = LISTINGS[view]
    measures = {one.name.lower(): one.measure for one in listing.columns}
    measures.update(listing.measures)
    for name in dict.fromkeys([*measures, *listing.fields]):
        unit = {Measure.LENGTH: " (length)", Measure.MOMENT: " (time)", Measure.SIZE: " (size)"}
        measure = measures.get(name)
        yield f"`{written_field(name)}`{unit.get(measure, '') if measure else ''}"


def _keys(action: Action) -> str:
    return " ".join(f"`{shown(key)}`" for key in action.keys)


def _screens(action: Action) -> str:
    if not action.views:
        return "all"
    missing = [view for view in View if view not in action.views]
    if len(missing) < len(action.views):
        return f"all but {', '.join(view.capitalize() for view in missing)}"
    return ", ".join(view.capitalize() for view in View if view in action.views)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(head: Iterable[str], rows: Iterable[str]) -> str:
    heads = tuple(head)
    return "\n".join([f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
