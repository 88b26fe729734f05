"""What the actions do that concern the application as a whole, by their ids.

Those that change something outside of this window have a Deed and go through `deeds`; what
concerns what is on a screen, that screen does itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clipsaver.tui.doing.palette import ActionsProvider, Palette
from clipsaver.tui.screens.go_to import GoTo, GoToDialog
from clipsaver.tui.screens.words import HelpDialog
from clipsaver.tui.sources.wanted import View

if TYPE_CHECKING:
    from clipsaver.tui.app import ClipsaverApp

Handler = Callable[["ClipsaverApp"], None]


def _back(app: ClipsaverApp) -> None:
    if not app.current.leave():
        app.go_back()


def _step(by: int) -> Handler:
    views = tuple(View)

    def go(app: ClipsaverApp) -> None:
        at = views.index(app.view)
        app.go(views[(at + by) % len(views)], comes_back=False)

    return go


def _to(view: View) -> Handler:
    return lambda app: app.go(view, comes_back=False)


def _to_last(app: ClipsaverApp) -> None:
    if app.last_view is not None:
        app.go(app.last_view, comes_back=False)


def _ask_where_to(app: ClipsaverApp) -> None:
    def go(to: GoTo | None) -> None:
        if to is not None:
            app.go(to.view, filter_text=to.filter_text or None, opens_only=to.opens_only)

    app.open_dialog(GoToDialog(), go)


def _logs_of_row(app: ClipsaverApp) -> None:
    key = app.current.log_filter()
    if key:
        app.go(View.LOGS, filter_text=key)


def _pause(app: ClipsaverApp) -> None:
    pace = app.looker.pace
    app.looker.set_pace(replace(pace, is_paused=not pace.is_paused))
    app.paint()


def _faster(app: ClipsaverApp) -> None:
    app.looker.set_pace(app.looker.pace.faster())
    app.paint()


def _slower(app: ClipsaverApp) -> None:
    app.looker.set_pace(app.looker.pace.slower())
    app.paint()


def _palette(app: ClipsaverApp) -> None:
    app.open_dialog(Palette(providers=[ActionsProvider], placeholder="what to do"))


def _undo(app: ClipsaverApp) -> None:
    app.begin(app.deeds.undo())


HANDLERS: Final[Mapping[str, Handler]] = {
    **{f"go.{view.value}": _to(view) for view in View},
    "go.previous": _step(-1),
    "go.next": _step(1),
    "go.last": _to_last,
    "go.to": _ask_where_to,
    "logs.of_row": _logs_of_row,
    "app.back": _back,
    "app.pause": _pause,
    "app.faster": _faster,
    "app.slower": _slower,
    "app.refresh": lambda app: app.looker.look_now(),
    "app.palette": _palette,
    "app.help": lambda app: app.open_dialog(HelpDialog(app.view)),
    "app.quit": lambda app: app.acts.leave(),
    "app.undo": _undo,
}
"""All others are done by the screen that is in front."""
