"""Carries out what a person asks for: what it would do, the question, the deed, what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Protocol

from clipsaver.errors import ClipsaverError
from clipsaver.terminal_text import in_cells
from clipsaver.tui.actions import Action, Danger, asks
from clipsaver.tui.sources.protocol import Operator
from clipsaver.tui.sources.wishes import Deed, Preview, Result, Wish


@dataclass(frozen=True, slots=True)
class Done:
    """What the last action came to, for the line at the bottom."""

    words: str
    twin: str = ""
    is_whole: bool = True
    undo: Wish | None = None


class Person(Protocol):
    """Who is asked, and told."""

    async def confirm(self, preview: Preview, danger: Danger) -> bool:
        """Whether it is to be done."""

    async def fill_in(self, written: dict[str, str], wrong: str) -> dict[str, str] | None:
        """The form of a new job, with what was wrong with it; None = not now."""

    def tell(self, done: Done) -> None:
        """What came of it."""

    def stumbled(self, error: Exception) -> None:
        """Something went wrong that is a mistake of ours."""


class Deeds:
    """What is being done now, and what was done last."""

    def __init__(self, operator: Operator, person: Person) -> None:
        self.running = 0
        """Deeds that a store has been asked for and has not confirmed yet."""
        self.last: Done | None = None
        self._operator = operator
        self._person = person

    async def carry_out(
        self, action: Action, keys: tuple[str, ...], written: Mapping[str, str] | None = None
    ) -> None:
        """The whole course of one action; raises nothing but what cancels it.

        `written` is what the form of a new job begins with.
        """
        assert action.deed is not None
        if action.deed is Deed.NEW_JOB:
            await self._told(self._new_job(action, dict(written or {})))
        else:
            await self._told(self._ask_and_do(action, Wish(action.deed, keys)))

    async def undo(self) -> None:
        """Take back the last one, where that is still possible."""
        if self.last is not None and self.last.undo is not None:
            wish = self.last.undo
            self.last = None
            await self._told(self._do(wish))

    async def _new_job(self, action: Action, written: dict[str, str]) -> None:
        wrong = ""
        while True:
            answer = await self._person.fill_in(written, wrong)
            if answer is None:
                return
            written = answer
            wish = Wish(Deed.NEW_JOB, options=written)
            try:
                preview = await self._operator.preview(wish)
            except ClipsaverError as error:
                wrong = str(error)
                continue
            if not preview.refused:
                await self._ask_and_do(action, wish, preview)
                return
            wrong = preview.refused

    async def _ask_and_do(self, action: Action, wish: Wish, preview: Preview | None = None) -> None:
        preview = preview or await self._operator.preview(wish)
        if preview.refused or preview.count == 0:
            why = preview.refused or "; ".join(f"{word} {said}" for word, said in preview.facts)
            self._tell(Done(f"nothing was done: {why}", is_whole=False))
            return
        danger = asks(action, preview.count, is_risky=preview.is_risky)
        if wish.deed is Deed.NEW_JOB:  # nothing of its form has been looked up before
            danger = max(danger, Danger.ASK)
        if danger is Danger.NONE or await self._person.confirm(preview, danger):
            await self._do(preview.wish)

    async def _do(self, wish: Wish) -> None:
        self.running += 1
        try:
            result: Result = await self._operator.do(wish)
        finally:
            self.running -= 1
        self._tell(Done(in_cells(result.words), result.twin, result.is_whole, result.undo))

    async def _told(self, course: Awaitable[None]) -> None:
        try:
            await course
        except ClipsaverError as error:
            self._tell(Done(f"could not be done: {in_cells(str(error))}", is_whole=False))
        except Exception as error:  # noqa: BLE001 - said, kept, and no reason to end
            words = in_cells(f"{type(error).__name__}: {error}")
            self._tell(Done(f"could not be done, a mistake of ours: {words}", is_whole=False))
            self._person.stumbled(error)

    def _tell(self, done: Done) -> None:
        self.last = done
        self._person.tell(done)
