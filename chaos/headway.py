"""Whether the jobs get on, or hang. Pure: the caller brings the clock."""

from __future__ import annotations

from dataclasses import dataclass

STALLED_S = 90.0
"""A job that met a busy channel may wait for 30 s, behind one that has to be recovered first and
that waits for stores which have just come back; three times that is no waiting any more."""


@dataclass(frozen=True, slots=True)
class Done:
    """What no fault can give back: it only ever grows."""

    runs: int = 0
    """That have ended."""
    pages: int = 0
    """That are committed."""


@dataclass(slots=True)
class Headway:
    """Since when nothing has got on. Deliveries, retries and moves are not getting on."""

    since_s: float
    _done: Done | None = None
    _least: int | None = None

    def look(self, now: float, left: int, done: Done | None) -> float:
        """Seconds since jobs were fewer or more was done than ever before.

        `left` counts entries, `done` is None where PostgreSQL does not tell.
        """
        if self._least is None or left < self._least:
            self._least, self.since_s = left, now
        if done is not None and done != self._done:
            self._done, self.since_s = done, now
        return now - self.since_s
