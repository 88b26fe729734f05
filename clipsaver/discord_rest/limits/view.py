"""The limits of a token as whoever looks sees them: all workers together, as of now.

Plain `async def` over a client that the caller brings, on Trio or asyncio. Looking changes nothing
and costs no request.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from clipsaver.discord_rest.limits import wire
from clipsaver.discord_rest.limits.lua import invalid_key, script, token_key
from clipsaver.discord_rest.limits.permits import Turn, Why
from clipsaver.redis_calls.scripts import RedisCommands
from clipsaver.redis_calls.unavailable import translated


class Question(wire.Call, frozen=True):
    """A call of nobody's, that only looks."""

    strip: int = 0
    """Into how many parts the last minute of each bucket is divided; 0 = not at all."""


class Refused(msgspec.Struct, frozen=True):
    """A 429, as it was met last."""

    scope: str
    """user, shared, global, or cloudflare where it was none of Discord's API."""
    ago_s: float
    asked_s: float
    """The wait that is obeyed: the body's, else the header's."""
    header_s: float | None = None
    """What the header `Retry-After` asked for, in whole seconds mostly; None = it was not there."""

    @property
    def longer(self) -> str:
        """Which of both asked for more: `body`, `header`, or nothing where neither did."""
        if self.header_s is None or self.header_s == self.asked_s:
            return ""
        return "header" if self.header_s > self.asked_s else "body"


class Bucket(msgspec.Struct, frozen=True):
    """What was asked of one channel or guild under one limit, in the last minute."""

    routes: list[str]
    """Method and path of what shares the limit."""
    major: str
    """The channel's or guild's id; empty for what has none."""
    used: int
    """Requests of the running window."""
    limit: int
    """0 where none is known."""
    window_s: float
    is_learnt: bool
    """Only a refusal has told of this limit."""
    free_in_s: float
    """When one more may go; 0 = now."""
    why: Why
    refused: Refused | None = None
    """The last 429, for as long as the bucket is used."""
    strip: list[int] = []
    """Requests in each part of the last minute, the oldest first; empty where it was not asked."""


class LearntView(msgspec.Struct, frozen=True):
    """A limit that only refusals told."""

    route: str
    count: int
    window_s: float
    trial_in_s: float
    """When one request tries whether Discord allows more."""


class Waiter(msgspec.Struct, frozen=True):
    """A request that waits, of any worker."""

    worker: str
    request: str
    turn: Turn
    for_s: float
    """So far."""
    left_s: float
    """Until it asks again, which is when it may go unless others come before it."""
    why: Why


class Invalid(msgspec.Struct, frozen=True):
    """The invalid answers (401, 403, 429) that one address got in 10 minutes."""

    egress: str
    count: int
    held_for_s: float


class LimitsView(msgspec.Struct, frozen=True):
    """Everything at one moment."""

    known: bool
    """False: no worker has used this token with this Redis lately."""
    rate: float
    """`discord.requests_per_second` of whoever asked last; 0 where nobody has."""
    sent: int
    """Requests of the last second."""
    on_their_way: int
    buckets: list[Bucket]
    """Those that are full first."""
    learnt: list[LearntView]
    waiting: list[Waiter]
    invalid: list[Invalid]
    held_for_s: float
    """For how long the token has been held as rejected; negative = it is not."""
    trial_in_s: float
    """When a rejected token is tried again."""
    closed_for_s: float
    closed_why: str
    """A `Why`, or nothing."""


_decoder = msgspec.msgpack.Decoder(LimitsView, strict=False)


async def read_view(
    redis: RedisCommands, *, server: str, token: str, egress: str, strip_parts: int = 0
) -> LimitsView:
    """How `token` stands. Raises RedisUnavailable; `server` names Redis there.

    `strip_parts` divides the last minute of each bucket, for which the server goes through all
    requests of that minute: some thousands at most, since a token may send no more.
    """
    question = Question("", 1.0, 0.0, 0.0, -1, (), strip=strip_parts)
    with translated(server):
        reply = await script("view").run(
            redis, (token_key(token), invalid_key(egress)), [wire.pack(question)]
        )
    return unpack_view(reply)


def pace_commands(token: str, now_s: float) -> list[tuple[str, ...]]:
    """What to ask for `pace_of`, with other commands in one round trip; none without a token.

    `now_s` is Unix time by the clock of Redis, about.
    """
    if not token:
        return []
    key = token_key(token)
    return [("HGET", key, "rate"), ("ZCOUNT", f"{key}:sent", f"{now_s - 1:.3f}", "+inf")]


def pace_of(replies: Sequence[Any]) -> tuple[float, int]:
    """Requests a second that may be sent (0 where nobody has said), and those of the last."""
    if not replies:
        return 0.0, 0
    rate, sent = replies
    return float(rate or 0), int(sent)


def unpack_view(reply: bytes) -> LimitsView:
    """Of the script's reply: who goes first and what is fullest come first."""
    view = _decoder.decode(reply)
    return msgspec.structs.replace(
        view,
        waiting=sorted(view.waiting, key=lambda one: (one.turn, -one.for_s)),
        buckets=sorted(view.buckets, key=lambda one: (-one.free_in_s, -_share(one), one.major)),
    )


def _share(bucket: Bucket) -> float:
    return bucket.used / bucket.limit if bucket.limit else 0.0
