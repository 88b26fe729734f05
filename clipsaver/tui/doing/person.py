"""Asks a person by dialogs, and tells what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from clipsaver.tui.actions import BY_ID, Danger
from clipsaver.tui.doing.deeds import Done
from clipsaver.tui.screens.confirm import ConfirmDialog
from clipsaver.tui.screens.new_job import NewJobDialog
from clipsaver.tui.sources.wishes import Deed, Preview

if TYPE_CHECKING:
    from clipsaver.tui.app import ClipsaverApp


_ENTRY, _LETTER, _WORKER = ("entry", "entries"), ("letter", "letters"), ("worker", "workers")
_THINGS: Mapping[Deed, tuple[str, str]] = {
    Deed.NEW_JOB: ("job", "jobs"),
    Deed.CANCEL: ("job", "jobs"),
    Deed.RELEASE: _ENTRY,
    Deed.RELEASE_WORKER: _ENTRY,
    Deed.BURY: _ENTRY,
    Deed.DROP_ENTRY: _ENTRY,
    Deed.RETRY: _LETTER,
    Deed.DROP_LETTER: _LETTER,
    Deed.PAUSE: _WORKER,
    Deed.RESUME: _WORKER,
    Deed.DRAIN: _WORKER,
    Deed.REMAKE: ("thumbnail", "thumbnails"),
}
_VERBS: Mapping[Deed, str] = {
    **{deed: deed.value.partition(".")[2] for deed in Deed},
    Deed.NEW_JOB: "push",
    Deed.CANCEL: "end",
    Deed.RELEASE_WORKER: "release",
}
"""`end` for cancelling a job: on a dialog that has a button Cancel, that means the other thing."""


class AskingPerson:
    """The `deeds.Person` in front of an application."""

    def __init__(self, app: ClipsaverApp) -> None:
        self._app = app

    async def confirm(self, preview: Preview, danger: Danger) -> bool:
        """Whether it is to be done. A question that took long must not come under the keys of a
        person who went on: it would be answered by them."""
        if not self._is_there_for(preview.wish.deed):
            word = BY_ID[preview.wish.deed].words
            self.refuse(f"{word}: nothing was done, since you went on; ask again")
            return False
        deed = _VERBS[preview.wish.deed].capitalize()
        one, many = _THINGS[preview.wish.deed]
        things = f"this {one}" if preview.count == 1 else f"{preview.count:,} {many}"
        dialog = ConfirmDialog(
            f"{deed} {things}?",
            deed if preview.count == 1 else f"{deed} {preview.count:,}",
            preview.facts,
            preview.twin,
            count=preview.count if danger is Danger.COUNT else None,
        )
        answer = await self._app.ask(dialog)
        return bool(answer)

    async def fill_in(self, written: dict[str, str], wrong: str) -> dict[str, str] | None:
        """The form of a new job."""
        return await self._app.ask(NewJobDialog(written, wrong))

    async def leave(self, running: int) -> bool:
        """Whether to quit while this many actions are not confirmed yet."""
        what = "an action" if running == 1 else f"{running} actions"
        facts = (("still runs", f"{what}; what a server was asked for, it may do all the same"),)
        answer = await self._app.ask(ConfirmDialog("Quit?", "Quit", facts, ""))
        return bool(answer)

    def tell(self, done: Done) -> None:
        """In the line at the bottom, where the application keeps what was done last."""
        del done
        self._app.tell()
        self._app.looker.look_now()
        self._app.paint()

    def refuse(self, words: str) -> None:
        """Likewise, without having tried."""
        self._app.say(words, is_warning=True)

    def _is_there_for(self, deed: Deed) -> bool:
        app = self._app
        is_in_front = app.screen is app.current and not app.current.is_typing
        return is_in_front and BY_ID[deed].is_on(app.view)

    def stumbled(self, error: Exception) -> None:
        self._app.looker.stumble(error)
        self._app.paint()
