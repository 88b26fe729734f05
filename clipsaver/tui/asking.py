"""Asks a person by dialogs, and tells what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipsaver.tui.actions import Action, Danger
from clipsaver.tui.doing import Done
from clipsaver.tui.screens.confirm import ConfirmDialog
from clipsaver.tui.screens.new_job import NewJobDialog
from clipsaver.tui.sources.wishes import Preview

if TYPE_CHECKING:
    from clipsaver.tui.app import ClipsaverApp


class AskingPerson:
    """The `doing.Person` in front of an application."""

    def __init__(self, app: ClipsaverApp) -> None:
        self._app = app

    async def confirm(self, preview: Preview, action: Action, danger: Danger) -> bool:
        """Whether it is to be done."""
        deed = action.words.capitalize()
        things = "1" if preview.count == 1 else f"{preview.count:,}"
        dialog = ConfirmDialog(
            f"{deed} {things}?",
            f"{deed} {things}",
            preview.facts,
            preview.twin,
            count=preview.count if danger is Danger.COUNT else None,
        )
        return bool(await self._app.ask(dialog))

    async def fill_in(self, written: dict[str, str], wrong: str) -> dict[str, str] | None:
        """The form of a new job."""
        return await self._app.ask(NewJobDialog(written, wrong))

    async def leave(self, running: int) -> bool:
        """Whether to quit while this many actions are not confirmed yet."""
        what = "an action" if running == 1 else f"{running} actions"
        facts = (("still runs", f"{what}; what a server was asked for, it may do all the same"),)
        return bool(await self._app.ask(ConfirmDialog("Quit?", "Quit", facts, "")))

    def tell(self, done: Done) -> None:
        """In the line at the bottom; what went wrong also where it is seen at once."""
        if not done.is_whole:
            self._app.say(done.words, is_warning=True)
        self._app.looker.look_now()
        self._app.paint()

    def stumbled(self, error: Exception) -> None:
        self._app.looker.stumble(error)
        self._app.paint()
