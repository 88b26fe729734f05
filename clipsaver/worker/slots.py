"""How many jobs may run at once, and which kind may take the last places.

A live job must not wait for a fleet that is busy with backfills, so some slots take only live
jobs (`jobs.is_live`). Everything else shares what is left.

A job whose work is over leaves its slot while its end is recorded and told, which takes two round
trips: the next job begins meanwhile. At most as many jobs as there are slots are ending so; beyond
that, as while a store is away, a job keeps its slot until its end is told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import trio


@dataclass(frozen=True, slots=True)
class SlotStatistics:
    """A snapshot for logs, the heartbeat and tests."""

    concurrency: int
    reserved: int
    live: int
    others: int
    ending: int
    """Jobs that have left their slots and whose end is not told yet."""


@dataclass(slots=True, eq=False)
class Slot:
    """The place of one job from `Slots.take` to `Slots.give_back`."""

    is_live: bool
    is_ending: bool = False

    @property
    def kind(self) -> str:
        return "live" if self.is_live else "others"


class Slots:
    """Counts running jobs; whoever waits for a free slot is woken when there is one."""

    def __init__(self, concurrency: int, reserved: int) -> None:
        self._concurrency = concurrency
        self._reserved = reserved
        self._running: Counter[str] = Counter()
        self._ending = 0
        self._changed = trio.Event()

    @property
    def free(self) -> int:
        """Slots that a live job may take."""
        return max(0, self._concurrency - self._running.total())

    @property
    def free_for_others(self) -> int:
        """Slots that any other job may take."""
        return max(0, self.free - max(0, self._reserved - self._running["live"]))

    @property
    def is_idle(self) -> bool:
        """Whether no job is in hand, not even one that is ending."""
        return self._running.total() == self._ending == 0

    def take(self, *, is_live: bool) -> Slot:
        """Counts a job that begins; the caller looked first, in the same step of the loop."""
        slot = Slot(is_live)
        self._running[slot.kind] += 1
        return slot

    def leave(self, slot: Slot) -> None:
        """The work is over and its end is to be told: another job may begin, if there is room."""
        if not slot.is_ending and self._ending < self._concurrency:
            slot.is_ending = True
            self._ending += 1
            self._vacate(slot)

    def give_back(self, slot: Slot) -> None:
        """The job is out of hand."""
        if slot.is_ending:
            self._ending -= 1
        else:
            self._vacate(slot)

    async def wait_for_change(self) -> None:
        """Returns when the next slot is free."""
        await self._changed.wait()

    def statistics(self) -> SlotStatistics:
        return SlotStatistics(
            self._concurrency,
            self._reserved,
            self._running["live"],
            self._running["others"],
            self._ending,
        )

    def _vacate(self, slot: Slot) -> None:
        self._running[slot.kind] -= 1
        self._changed.set()
        self._changed = trio.Event()
