"""Questions to what a worker needs, asked for whoever looks: bounded, and one for all who ask.

However many ask at once, one question is under way and its answer holds for a second: who looks
often must not cost the worker its connections.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import trio

from clipsaver.errors import ClipsaverError

_T = TypeVar("_T")

LIMIT_S = 0.75
"""A scrape has ten seconds as a rule, a probe of Kubernetes' one: the answer should come in it."""
HOLDS_S = 1.0


class Question(Generic[_T]):
    """One question and its latest answer."""

    def __init__(self, ask: Callable[[], Awaitable[_T]]) -> None:
        """`ask` raises a ClipsaverError where there is no answer."""
        self._ask = ask
        self._lock = trio.Lock()
        self._asked_at = float("-inf")
        self._answer: _T | None = None
        self.unanswered_since: float | None = None
        """Since when there is no answer (Trio's clock)."""

    async def answer(self) -> _T | None:
        """The answer, a second old at most; None where there is none in time."""
        async with self._lock:
            if trio.current_time() - self._asked_at >= HOLDS_S:
                began = trio.current_time()
                self._answer = await self._in_time()
                self._asked_at = trio.current_time()
                if self._answer is not None:
                    self.unanswered_since = None
                elif self.unanswered_since is None:
                    self.unanswered_since = began
            return self._answer

    async def _in_time(self) -> _T | None:
        with trio.move_on_after(LIMIT_S):
            try:
                return await self._ask()
            except ClipsaverError:
                return None  # whoever needs the answer for its work says what is wrong
        return None
