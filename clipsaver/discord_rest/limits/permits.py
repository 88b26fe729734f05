"""What the client needs of the limits: a permit for each request, and why it is not there yet.

async with permits.permit(request, turn=Turn.LIVE, deadline=...) as permit:
    ...                       # send
    permit.answered(answer)   # without it, the answer counts as unknown
"""

from __future__ import annotations

import enum
from contextvars import ContextVar
from types import TracebackType
from typing import Protocol

from clipsaver.discord_rest.limits.statistics import LimitStatistics, Waiting
from clipsaver.discord_rest.outcomes import Answer
from clipsaver.discord_rest.routes import Request

ON_BEHALF_OF: ContextVar[str] = ContextVar("on_behalf_of", default="")
"""For whom the task asks: the run of a job. Only told again with what waits."""


class Turn(enum.IntEnum):
    """Who goes first, of those who wait: a lower one before a higher one."""

    LIVE = 0
    """A message that was posted just now, and questions that jobs cannot begin without."""
    REFRESH = 1
    """What keeps known clips usable, a guild's channels, and searches: few, and worth it."""
    LISTING = 2
    """Archives of threads: requests for each channel, which no search is to wait for."""
    BACKFILL = 3
    """History."""


class Why(enum.StrEnum):
    """What a request waits for. The values are on the wire; `words` are for a person."""

    QUIET = "quiet"
    CHANNEL = "channel"
    PACE = "pace"
    BUCKET = "bucket"
    ASKED = "asked"
    GLOBAL = "global"
    BLOCKED = "cloudflare"
    INVALID = "invalid"
    REDIS = "redis"

    @property
    def words(self) -> str:
        """As it is told to a person."""
        return _WORDS[self]

    @property
    def is_local(self) -> bool:
        """Whether it concerns one route or channel only."""
        return self in (Why.CHANNEL, Why.BUCKET, Why.ASKED)


_WORDS = {
    Why.QUIET: "the log of requests in Redis is new: one window of silence, to be safe",
    Why.CHANNEL: "another request to this channel or server is on its way",
    Why.PACE: "discord.requests_per_second",
    Why.BUCKET: "Discord's limit for this route and channel",
    Why.ASKED: "Discord's 429 asked for it",
    Why.GLOBAL: "Discord's 429 asked for it, for all requests",
    Why.BLOCKED: "this host is blocked (Cloudflare)",
    Why.INVALID: "too many 401, 403 and 429 in 10 minutes",
    Why.REDIS: "Redis, which keeps the limits, is away",
}


class Permit(Protocol):
    """One request's permission to be sent, as an async context."""

    async def __aenter__(self) -> Permit: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def answered(self, answer: Answer) -> None:
        """Tells what came of it."""


class Permits(Protocol):
    """Where permits come from."""

    def permit(self, request: Request, *, turn: Turn, deadline: float, trial: bool) -> Permit:
        """A permit to enter; entering waits until the request may be sent.

        Raises RateLimited if it would have to wait beyond `deadline` (Trio's clock), and
        TokenRejected while the token is held, unless this is its `trial`. While Redis is away it
        waits, whatever the deadline: that is no limit of Discord's.
        """

    async def may_ask_again(self) -> bool:
        """Whether a held token is due for a trial, which the caller must then make."""

    @property
    def held_since(self) -> float | None:
        """Since when the token is held as rejected (Trio's clock)."""

    def waiting(self) -> tuple[Waiting, ...]:
        """Which requests of this process wait, for what and until when."""

    def statistics(self) -> LimitStatistics:
        """What was learnt and used up."""
