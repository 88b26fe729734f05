"""What a worker and the script `turn` say to each other, in MessagePack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.outcomes import Answer


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the headers of an answer tell of a bucket."""

    limit: int | None = None
    remaining: int | None = None
    reset_after: float | None = None
    bucket: str | None = None
    scope: str | None = None
    retry_after: float | None = None
    """Of the header; a refusal's body says it, too."""

    @classmethod
    def of(cls, headers: LimitHeaders) -> Said:
        return cls(
            headers.limit,
            headers.remaining,
            headers.reset_after_s,
            headers.bucket,
            headers.scope,
            headers.retry_after_s,
        )


class Thing(msgspec.Struct, frozen=True, tag_field="do"):
    """One thing that is asked or told; what is asked has a reply, in the same order."""


class _OfRoute(Thing, frozen=True, kw_only=True):
    """Something about a request of a route."""

    at_once: int = 1
    """How many of the route may be on their way for one channel or guild."""


class Take(_OfRoute, frozen=True, tag="take"):
    """May this request be sent? A ticket is asked for until it may, and then is its permit."""

    id: str
    """Of this request alone; asked again after a lost reply it gets the same permit."""
    route: str
    major: str
    request: str
    """Method and path, for people."""
    turn: int
    since: float
    """For how long it has waited, as the time at which it came (Redis time)."""
    seq: int = 0
    """Its place, as told by the last reply."""
    trial: bool = False
    """It tries a rejected token."""


class Sent(Thing, frozen=True, tag="sent"):
    """It was sent later than it was granted, at this time or a little before."""

    id: str
    at: float


class _OfPermit(_OfRoute, frozen=True):
    """Something about a request that was granted."""

    id: str
    mark: str
    route: str
    major: str


class Answered(_OfPermit, frozen=True, tag="answered"):
    """What came of it. `scope` is False for an answer that is no refusal."""

    status: int
    said: Said
    scope: str | bool = False
    retry_after: float = 0.0
    ago: float = 0.0
    """How long ago, in seconds."""


class Lost(_OfPermit, frozen=True, tag="lost"):
    """It was sent, and nobody knows its answer."""

    ago: float = 0.0


class Returned(_OfPermit, frozen=True, tag="returned"):
    """It was never sent."""


class Keep(_OfPermit, frozen=True, tag="keep"):
    """It is still on its way."""


class Leave(_OfRoute, frozen=True, tag="leave"):
    """A ticket that is not wanted any more."""

    id: str
    route: str
    major: str
    seq: int


class Try(Thing, frozen=True, tag="try"):
    """May a rejected token be tried?"""


class Look(Thing, frozen=True, tag="look"):
    """How does the token stand? The answer is in the outcome."""


class Seed(Thing, frozen=True, tag="seed"):
    """A limit that was learnt before Redis knew of it."""

    route: str
    count: int
    window: float
    patience: float


Reply = tuple[float | str | bool, ...]
"""`go`, the time, the mark; `wait`, seconds, why, place; `held`, seconds; else true or false."""


class Call(msgspec.Struct, frozen=True):
    """All that a worker has to say at one time."""

    worker: str
    rate: float
    """Requests per second of the whole token."""
    margin: float
    """Seconds that a token's second is longer than a second."""
    longest: float
    """The longest window that this worker knows of."""
    lessons: int
    """The number of the last lesson that it knows; -1 = none."""
    things: Sequence[Thing]


class Outcome(msgspec.Struct, frozen=True):
    """What the script answers."""

    now: float
    born: float
    """When the state of this token began; another time means that all of it was lost."""
    replies: list[Reply]
    lessons: int
    learnt: list[tuple[str, int, float, float]] | Literal[False]
    """All learnt limits, where there was another lesson: route, count, window, patience."""
    longest: float
    held_for: float
    """For how many seconds the token is held as rejected; negative = it is not."""
    closed_for: float
    closed_why: str
    invalid: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Outcome, strict=False)


def pack(call: Call) -> bytes:
    """As the script's argument."""
    return _encoder.encode(call)


def unpack(reply: bytes) -> Outcome:
    """Of the script's reply; raises msgspec.ValidationError for anything else."""
    return _decoder.decode(reply)


def answered(
    permit_id: str, mark: str, route: str, major: str, answer: Answer, *, at_once: int = 1
) -> Answered:
    """What came of a request, as the script wants to know it."""
    refusal = answer.refusal
    return Answered(
        permit_id,
        mark,
        route,
        major,
        answer.status,
        Said.of(answer.headers),
        scope=refusal.scope.value if refusal is not None else False,
        retry_after=refusal.retry_after_s if refusal is not None else 0.0,
        at_once=at_once,
    )
