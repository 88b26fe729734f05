"""The line of `:`, which goes to a screen and narrows it down at once."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from textwrap import wrap
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from clipsaver.tui.screens.dialog import Dialog
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.rows import Cell, Tone
from clipsaver.tui.widgets.still_input import StillInput
from clipsaver.tui.widgets.text_lines import TextLines

_NAMES: Final = {
    **{view.value: view for view in View},
    **{view.value.removesuffix("s"): view for view in View},
    "home": View.OVERVIEW,
    "events": View.LOGS,
    "letters": View.DEAD,
    "entries": View.PENDING,
    **{str(number): view for number, view in enumerate(View, start=1)},
}


@dataclass(frozen=True, slots=True)
class GoTo:
    """Where to, and what the list there is narrowed down to."""

    view: View
    filter_text: str = ""
    opens_only: bool = False
    """Whether to open the row, where only one is left."""


def parse_go_to(text: str) -> GoTo | str:
    """`pending w-9`, or why that is nowhere, in words."""
    name, _, rest = text.strip().lstrip(":").partition(" ")
    name = name.casefold()
    view = _NAMES.get(name) or _only_one_begins_with(name)
    if view is not None:
        return GoTo(view, rest.strip(), opens_only=name == "job" and bool(rest.strip()))
    if not name:
        return "where to? " + ", ".join(view.value for view in View)
    close = get_close_matches(name, [view.value for view in View], n=1)
    hint = f"did you mean {close[0]}?" if close else "there are " + ", ".join(View)
    return f"there is no screen {name}; {hint}"


def _only_one_begins_with(start: str) -> View | None:
    found = [view for view in View if view.value.startswith(start)] if start else []
    return found[0] if len(found) == 1 else None


class GoToDialog(Dialog[GoTo]):
    """None where a person thought better of it."""

    DEFAULT_CSS = """
    GoToDialog { align: left bottom; }
    GoToDialog > .box { width: 100%; }
    """

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content("Go to")
            yield StillInput(placeholder="pending w-9, job 7f3a, dead not_found", compact=True)
            yield TextLines(id="wrong")

    def on_mount(self) -> None:
        super().on_mount()
        self._say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        to = parse_go_to(event.value)
        if isinstance(to, str):
            self._say(to)
        else:
            self.dismiss(to)

    def _say(self, words: str) -> None:
        width = self.app.size.width - 4
        lines = [(Cell(line, Tone.WARN),) for line in wrap(words, max(10, width))]
        self.query_one("#wrong", TextLines).show(lines, width, self.application.looks)
