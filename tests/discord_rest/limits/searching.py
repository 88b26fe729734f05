"""A guild that is searched by several at once, over a wire on which answers overtake each other."""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass, field

from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.discord_rest.outcomes import Refusal, Scope
from tests.discord_rest.limits.servers import rounded
from tests.discord_rest.limits.virtual import Ticket, VirtualLimits, Wait, search


@dataclass(eq=False)
class Asker:
    """Asks for the next page as soon as one is there."""

    ticket: Ticket
    due: float


@dataclass
class Searches:
    """Some askers beside each other; who waits comes again when told, or when woken."""

    limits: VirtualLimits
    server: object
    latencies: list[float]
    """Used in turn, one per direction."""
    guild: int = 1
    askers: int = 8
    honest: bool = True
    """Whether 200s tell of the limit; else they say 999 of 1000."""
    served_at: list[float] = field(default_factory=list)
    refused_at: list[float] = field(default_factory=list)
    flying: int = 0
    most_flying: int = 0
    _order: itertools.count = field(default_factory=itertools.count)
    _steps: itertools.count = field(default_factory=itertools.count)
    _events: list = field(default_factory=list)
    """Without `self`: who is in no cycle is closed when its test ends."""
    _by_ticket: dict[str, Asker] = field(default_factory=dict)
    _heard: str = "-"

    def run(self, *, until, now=0.0):
        if not self._events:
            for _ in range(self.askers):
                self._go_on(now)
        while self._events and self._events[0][0] <= until:
            now, _, do, args = heapq.heappop(self._events)
            do(self, now, *args)

    @property
    def worker(self):
        return f"w{self.guild}"

    def _at(self, when, do, *args):
        heapq.heappush(self._events, (when, next(self._order), do, args))

    def _latency(self):
        return self.latencies[next(self._steps) % len(self.latencies)]

    def _go_on(self, now):
        ticket = Ticket(search(self.guild), Turn.REFRESH, self.worker, since=now)
        asker = self._by_ticket[ticket.id] = Asker(ticket, now)
        self._at(now, Searches._ask, asker)

    def _ask(self, now, asker):
        if asker.due != now:
            return  # it was woken before, or is told twice
        asker.due = math.inf
        verdict = self.limits.take(asker.ticket, now)
        if isinstance(verdict, Wait):
            assert verdict.until > now
            asker.due = verdict.until
            self._at(asker.due, Searches._ask, asker)
            return
        del self._by_ticket[asker.ticket.id]
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        self._at(now + self._latency(), Searches._arrive, verdict)

    def _arrive(self, now, admission):
        served, left, reset_s, retry_s = self.server.take(now)
        (self.served_at if served else self.refused_at).append(now)
        refusal = None if served else Refusal(Scope.USER, rounded(retry_s))
        if not served:
            said = LimitHeaders(self.server.count, 0, rounded(reset_s), "hidden", "user")
        elif self.honest:
            said = LimitHeaders(self.server.count, left, rounded(reset_s), "bucket")
        else:
            said = LimitHeaders(1000, 999, 0.5, "bucket")
        self._at(now + self._latency(), Searches._back, admission, said, refusal)

    def _back(self, now, admission, said, refusal):
        self.flying -= 1
        self.limits.answered(admission, said, refusal, now)
        self._go_on(now)
        stream = f"{self.limits.key}:wake:{self.worker}"
        for entry, fields in self.limits.redis.xrange(stream, min=self._heard):
            self._heard = f"({entry.decode()}"
            if (asker := self._by_ticket.get(fields[b"t"].decode())) is not None:
                asker.due = now
                self._at(now, Searches._ask, asker)
