"""Decides the answer to every request: who asks, what for, and whether it is allowed now.

Does no I/O and reads no clock: `now` is Unix time (links), `monotonic` the clock of the limits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from clipsaver.simulator.api import answers, cdn, control, routes
from clipsaver.simulator.api.answers import Answer, Refused, Request
from clipsaver.simulator.api.caller import Call
from clipsaver.simulator.api.pages import PageShelf
from clipsaver.simulator.api.refusals import instead, limit_headers, too_many
from clipsaver.simulator.api.routes import Match
from clipsaver.simulator.api.spoiled import spoiled
from clipsaver.simulator.traffic.faults import OF_CONTENT, Fault, FaultKind, Faults, Plan
from clipsaver.simulator.traffic.limits import LimitBook, Limited
from clipsaver.simulator.traffic.statistics import Statistics, Tally
from clipsaver.simulator.world.world import World

_VIA = ("Via", "1.1 google")


@dataclass(frozen=True, slots=True)
class Discord:
    """A world behind an API."""

    world: World
    shelf: PageShelf
    faults: Faults
    limits: LimitBook | None = None
    compress: bool = False
    """Whether pages are compressed for clients that accept gzip."""
    tally: Tally = field(default_factory=Tally)

    def statistics(self) -> Statistics:
        """Counts since the start."""
        return self.tally.snapshot(
            pages_rendered=self.shelf.rendered, pages_reused=self.shelf.reused
        )

    def plan(self, request: Request) -> Plan:
        """What is to go wrong with this request; the simulator's own endpoints are spared."""
        if request.path.startswith("/simulator"):
            return Plan()
        plan = self.faults.take(
            request.method, "/" + (_below_api(request.path) or request.path[1:])
        )
        if plan.fault is not None:
            self.tally.faults[plan.fault.kind] += 1
        if plan.delay_s:
            self.tally.faults[FaultKind.LATENCY] += 1
        return plan

    def answer(
        self, request: Request, *, now: float, monotonic: float, fault: Fault | None = None
    ) -> Answer:
        """The answer to a request, or what a fault puts in its place."""
        path = _below_api(request.path)
        if path is not None:
            return self._through_api(request, path, now, monotonic, fault)
        if request.path.startswith("/simulator"):
            return control.serve(request, self.world, self.faults, self.statistics())
        self.tally.cdn_requests += 1
        replaced = None if fault is None else instead(fault, now)
        return cdn.serve(self.world, request, now, fault) if replaced is None else replaced

    def _through_api(
        self, request: Request, path: str, now: float, monotonic: float, fault: Fault | None
    ) -> Answer:
        found = routes.find(request.method, path)
        token = _token_of(request)
        answer = self._held_back(now, monotonic, fault)
        if answer is None:
            answer = self._authorized(Ask(request, found, token, now, monotonic, fault))
        name = found.route.name if isinstance(found, Match) else "unknown"
        self.tally.note(name, token, answer.status, answer.scope)
        if self.limits is not None:
            self.limits.note(monotonic, answer.status, answer.scope)
        return replace(answer, headers=(*answer.headers, _VIA)) if answer.through_api else answer

    def _held_back(self, now: float, monotonic: float, fault: Fault | None) -> Answer | None:
        """What stands before Discord: a ban of this host, or a fault."""
        banned_s = 0.0 if self.limits is None else self.limits.banned_s(monotonic)
        if banned_s > 0:
            return too_many(Limited("cloudflare", banned_s), now)
        return None if fault is None else instead(fault, now)

    def _authorized(self, ask: Ask) -> Answer:
        known = self.world.tokens.get(ask.token)
        if known is None or known.revoked:
            return answers.unauthorized().answer()
        if not isinstance(ask.found, Match):
            refused = answers.wrong_method() if ask.found else answers.no_such_route()
            return refused.answer()
        match = ask.found
        headers: answers.Headers = ()
        if self.limits is not None:
            verdict = self.limits.admit(ask.monotonic, ask.token, match.route.name, match.major)
            if isinstance(verdict, Limited):
                return too_many(verdict, ask.now)
            headers = () if verdict is None else limit_headers(verdict, ask.now)
        fault = ask.fault if ask.fault is not None and ask.fault.kind in OF_CONTENT else None
        accepts = "gzip" in ask.request.headers.get("accept-encoding", "")
        gzip = self.compress and accepts and fault is None
        call = Call(self.world, self.shelf, ask.request, match.ids, known, ask.now, gzip, fault)
        try:
            answer = spoiled(match.route.handle(call), fault)
        except Refused as refused:
            answer = refused.answer()
        return replace(answer, headers=(*answer.headers, *headers)) if headers else answer


@dataclass(frozen=True, slots=True)
class Ask:
    """An API request and what is known of it before anything is decided."""

    request: Request
    found: Match | tuple[str, ...]
    """Its route, or the methods that its path allows."""
    token: str
    now: float
    monotonic: float
    fault: Fault | None = None


def _below_api(path: str) -> str | None:
    """The path below the API's prefix, without its first slash; None for what is not the API."""
    for prefix in routes.API_PREFIXES:
        if path.startswith(prefix):
            return path[len(prefix) :]
    return None


def _token_of(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme == "Bot" else ""
