"""Whether the event loop gets around to everything: a task that wakes often, and how late it was.

What keeps the loop for long, a computation or a call that blocks, makes every task late: leases
are renewed late, answers are read late.
"""

from __future__ import annotations

from collections import deque
from typing import NoReturn

import trio

EVERY_S = 0.5
KEPT_S = 60.0


class Ticks:
    """The last minute of ticks. Pure: times are seconds of one monotonic clock."""

    def __init__(self, now: float) -> None:
        self._ticks: deque[tuple[float, float]] = deque([(now, 0.0)])

    def note(self, now: float, late_s: float) -> None:
        """The task woke, so late."""
        self._ticks.append((now, max(0.0, late_s)))
        while self._ticks[0][0] < now - KEPT_S:
            self._ticks.popleft()

    def late_s(self, now: float) -> float:
        """How late it is: as it was at the latest tick, or more where the next is overdue."""
        at, late_s = self._ticks[-1]
        return max(late_s, now - at - EVERY_S)

    def worst_s(self, now: float) -> float:
        """The most in the last minute."""
        return max(self.late_s(now), *(late_s for _, late_s in self._ticks))


async def tick(
    ticks: Ticks, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> NoReturn:
    """Wakes and takes note, until cancelled."""
    task_status.started()
    while True:
        due = trio.current_time() + EVERY_S
        await trio.sleep_until(due)
        now = trio.current_time()
        ticks.note(now, now - due)
