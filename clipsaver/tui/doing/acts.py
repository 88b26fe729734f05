"""From a row of the table of actions to what it does, where it can be done now."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clipsaver.tui.actions import BY_ID, Situation, why_not
from clipsaver.tui.doing.handlers import HANDLERS
from clipsaver.tui.sources.wishes import Deed

if TYPE_CHECKING:
    from clipsaver.tui.app import ClipsaverApp


class Acts:
    """What a person can do in this application, as it is now."""

    def __init__(self, app: ClipsaverApp) -> None:
        self._app = app
        self._is_leaving = False

    @property
    def why_read_only(self) -> str:
        """Why nothing may be changed; empty = it may."""
        settings = self._app.settings
        if self._app.is_web and not settings.allows_actions_in_browser:
            return "in a browser it takes --allow-actions"
        return settings.why_read_only

    def situation(self) -> Situation:
        """All that decides which actions can be done now."""
        app = self._app
        screen, last = app.current, app.deeds.last
        return Situation(
            view=app.view,
            has_row=screen.target() is not None,
            marked=len(screen.marked()),
            is_read_only=bool(self.why_read_only),
            away="Redis is down" if app.looker.state.is_down else "",
            can_undo=bool(last and last.undo),
            refused=screen.refused(),
        )

    def act(self, action_id: str) -> None:
        """One action; what cannot be done now is said with the reason."""
        app, action = self._app, BY_ID[action_id]
        if why := why_not(action, self.situation()):
            why = f"read only: {self.why_read_only}" if why == "read only" else why
            app.say(f"{action.words}: {why}", is_warning=True)
        elif action.deed is not None:
            keys = app.current.marked() if action.takes_marks else ()
            target = app.current.target() if action.needs_row else None
            if action.deed is Deed.RELEASE_WORKER:
                target = app.current.holder()
            keys = keys or ((target,) if target is not None else ())
            app.begin(app.deeds.carry_out(action, keys, app.current.place()))
        elif handler := HANDLERS.get(action_id):
            app.guarded(partial(handler, app))
        else:
            app.guarded(partial(app.current.perform, action_id))

    def leave(self) -> None:
        """Quit; asks where an action still runs, and not again where it has asked."""
        app = self._app
        if self._is_leaving or not app.deeds.running:
            app.exit()
            return
        self._is_leaving = True
        app.begin(self._ask_and_leave())

    async def _ask_and_leave(self) -> None:
        try:
            if await self._app.person.leave(self._app.deeds.running):
                self._app.exit()
        finally:
            self._is_leaving = False
