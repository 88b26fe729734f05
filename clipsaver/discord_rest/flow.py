"""The course of one request, from its first sending to a value or an error: a generator.

It yields what is to be done (`SEND`, or a number of seconds to sleep) and is sent what came of it
(an `Answer`, a `Failure`, None after a sleep); whoever drives it brings sockets and a clock, and a
test brings neither. One budget of attempts and one of time bound all loops:

- a 5xx, a timeout, a reset or an unreadable answer uses an attempt and is tried again after a
  backoff with full jitter (uniform between nothing and a doubling cap); an answer that is whole
  but unreadable only once, and its error names the field;
- a 429 uses none, since waiting for one's turn is not failing, but a wait beyond the time budget
  ends in `RateLimited`, so that the job can be put aside until then;
- a 202 uses none either: Discord indexes what was asked for and says when to come again; beyond the
  time budget a search ends in `SearchNotReady`;
- everything else is final at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

import msgspec

from clipsaver.discord_rest.outcomes import (
    NO_JSON,
    UNSAID_INDEXING_S,
    Answer,
    Outcome,
    Refusal,
    Scope,
    error_for,
    meaning,
    row_for,
)
from clipsaver.discord_rest.routes import SEARCH, Request
from clipsaver.discord_rest.unreadable import trouble_with
from clipsaver.errors import DiscordUnavailable, RateLimited, SearchNotReady

T = TypeVar("T")

SEND: Final = "send"
Action = float | Literal["send"]

MOST_429S = 10
"""Of one request. Who is refused that often although it waits as told gains nothing by going on,
and each counts against the host's budget of invalid requests."""

LEAST_INDEXING_S = 0.5
"""Between two questions for what Discord still indexes, if it asks for less."""

MOST_UNREADABLE = 2
"""A whole answer that is no JSON, or not the expected object, is hardly ever chance twice."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An exchange without a whole answer."""

    what: str
    """For a person: `no answer within 10 s`."""
    at: float


@dataclass(frozen=True, slots=True)
class Policy:
    """How much one request may try."""

    attempts: int = 5
    patience_s: float = 60.0
    """From the first sending: no retry and no wait goes beyond it."""
    backoff_s: float = 0.5
    """The cap of the first backoff; it doubles with each attempt."""
    longest_backoff_s: float = 8.0
    awaits_index: bool = True
    """Whether a request waits for what Discord must index first; else that ends it at once."""


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What a request brought, and what it took."""

    value: T
    requests: int
    """Sendings, those that failed included."""


def run(
    request: Request,
    decode: Callable[[bytes], T],
    *,
    policy: Policy,
    started: float,
    dice: Callable[[], float],
) -> Generator[Action, Answer | Failure | None, Done[T]]:
    """Yields actions until there is a value to return or an error to raise.

    `decode` raises msgspec's errors or ValueError for what it cannot read. `dice` gives numbers
    from 0 up to 1. Raises the errors of `outcomes.error_for`, DiscordUnavailable, RateLimited and
    SearchNotReady.
    """
    deadline = started + policy.patience_s
    sent = refusals = failures = unreadable = 0
    while True:
        result = yield SEND
        sent += 1
        assert result is not None
        wait_s = 0.0
        code: int | None = None
        if isinstance(result, Failure):
            trouble = result.what
        elif result.refusal is not None:
            refusals += 1
            _bounded(request, result, result.refusal, refusals, deadline)
            # The limiter holds the request until then: it knows who else waits for the same.
            continue
        elif (row := meaning(result)).outcome is Outcome.DONE:
            try:
                return Done(decode(result.body), sent)
            except (msgspec.DecodeError, ValueError) as bad:
                unreadable += 1
                words, code = trouble_with(result.body, bad)
                trouble = f"{row_for(result.status, NO_JSON).words}: {words}"
        elif row.outcome is Outcome.NOT_READY:
            yield _until_ready(request, result, deadline if policy.awaits_index else result.at)
            continue
        elif row.outcome is Outcome.UNREADABLE:
            unreadable += 1
            trouble = f"{row.words}: it is not the one that a reader expects"
        elif row.outcome is Outcome.BUSY:
            trouble = row.words
            wait_s = result.asked_wait_s
            code = result.error.code if result.error else None
        else:
            raise error_for(request, result)
        failures += 1
        wait_s = max(wait_s, dice() * _cap(policy, failures))
        spent = failures >= policy.attempts or unreadable >= MOST_UNREADABLE
        if spent or result.at + wait_s >= deadline:
            raise DiscordUnavailable(
                f"{trouble}; gave up after {failures} attempt{'s' if failures > 1 else ''}",
                route=str(request),
                status=None if isinstance(result, Failure) else result.status,
                code=code,
            )
        yield wait_s


def _cap(policy: Policy, failures: int) -> float:
    return float(min(policy.longest_backoff_s, policy.backoff_s * 2 ** (failures - 1)))


def _until_ready(request: Request, answer: Answer, deadline: float) -> float:
    """How long to sleep; raises if that would take this request too far."""
    wait_s = max(answer.asked_wait_s or UNSAID_INDEXING_S, LEAST_INDEXING_S)
    if answer.at + wait_s < deadline:
        return wait_s
    words, route = f"{meaning(answer).words}: it asks for {wait_s:.1f} s", str(request)
    code = answer.error.code if answer.error else None
    if request.route is not SEARCH:  # whose job may end without it; others would end unread
        raise DiscordUnavailable(words, route=route, status=answer.status, code=code)
    raise SearchNotReady(words, route=route, retry_after_s=wait_s, code=code)


def _bounded(
    request: Request, answer: Answer, refusal: Refusal, refusals: int, deadline: float
) -> None:
    """Raises if waiting as asked would take this request too far."""
    if answer.at + refusal.retry_after_s < deadline and refusals < MOST_429S:
        return
    of_route = {"channel": "this channel", "guild": "this server"}
    what = of_route.get(request.route.major or "", "such requests")
    if refusal.scope in (Scope.GLOBAL, Scope.CLOUDFLARE):
        what = "all requests"
    raise RateLimited(
        f"{meaning(answer).words}: {what} should wait {refusal.retry_after_s:.1f} s",
        route=str(request),
        retry_after_s=refusal.retry_after_s,
        status=answer.status,
        code=answer.error.code if answer.error else None,
    )
