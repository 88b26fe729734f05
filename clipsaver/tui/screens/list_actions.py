"""What the actions do that only some lists have: following, grouping, links, minutes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from clipsaver.database.clips import StoredClip
from clipsaver.errors import ClipsaverError
from clipsaver.tui.screens.words import TextDialog
from clipsaver.tui.sharing.links import has_browser, message_link
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.listings import DEAD_EACH, LISTINGS
from clipsaver.utc import of_day

if TYPE_CHECKING:
    from clipsaver.tui.app import ClipsaverApp
    from clipsaver.tui.screens.listing import ListingScreen

_MINUTE_MS: Final = 60_000


def _follow(screen: ListingScreen) -> None:
    """Of jobs, one: its detail, with what happened last always in sight."""
    if screen.view is View.JOBS:
        if not screen.opened and (key := screen.table.cursor_key) is not None:
            screen.open(key)
            screen.follows_detail = True
        else:
            screen.follows_detail = not screen.follows_detail
    else:
        screen.table.is_following = not screen.table.is_following
    screen.application.paint()


def _group(screen: ListingScreen) -> None:
    screen.is_grouped = not screen.is_grouped
    screen.show_listing(LISTINGS[View.DEAD] if screen.is_grouped else DEAD_EACH)
    screen.application.looker.look_now()


def _open_link(screen: ListingScreen) -> None:
    row = screen.row_of_target()
    if row is not None and isinstance(row.raw, StoredClip):
        _open(screen.application, message_link(row.raw))


def _tree(screen: ListingScreen) -> None:
    """Of the worker's tasks, once it has answered: within two seconds, mostly."""
    app = screen.application
    key = screen.opened[0] if screen.opened else screen.table.cursor_key
    if key is None:
        return

    async def ask() -> None:
        app.say(f"asked {key} for its tasks")
        try:
            tree = await app.looker.task_tree(key)
        except ClipsaverError as error:
            app.say(str(error), is_warning=True)
            return
        if app.screen is not app.current:  # nothing pops up over a question
            app.say(f"{key} has answered; ask again once this is closed")
            return
        app.open_dialog(
            TextDialog(f"Tasks of {key} at {of_day(tree.at_ms)}", "\n".join(tree.lines))
        )

    app.begin(ask())


def _open(app: ClipsaverApp, link: str) -> None:
    """In a browser, where there is one beside this terminal; else it is copied."""
    if app.is_web or has_browser(os.environ, sys.platform):
        app.open_url(link)
        app.say(f"opened {link}")
    else:
        app.copy_to_clipboard(link)
        app.say(f"there is no browser here; copied {link}")


def _minute(by: int) -> Callable[[ListingScreen], None]:
    """To the first line that is a minute further on; a line says when it was in `time`."""

    def move(screen: ListingScreen) -> None:
        rows, here = screen.table.shown_rows, screen.table.cursor_row
        at_ms = here.values.get("time") if here else None
        if not isinstance(at_ms, int | float):
            return
        times = [(row.values.get("time"), row.key) for row in rows]
        later = [
            (time, key)
            for time, key in times
            if isinstance(time, int | float) and (time - at_ms) * by >= _MINUTE_MS
        ]
        if later:
            nearest = min(later, key=lambda one: abs(one[0] - at_ms))
            screen.table.move_to(nearest[1])
        else:
            screen.table.perform("move.last" if by > 0 else "move.first")

    return move


ON_LISTS: Final[Mapping[str, Callable[[ListingScreen], None]]] = {
    "follow": _follow,
    "dead.grouped": _group,
    "clip.open": _open_link,
    "worker.tree": _tree,
    "logs.minute_on": _minute(1),
    "logs.minute_back": _minute(-1),
}
