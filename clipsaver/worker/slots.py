"""How many jobs may run at once, and which kind may take the last places.

A live job must not wait for a fleet that is busy with backfills, so some slots take only `message`
jobs. Everything else shares what is left.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import trio

LIVE_TYPES = frozenset({"message"})


@dataclass(frozen=True, slots=True)
class SlotStatistics:
    """A snapshot for logs, the heartbeat and tests."""

    concurrency: int
    reserved: int
    live: int
    others: int


class Slots:
    """Counts running jobs; whoever waits for a free slot is woken when one is given back."""

    def __init__(self, concurrency: int, reserved: int) -> None:
        self._concurrency = concurrency
        self._reserved = reserved
        self._running: Counter[str] = Counter()
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
        return self._running.total() == 0

    def take(self, *, is_live: bool) -> None:
        """Counts a job that begins; the caller looked first, in the same step of the loop."""
        self._running["live" if is_live else "others"] += 1

    def give_back(self, *, is_live: bool) -> None:
        self._running["live" if is_live else "others"] -= 1
        self._changed.set()
        self._changed = trio.Event()

    async def wait_for_change(self) -> None:
        """Returns when the next slot is given back."""
        await self._changed.wait()

    def statistics(self) -> SlotStatistics:
        return SlotStatistics(
            self._concurrency, self._reserved, self._running["live"], self._running["others"]
        )
