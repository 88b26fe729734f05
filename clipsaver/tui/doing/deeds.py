"""Carries out what a person asks for: what it would do, the question, the deed, what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from clipsaver.errors import ClipsaverError
from clipsaver.terminal_text import in_cells
from clipsaver.tui.actions import Action, Danger, asks
from clipsaver.tui.sources.protocol import Operator
from clipsaver.tui.sources.wishes import Deed, Preview, Result, Wish

T = TypeVar("T")


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
        """Whether it is to be done; False also where the person is busy with something else."""

    async def fill_in(self, written: dict[str, str], wrong: str) -> dict[str, str] | None:
        """The form of a new job, with what was wrong with it; None = not now."""

    def tell(self, done: Done) -> None:
        """What came of it."""

    def refuse(self, words: str) -> None:
        """Why nothing is asked now."""

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
        self._is_asking = False
        """Whether one is looked up or asked about: two questions would lie on each other."""

    async def carry_out(
        self, action: Action, keys: tuple[str, ...], written: Mapping[str, str] | None = None
    ) -> None:
        """The whole course of one action; raises nothing but what cancels it.

        `written` is what the form of a new job begins with. One at a time is asked about; what
        comes meanwhile is refused with words.
        """
        assert action.deed is not None
        if self._is_asking:
            self._person.refuse(f"{action.words}: one thing is still being looked up; try again")
            return
        self._is_asking = True
        try:
            if action.deed is Deed.NEW_JOB:
                wish = await self._told(self._new_job(action, dict(written or {})))
            else:
                wish = await self._told(self._asked(action, Wish(action.deed, keys)))
        finally:
            self._is_asking = False
        if wish is not None:
            await self._told(self._do(wish))

    async def undo(self) -> None:
        """Take back the last one, where that is still possible; where a store is away, later."""
        if self.last is not None and self.last.undo is not None:
            wish = self.last.undo
            self.last = None
            await self._told(self._do(wish), undo=wish)

    async def _new_job(self, action: Action, written: dict[str, str]) -> Wish | None:
        """What is to be done, after its form and the question."""
        wrong = ""
        while True:
            answer = await self._person.fill_in(written, wrong)
            if answer is None:
                return None
            written = answer
            wish = Wish(Deed.NEW_JOB, options=written)
            try:
                preview = await self._operator.preview(wish)
            except ClipsaverError as error:
                wrong = str(error)
                continue
            if not preview.refused:
                return await self._asked(action, wish, preview)
            wrong = preview.refused

    async def _asked(
        self, action: Action, wish: Wish, preview: Preview | None = None
    ) -> Wish | None:
        """What is to be done, where it is; None = nothing is."""
        preview = preview or await self._operator.preview(wish)
        if preview.refused or preview.count == 0:
            why = preview.refused or "; ".join(f"{word} {said}" for word, said in preview.facts)
            self._tell(Done(f"nothing was done: {why}", is_whole=False))
            return None
        danger = asks(action, preview.count, is_risky=preview.is_risky)
        if wish.deed is Deed.NEW_JOB:  # nothing of its form has been looked up before
            danger = max(danger, Danger.ASK)
        if danger is Danger.NONE or await self._person.confirm(preview, danger):
            return preview.wish
        return None

    async def _do(self, wish: Wish) -> None:
        self.running += 1
        try:
            result: Result = await self._operator.do(wish)
        finally:
            self.running -= 1
        self._tell(Done(in_cells(result.words), result.twin, result.is_whole, result.undo))

    async def _told(self, course: Awaitable[T], undo: Wish | None = None) -> T | None:
        """What it comes to; what goes wrong is told, and `undo` can be tried again."""
        try:
            return await course
        except ClipsaverError as error:
            words = f"could not be done: {in_cells(str(error))}"
            self._tell(Done(words, is_whole=False, undo=undo))
        except Exception as error:  # noqa: BLE001 - said, kept, and no reason to end
            words = in_cells(f"{type(error).__name__}: {error}")
            self._tell(Done(f"could not be done, a mistake of ours: {words}", is_whole=False))
            self._person.stumbled(error)
        return None

    def _tell(self, done: Done) -> None:
        self.last = done
        self._person.tell(done)
