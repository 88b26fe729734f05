"""After an outage of Redis nobody takes over for one lease: an outage is not everybody's death.

While Redis is away nobody can renew, and idle times go on. Whoever is back first would find every
lease run out, so it first gives the others the time to renew. Pure: the caller brings the clock.
"""

from __future__ import annotations

RENEWALS_PER_LEASE = 3
"""So two may fail before a lease runs out."""


def renew_every_ms(lease_ms: int) -> float:
    """How long a holder lets pass between two renewals."""
    return lease_ms / RENEWALS_PER_LEASE


def is_late(idle_ms: int, lease_ms: int) -> bool:
    """Whether a holder that is idle for so long has missed a renewal, and not by a breath."""
    return idle_ms > 1.5 * renew_every_ms(lease_ms)


def has_run_out(idle_ms: int, lease_ms: int) -> bool:
    """Whether others may take over an entry whose holder was idle for so long."""
    return idle_ms >= lease_ms


class TakeoverGuard:
    """Says whether entries whose lease ran out may be taken over now.

    Times are seconds of one monotonic clock. Until Redis was reached once, nothing may.
    """

    def __init__(self, lease_s: float) -> None:
        self._lease_s = lease_s
        self._not_before = float("-inf")
        self._reached = False
        self._away = False

    @property
    def is_in_touch(self) -> bool:
        """False until Redis was reached, at first and after each outage: tell `reached` then."""
        return self._reached and not self._away

    def lost(self) -> None:
        """Redis did not answer."""
        self._away = True

    def reached(self, now: float, *, uptime_s: float) -> None:
        """Redis answered; `uptime_s` is how long it has been up (INFO server).

        A server that has not been up for a lease is itself back from an outage, though this worker
        may not have seen it.
        """
        self._reached = True
        self._not_before = max(self._not_before, now - uptime_s + self._lease_s)
        if self._away:
            self._away = False
            self._not_before = max(self._not_before, now + self._lease_s)

    def may_take_over(self, now: float) -> bool:
        """Whether everyone who is alive has had the time to renew."""
        return self.is_in_touch and now >= self._not_before
