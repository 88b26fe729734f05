"""The log of one bucket of one channel: what was admitted, and what Discord said of the bucket.

The limiter reasons over these logs; here is only what they remember.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

MARGIN_S = 0.02
"""Added to each learnt time: Discord rounds to milliseconds, and clocks drift."""
LONGEST_WINDOW_S = 60.0
"""A longer wait is obeyed, but as a penalty and not learnt as a window."""
LOG_LENGTH = 256
"""Admissions kept per bucket and channel, where they go one by one: more do not fit in a window."""
PROBE_AFTER_S = 3_600.0
"""When a limit that only a 429 has shown is first tried for being more generous."""


class Admission:
    """A request that may be sent now, and its entry in the log."""

    __slots__ = ("lane", "log", "probes", "route", "sent", "settled", "slot")

    def __init__(self, lane: str, route: str, log: BucketLog, now: float, slot: float) -> None:
        self.lane = lane
        self.route = route
        self.log = log
        self.sent = now
        self.settled = now
        self.slot = slot
        self.probes: Learnt | None = None
        """The limit that this request tries to exceed."""


@dataclass(slots=True)
class Learnt:
    """A limit that only 429s have shown; it binds its route on all channels."""

    count: int
    window_s: float
    patience_s: float = PROBE_AFTER_S
    """Doubled by each trial that was refused."""
    probe_at: float = float("inf")


class BucketLog:
    """What one bucket of one channel was asked, and what it said."""

    __slots__ = ("asked_until", "count", "entries", "not_before", "window_s")

    def __init__(self) -> None:
        self.entries: deque[Admission] = deque(maxlen=LOG_LENGTH)
        self.count: int | None = None
        """X-RateLimit-Limit, as last said."""
        self.window_s = 0.0
        """The longest X-RateLimit-Reset-After seen for that count."""
        self.not_before = 0.0
        """The bucket has nothing left until then."""
        self.asked_until = 0.0
        """A 429's retry_after."""

    def free_at(self, count: int, window_s: float) -> float:
        """When a limit of `count` per `window_s` has room (in the past = now)."""
        if len(self.entries) < count:
            return 0.0
        return self.entries[-count].settled + window_s

    def add(self, admission: Admission) -> None:
        """Logs an admission, and forgets those that are older than any window."""
        entries = self.entries
        entries.append(admission)
        while entries[0].settled + LONGEST_WINDOW_S < admission.sent:
            entries.popleft()

    def discard(self, admission: Admission) -> None:
        """Takes out what was never sent or not served."""
        if self.entries and self.entries[-1] is admission:
            self.entries.pop()
        elif admission in self.entries:
            self.entries.remove(admission)

    def absorb(self, other: BucketLog) -> None:
        """Takes over what was logged under another name of the same bucket."""
        merged = sorted({*self.entries, *other.entries}, key=lambda entry: entry.sent)
        self.entries.clear()
        self.entries.extend(merged)
        self.asked_until = max(self.asked_until, other.asked_until)
        self.not_before = max(self.not_before, other.not_before)

    def is_idle(self, now: float) -> bool:
        """Nothing in it can matter any more."""
        latest = self.entries[-1].settled if self.entries else 0.0
        return max(latest + LONGEST_WINDOW_S, self.asked_until, self.not_before) < now
