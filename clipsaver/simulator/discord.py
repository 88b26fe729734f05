"""Decides the answer to every request: who asks, what for, and whether it is allowed now.

Does no I/O and reads no clock: `now` is Unix time (links), `monotonic` the clock of the limits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from clipsaver.simulator import answers, cdn, control, routes
from clipsaver.simulator.answers import Answer, Refused, Request
from clipsaver.simulator.caller import Call
from clipsaver.simulator.pages import PageShelf
from clipsaver.simulator.statistics import Statistics, Tally
from clipsaver.simulator.world import World

_VIA = ("Via", "1.1 google")


@dataclass(frozen=True, slots=True)
class Discord:
    """A world behind an API."""

    world: World
    shelf: PageShelf
    tally: Tally
    compress: bool = False
    """Whether pages are compressed for clients that accept gzip."""

    def statistics(self) -> Statistics:
        """Counts since the start."""
        return self.tally.snapshot(
            pages_rendered=self.shelf.rendered, pages_reused=self.shelf.reused
        )

    def answer(self, request: Request, *, now: float, monotonic: float) -> Answer:
        """The answer to a request."""
        for prefix in routes.API_PREFIXES:
            if request.path.startswith(prefix):
                path = request.path[len(prefix) :]
                return self._through_api(request, path, now, monotonic)
        if request.path.startswith("/simulator"):
            return control.serve(self, request)
        self.tally.cdn_requests += 1
        return cdn.serve(self.world, request, now)

    def _through_api(self, request: Request, path: str, now: float, monotonic: float) -> Answer:
        found = routes.find(request.method, path)
        token = _token_of(request)
        name = found.route.name if isinstance(found, routes.Match) else "unknown"
        try:
            answer = self._handle(request, found, token, now)
        except Refused as refused:
            answer = refused.answer()
        self.tally.note(name, token, answer.status, None)
        return replace(answer, headers=(*answer.headers, _VIA))

    def _handle(
        self,
        request: Request,
        found: routes.Match | tuple[str, ...],
        token: str,
        now: float,
    ) -> Answer:
        known = self.world.tokens.get(token)
        if known is None or known.revoked:
            raise answers.unauthorized()
        if not isinstance(found, routes.Match):
            raise answers.wrong_method() if found else answers.no_such_route()
        gzip = self.compress and "gzip" in request.headers.get("accept-encoding", "")
        call = Call(self.world, self.shelf, request, found.ids, known, now, gzip)
        return found.route.handle(call)


def _token_of(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme == "Bot" else ""
