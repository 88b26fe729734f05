"""Round trips that many tasks share: who comes while one is under way goes in the next one.

Nothing waits on purpose, and the busier the worker the larger the groups. Databases call it group
commit, Redis clients auto-pipelining.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import trio

_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class CombinerStatistics:
    """What a combiner holds now, and what it did since it was made."""

    calls: int
    """Taken up."""
    groups: int
    """Round trips for them."""
    waiting: int
    under_way: int
    """Calls whose round trip has not come back."""


class _Call(Generic[_T, _R]):
    """One caller's item on its way, and what came of it."""

    __slots__ = ("fate", "is_wanted", "item", "settled")

    def __init__(self, item: _T) -> None:
        self.item = item
        self.settled = trio.Event()
        self.fate: _R | Exception | None = None
        self.is_wanted = True

    def settle(self, fate: _R | Exception) -> None:
        self.fate = fate
        self.settled.set()


class Combiner(Generic[_T, _R]):
    """`run` is the service; calling the combiner is what tasks do."""

    def __init__(
        self,
        do: Callable[[Sequence[_T]], Awaitable[Sequence[_R | Exception]]],
        *,
        ended: Callable[[], Exception],
        most: int,
        at_once: int = 1,
    ) -> None:
        """`do` makes one round trip for up to `most` items; returns each one's result or error.

        What it raises goes to all of the group. `at_once` round trips may be under way. `ended`
        makes the error for who calls when the service has ended.
        """
        self._do = do
        self._ended = ended
        self._most = most
        self._at_once = at_once
        self._waiting: deque[_Call[_T, _R]] = deque()
        self._under_way: set[_Call[_T, _R]] = set()
        self._came = trio.Event()
        self._has_begun = self._has_ended = False
        self._calls = self._groups = 0

    @property
    def is_serving(self) -> bool:
        return self._has_begun and not self._has_ended

    def statistics(self) -> CombinerStatistics:
        """Counts of now and since it was made."""
        return CombinerStatistics(
            self._calls, self._groups, len(self._waiting), len(self._under_way)
        )

    async def __call__(self, item: _T) -> _R:
        """Returns what came of the item, or raises it.

        When cancelled, an item that was not taken up yet is dropped; of one that was, nobody hears.
        """
        if self._has_ended:
            raise self._ended()
        call: _Call[_T, _R] = _Call(item)
        self._waiting.append(call)
        self._came.set()
        try:
            await call.settled.wait()
        finally:
            call.is_wanted = False
        if isinstance(call.fate, Exception):
            raise call.fate
        return call.fate  # type: ignore[return-value] # it is settled

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serves the calls until cancelled; those that are then not settled hear that it ended."""
        try:
            async with trio.open_nursery() as nursery:
                for _ in range(self._at_once):
                    nursery.start_soon(self._serve)
                self._has_begun = True
                task_status.started()
        finally:
            self._has_ended = True
            for call in (*self._waiting, *self._under_way):
                call.settle(self._ended())

    async def _serve(self) -> None:
        while True:
            while not self._waiting:
                if self._came.is_set():  # else another of them sleeps on it
                    self._came = trio.Event()
                await self._came.wait()
            group = self._gathered()
            if not group:
                continue
            self._calls += len(group)
            self._groups += 1
            self._under_way.update(group)
            fates: Sequence[_R | Exception]
            try:
                fates = await self._do([call.item for call in group])
            except Exception as error:  # noqa: BLE001 - it is the callers'
                fates = [error] * len(group)
            for call, fate in zip(group, fates, strict=True):
                call.settle(fate)
            self._under_way.difference_update(group)

    def _gathered(self) -> list[_Call[_T, _R]]:
        group: list[_Call[_T, _R]] = []
        while self._waiting and len(group) < self._most:
            call = self._waiting.popleft()
            if call.is_wanted:
                group.append(call)
        return group
