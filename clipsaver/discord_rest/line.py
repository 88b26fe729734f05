"""Who goes next: the requests that wait, in order, and when to look again. Pure, like the limits.

First come, first served per class, live requests before backfill. Who waits for its own channel
or bucket does not hold up those behind; who waits for the whole token's pace holds up all, since
nobody else could go either.
"""

from __future__ import annotations

from clipsaver.discord_rest.bucket_log import Admission
from clipsaver.discord_rest.guard import Guard
from clipsaver.discord_rest.limiter import Limits, Wait, Why
from clipsaver.discord_rest.routes import Request

NEVER = float("inf")


class Ticket:
    """One waiting request."""

    __slots__ = ("admission", "deadline", "joined", "live", "request", "wait")

    def __init__(self, request: Request, *, live: bool, joined: float, deadline: float) -> None:
        self.request = request
        self.live = live
        self.joined = joined
        self.deadline = deadline
        """When it gives up."""
        self.admission: Admission | None = None
        """Set once it may go; it is not in the line any more then."""
        self.wait = Wait(NEVER, Why.LINE)
        """What it waits for, and when the line should be called again for it."""

    @property
    def is_in_vain(self) -> bool:
        """It is known to have to wait longer than it would."""
        return self.deadline < self.wait.until < NEVER


class Line:
    """The waiting requests of one token."""

    def __init__(self, limits: Limits, guard: Guard) -> None:
        self._limits = limits
        self._guard = guard
        self._live: list[Ticket] = []
        self._backfill: list[Ticket] = []

    def __len__(self) -> int:
        return len(self._live) + len(self._backfill)

    def tickets(self) -> list[Ticket]:
        """Everybody who waits, next first."""
        return self._live + self._backfill

    def admit(self, request: Request, now: float) -> Admission | Wait:
        """Asks for a request that has nobody before it."""
        return self._guard.check(now) or self._limits.admit(request, now)

    def join(self, ticket: Ticket) -> None:
        """Goes to the end of its class."""
        (self._live if ticket.live else self._backfill).append(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Leaves without having been admitted; it need not be in the line any more."""
        queue = self._live if ticket.live else self._backfill
        if ticket in queue:
            queue.remove(ticket)

    def call(self, now: float) -> list[Ticket]:
        """Admits whoever may go now, and tells each of the others what it waits for."""
        waiting = self.tickets()
        if (closed := self._guard.check(now)) is not None:
            for ticket in waiting:
                ticket.wait = closed
            return []
        admitted: list[Ticket] = []
        for place, ticket in enumerate(waiting):
            verdict = self._limits.admit(ticket.request, now)
            if isinstance(verdict, Admission):
                ticket.admission = verdict
                self.leave(ticket)
                admitted.append(ticket)
                continue
            ticket.wait = verdict
            if verdict.why is Why.PACE:
                for behind in waiting[place + 1 :]:
                    behind.wait = Wait(NEVER, Why.LINE)
                break
        return admitted
