"""Discord's rate limits, enforced: pure state that is asked with a clock's reading.

Source: Discord's documentation, "Rate Limits"; the hidden limit is what bots have met on
`GET /channels/{id}/messages`: answers with 200 tell of 1,000 requests and never count down, and
then a 429 tells of 5.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in any window of so many seconds."""

    limit: int
    window_s: float


SEARCH: Mapping[str, Rate] = MappingProxyType({"GET /guilds/{}/messages/search": Rate(20, 1.0)})
"""A guess: bots are said to have more of search than of other routes, and nobody says how much."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Which limits are in force; None switches one off."""

    whole_token: Rate | None = Rate(50, 1.0)
    """All routes of a token together."""
    per_route: Rate | None = Rate(5, 5.0)
    """Each route and channel or guild, per token."""
    routes: Mapping[str, Rate] = field(default_factory=dict)
    """Other rates for some routes, by names such as `GET /guilds/{}/messages/search`."""
    hidden: bool = False
    """The per-route limit shows only in its 429s; other answers boast of a far larger one."""
    shared: Rate | None = None
    """Each route and channel or guild, for all tokens together."""
    invalid: Rate | None = Rate(10_000, 600.0)
    """401, 403 and 429 of this host; beyond it Cloudflare answers, whatever is asked."""

    @classmethod
    def visible(cls) -> Limits:
        """Limits that the headers tell the truth about."""
        return cls(routes=SEARCH)

    @classmethod
    def concealed(cls) -> Limits:
        """Limits that only 429s tell the truth about."""
        return cls(routes=SEARCH, hidden=True)


class SlidingWindow:
    """Counts what was granted; never more than the limit in any window."""

    __slots__ = ("_grants", "rate")

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._grants: deque[float] = deque()

    def wait_s(self, now: float) -> float:
        """0 if one more can be granted now, else the seconds until one can."""
        self._forget(now)
        if len(self._grants) < self.rate.limit:
            return 0.0
        # More than `limit` stand here only where invalid requests are counted, not granted.
        return self._grants[len(self._grants) - self.rate.limit] + self.rate.window_s - now

    def take(self, now: float) -> None:
        """Counts one."""
        self._grants.append(now)

    def remaining(self, now: float) -> int:
        """How many can be granted now."""
        self._forget(now)
        return max(0, self.rate.limit - len(self._grants))

    def reset_after_s(self, now: float) -> float:
        """Seconds until all can be granted again."""
        self._forget(now)
        return self._grants[-1] + self.rate.window_s - now if self._grants else 0.0

    def _forget(self, now: float) -> None:
        while self._grants and self._grants[0] + self.rate.window_s <= now:
            self._grants.popleft()


@dataclass(frozen=True, slots=True)
class Allowed:
    """The request may go on; this is what the headers say."""

    bucket: str
    limit: int
    remaining: int
    reset_after_s: float


@dataclass(frozen=True, slots=True)
class Limited:
    """The request is refused for so long."""

    scope: str
    """user, global, shared or cloudflare."""
    retry_after_s: float
    bucket: str = ""
    limit: int = 0


class LimitBook:
    """What every token has used up."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._windows: dict[Hashable, SlidingWindow] = {}

    def admit(self, now: float, token: str, route: str, major: str) -> Allowed | Limited | None:
        """Grants a request or says who refuses it; None where no limit shows in headers.

        `now` is any clock in seconds that never goes back. A refused request uses nothing up.
        """
        limits = self.limits
        rate = limits.routes.get(route, limits.per_route)
        checks = (
            ("global", limits.whole_token, (token,)),
            ("shared", limits.shared, (route, major)),
            ("user", rate, (token, route, major)),
        )
        windows = [(scope, self._window(scope, rate, key)) for scope, rate, key in checks if rate]
        for scope, window in windows:
            wait_s = window.wait_s(now)
            if wait_s > 0:
                return Limited(scope, wait_s, _bucket(route, real=True), window.rate.limit)
        for _, window in windows:
            window.take(now)
        return None if rate is None else self._shown(windows[-1][1], now, route)

    def banned_s(self, now: float) -> float:
        """Seconds for which Cloudflare lets nothing of this host through; 0 if it does."""
        invalid = self.limits.invalid
        return self._window("invalid", invalid, ()).wait_s(now) if invalid else 0.0

    def note(self, now: float, status: int, scope: str | None) -> None:
        """Counts an answer that Discord calls an invalid request; shared limits are not."""
        if self.limits.invalid and status in (401, 403, 429) and scope != "shared":
            self._window("invalid", self.limits.invalid, ()).take(now)

    def _shown(self, window: SlidingWindow, now: float, route: str) -> Allowed:
        bucket = _bucket(route, real=not self.limits.hidden)
        if self.limits.hidden:
            return Allowed(bucket, limit=1000, remaining=999, reset_after_s=1.0)
        reset_after_s = window.reset_after_s(now)
        return Allowed(bucket, window.rate.limit, window.remaining(now), reset_after_s)

    def _window(self, scope: str, rate: Rate, key: tuple[str, ...]) -> SlidingWindow:
        name = (scope, *key)
        window = self._windows.get(name)
        if window is None:
            window = self._windows[name] = SlidingWindow(rate)
        return window


@cache
def _bucket(route: str, *, real: bool) -> str:
    """An opaque name without the channel's id. Where a limit is hidden its name is, too."""
    name = route if real else f"{route} as shown"
    return hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
