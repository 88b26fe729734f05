"""Copying and exporting what is on a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clipsaver.database.clips import StoredClip
from clipsaver.errors import UsageError
from clipsaver.terminal_text import printable
from clipsaver.tui.screens.words import TextDialog
from clipsaver.tui.sharing.clipboard import copy
from clipsaver.tui.sharing.files import export
from clipsaver.tui.sharing.plain_json import record_of

if TYPE_CHECKING:
    from clipsaver.tui.screens.listing import ListingScreen

_TWICE_S: Final = 2.0
"""`Y` again within so long opens what it copied."""


def _ids(screen: ListingScreen) -> None:
    keys = screen.marked() or ((key,) if (key := screen.target()) else ())
    _copy(screen, "\n".join(keys))


def _links(screen: ListingScreen) -> None:
    clips = [row.raw for row in screen.rows_of_target() if isinstance(row.raw, StoredClip)]
    _copy(screen, "\n".join(printable(clip.url) for clip in clips))


def _records(screen: ListingScreen) -> None:
    app = screen.application
    rows = screen.rows_of_target()
    if not rows:
        app.say("what is opened here is copied from its own screen", is_warning=True)
        return
    text = record_of(rows)
    if app.clock() - screen.copied_s < _TWICE_S:
        title = "The record" if len(rows) == 1 else f"{len(rows):,} records"
        app.open_dialog(TextDialog(title, text))
        return
    screen.copied_s = app.clock()
    _copy(screen, text)


def _copy(screen: ListingScreen, text: str) -> None:
    app = screen.application

    async def run() -> None:
        copied = await copy(text, app)
        again = "" if copied.is_done else "; e exports"
        app.say(f"{copied.words}{again}", is_warning=not copied.is_done)

    app.begin(run())


def _export(screen: ListingScreen) -> None:
    """All that the filter lets through, not only what is seen."""
    app, rows = screen.application, screen.table.shown_rows

    async def run() -> None:
        try:
            now, folder = datetime.now(UTC), Path.cwd()
            app.say(await export(rows, screen.view.value, app, at=now, folder=folder))
        except UsageError as error:
            app.say(str(error), is_warning=True)

    app.begin(run())


ON_COPIES: Final[Mapping[str, Callable[[ListingScreen], None]]] = {
    "copy.id": _ids,
    "copy.link": _links,
    "copy.record": _records,
    "list.export": _export,
}
