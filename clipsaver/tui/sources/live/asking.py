"""Questions to the database that never make a look slow.

Looks come each second and want the same again and again, so answers are kept: what was never asked
is asked at once, and of what is known one thing is asked again in each look, the one that is most
out of date. A look waits for a moment; what takes longer comes with the next one, and is asked the
more seldom the longer it takes: who looks may cost a large database no more than a part of it.
While the database is away it is asked ever more seldom, and what it said last is not shown as if
it were so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from clipsaver.errors import ClipsaverError
from clipsaver.operating.connecting import Connections

_WAIT_S = 0.25
"""What a look waits for answers; a server nearby takes some milliseconds."""
_SILENT_S = 1.0
"""After that an answer that has not come is said to be missing."""
_RESTS, _LONGEST_REST_S = 10, 15.0
"""So many times what a question took its answer will do at least, but no longer than that."""
_FIRST_RETRY_S, _LONGEST_RETRY_S = 1.0, 10.0
_MOST_KEPT = 32
"""Answers: those of this look, and of rows that were chosen before."""


@dataclass(frozen=True, slots=True)
class Question:
    """One statement, and for how long its answer will do."""

    key: Hashable
    """Equal for the same question."""
    max_age_s: float
    ask: Callable[[AsyncConnection[Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class _Answer:
    value: Any
    at_s: float
    took_s: float

    def overdue_s(self, question: Question, now: float) -> float:
        """For how long the question is to be asked again; negative = not yet."""
        rest_s = min(_RESTS * self.took_s, _LONGEST_REST_S)
        return now - self.at_s - max(question.max_age_s, rest_s)


class Desk:
    """Asks for looks; `close` it, or see `open_desk`. `clock` is monotonic, in seconds."""

    def __init__(self, tables: Connections, clock: Callable[[], float] = time.monotonic) -> None:
        self._tables = tables
        self._clock = clock
        self._answers: dict[Hashable, _Answer] = {}
        self._task: asyncio.Task[None] | None = None
        self._began_s = 0.0
        self._failures = 0
        self._next_try_s = float("-inf")
        self.latency_ms: float | None = None
        """Of the last answer, there and back."""
        self._error: str | None = None
        self._since_s: float | None = None

    @property
    def error(self) -> str | None:
        """Why it does not answer, in words; None = it does."""
        if self._error is None and self._is_silent():
            return "the database has not answered yet; is it overloaded or cut off?"
        return self._error

    @property
    def away_for_s(self) -> float | None:
        """For how long it has not answered; None = it does."""
        if self.error is None:
            return None
        return self._clock() - (self._began_s if self._since_s is None else self._since_s)

    async def answers(self, questions: Sequence[Question]) -> dict[Hashable, Any]:
        """What is known of them, by key; nothing while the database is away.

        Raises what no outage explains: a mistake of ours.
        """
        may_ask = self._task is None and self._clock() >= self._next_try_s
        if may_ask and (due := self._due(questions)):
            self._began_s = self._clock()
            self._task = asyncio.create_task(self._ask(due))
        if self._task is not None:
            await asyncio.wait([self._task], timeout=_WAIT_S)
            if self._task.done():
                task, self._task = self._task, None
                task.result()
        self._forget_but(questions)
        return {} if self.error is not None else self.known(questions)

    def known(self, questions: Sequence[Question]) -> dict[Hashable, Any]:
        """What has been answered of them so far, without asking."""
        return {
            one.key: self._answers[one.key].value for one in questions if one.key in self._answers
        }

    async def close(self) -> None:
        """Ends what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=_SILENT_S)

    def _due(self, questions: Sequence[Question]) -> list[Question]:
        now = self._clock()
        if self._error is not None:
            return list(questions[:1])  # one tells whether it is back
        new = [one for one in questions if one.key not in self._answers]
        overdue = {
            one: self._answers[one.key].overdue_s(one, now)
            for one in questions
            if one.key in self._answers
        }
        if new or not overdue:
            return new
        oldest = max(overdue, key=lambda one: overdue[one])
        return [oldest] if overdue[oldest] >= 0 else []

    async def _ask(self, questions: Sequence[Question]) -> None:
        try:
            async with self._tables.connection() as connection:
                for one in questions:
                    began_s = self._clock()
                    value = await one.ask(connection)
                    now = self._clock()
                    self._answers[one.key] = _Answer(value, now, now - began_s)
                    self.latency_ms = round((now - began_s) * 1000, 2)
        except ClipsaverError as problem:
            self._failed(str(problem))
        else:
            self._error, self._since_s, self._failures = None, None, 0

    def _failed(self, words: str) -> None:
        if self._since_s is None:
            self._since_s = self._began_s
            self._answers.clear()
        self._error, self.latency_ms = words, None
        delay_s = min(_LONGEST_RETRY_S, _FIRST_RETRY_S * 2.0 ** min(self._failures, 10))
        self._failures += 1
        self._next_try_s = self._clock() + delay_s

    def _is_silent(self) -> bool:
        return self._task is not None and self._clock() - self._began_s >= _SILENT_S

    def _forget_but(self, questions: Sequence[Question]) -> None:
        asked = {one.key for one in questions}
        for key in list(self._answers)[: max(0, len(self._answers) - _MOST_KEPT)]:
            if key not in asked:
                del self._answers[key]


@asynccontextmanager
async def open_desk(tables: Connections) -> AsyncIterator[Desk]:
    """For the time of the block."""
    desk = Desk(tables)
    try:
        yield desk
    finally:
        await desk.close()
