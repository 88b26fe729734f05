"""The latest answers of each route, with what their headers said, for who looks."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.outcomes import Answer, Refusal

OF_ROUTE = 10
"""Answers that are kept of each route."""
ROUTES = 8
"""Routes that are kept: those that were answered last."""

_Kept = tuple[float, int, LimitHeaders, Refusal | None]
"""Without the body, which may be large."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one answer said of limits."""

    at: float
    """On Trio's clock."""
    status: int
    limit: int | None
    remaining: int | None
    reset_after_s: float | None
    retry_after_s: float | None
    """Of a refusal what is obeyed, else what the header says."""
    scope: str
    """Of a refusal; empty where it is none."""


class RecentAnswers:
    """Keeps them; a request costs it no more than an append."""

    def __init__(self) -> None:
        self._by_route: dict[str, deque[_Kept]] = {}

    def note(self, route: str, answer: Answer) -> None:
        """One more answer to a request of this route, such as `GET /guilds/{guild}`."""
        kept = self._by_route.get(route)
        if kept is None:
            kept = self._of_new(route)
        kept.append((answer.at, answer.status, answer.headers, answer.refusal))

    def by_route(self) -> Mapping[str, Sequence[Heard]]:
        """The oldest of each first."""
        return {route: tuple(map(_heard, kept)) for route, kept in self._by_route.items()}

    def _of_new(self, route: str) -> deque[_Kept]:
        if len(self._by_route) >= ROUTES:
            del self._by_route[min(self._by_route, key=lambda one: self._by_route[one][-1][0])]
        return self._by_route.setdefault(route, deque(maxlen=OF_ROUTE))


def _heard(kept: _Kept) -> Heard:
    at, status, said, refusal = kept
    return Heard(
        at,
        status,
        said.limit,
        said.remaining,
        said.reset_after_s,
        refusal.retry_after_s if refusal else said.retry_after_s,
        refusal.scope.value if refusal else "",
    )
