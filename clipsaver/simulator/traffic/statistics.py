"""What the simulator has been asked and how it answered."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Statistics:
    """A snapshot of the counts since the start."""

    requests: int
    """API requests; the CDN's and the simulator's own are counted apart."""
    cdn_requests: int
    by_route: dict[str, dict[int, int]]
    """Route such as `GET /channels/{}/messages` -> status -> count."""
    by_token: dict[str, int]
    limited: dict[str, int]
    """429 by scope: user, global, shared, cloudflare."""
    faults: dict[str, int]
    """Faults that were played, by kind."""
    pages_rendered: int
    pages_reused: int
    sent_bytes: int
    connections: int
    """Opened so far."""
    open_connections: int

    def status_count(self, status: int) -> int:
        """How many API requests ended with this status."""
        return sum(statuses.get(status, 0) for statuses in self.by_route.values())

    def as_json(self) -> dict[str, Any]:
        """The snapshot for the control endpoint."""
        return asdict(self)


@dataclass(slots=True)
class Tally:
    """The counts while they grow."""

    requests: int = 0
    cdn_requests: int = 0
    sent_bytes: int = 0
    connections: int = 0
    open_connections: int = 0
    routes: Counter[tuple[str, int]] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    limited: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def note(self, route: str, token: str, status: int, scope: str | None) -> None:
        """Counts one API request; `scope` tells who limited it."""
        self.requests += 1
        self.routes[route, status] += 1
        if token:
            self.tokens[token] += 1
        if scope is not None:
            self.limited[scope] += 1

    def snapshot(self, *, pages_rendered: int, pages_reused: int) -> Statistics:
        """The counts as they are now."""
        by_route: dict[str, dict[int, int]] = {}
        for (route, status), count in sorted(self.routes.items()):
            by_route.setdefault(route, {})[status] = count
        return Statistics(
            requests=self.requests,
            cdn_requests=self.cdn_requests,
            by_route=by_route,
            by_token=dict(self.tokens),
            limited=dict(self.limited),
            faults=dict(self.faults),
            pages_rendered=pages_rendered,
            pages_reused=pages_reused,
            sent_bytes=self.sent_bytes,
            connections=self.connections,
            open_connections=self.open_connections,
        )
