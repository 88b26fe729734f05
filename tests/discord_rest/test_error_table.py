"""Every row of the table: what the request does with such an answer, and what the job does then.

Source of what is expected: Discord's documentation, topic "Opcodes and Status Codes", and for what
it leaves out Discord Userdoccers.
"""

import json
import math
import random
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import pytest

from clipsaver.discord_rest import routes
from clipsaver.discord_rest.flow import MOST_429S, MOST_UNREADABLE, SEND, Done, Policy, run
from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.limits.permits import Why
from clipsaver.discord_rest.outcomes import NO_JSON, TABLE, meaning, read_answer
from clipsaver.discord_rest.routes import Request
from clipsaver.errors import (
    AccessDenied,
    DiscordError,
    DiscordUnavailable,
    Handling,
    NotFound,
    RateLimited,
    RequestRefused,
    SearchNotReady,
    TokenRejected,
)
from clipsaver.queue import policy
from tests.discord_rest.limits.virtual import VirtualLimits

REQUEST = routes.MESSAGES.to(channel=12, query="limit=100&before=34")
A_SEARCH = routes.SEARCH.to(guild=12, query="has=video")
POLICY = Policy(attempts=5, patience_s=60.0)
VIA = LimitHeaders(from_discord=True)
HTML = b"<html><h1>Attention Required!</h1></html>"
decode = msgspec.json.Decoder(list[int]).decode


@dataclass(frozen=True)
class Expected:
    """What such an answer, given again and again, does to its request, the others and its job."""

    error: type[DiscordError]
    handling: Handling
    outcome: type[policy.Outcome]
    sendings: int
    backs_off: bool = False
    """Sleeps before each retry; otherwise the limiter holds the request, or there is none."""
    stops_others: Why | None = None
    holds_token: bool = False
    status: int = 0
    """The one to test with, where the row is for any."""
    says: dict[str, Any] = field(default_factory=dict)


def at_once(error: type[DiscordError], **more: Any) -> Expected:
    return Expected(error, Handling.DEAD, policy.Dead, 1, **more)


def again(sendings: int = POLICY.attempts, **more: Any) -> Expected:
    return Expected(
        DiscordUnavailable, Handling.RETRY, policy.Retry, sendings, backs_off=True, **more
    )


def waits(sendings: int = MOST_429S, retry_after: float = 1.5, **more: Any) -> Expected:
    says = {"retry_after": retry_after}
    return Expected(RateLimited, Handling.WAIT, policy.Wait, sendings, says=says, **more)


TOKEN = Expected(TokenRejected, Handling.WAIT, policy.Wait, 1, holds_token=True)
# A block does not say how long it lasts: it is taken for a minute, longer than a request may wait.
BLOCK = Expected(RateLimited, Handling.WAIT, policy.Wait, 1, stops_others=Why.BLOCKED)
# After 0, 25 and 50 s; a fourth would come after the request's patience.
INDEXING = again(3, says={"retry_after": 25})

ROWS: dict[tuple[int | None, int | None], Expected | None] = {
    (200, None): None,
    (200, NO_JSON): again(MOST_UNREADABLE),
    (202, 110000): INDEXING,
    (202, 110001): INDEXING,
    (202, NO_JSON): again(MOST_UNREADABLE),
    (202, None): INDEXING,
    (400, 50008): at_once(RequestRefused),
    (400, 50024): at_once(RequestRefused),
    (400, 50035): at_once(RequestRefused),
    (400, 50085): at_once(RequestRefused),
    (400, 50095): at_once(RequestRefused),
    (400, None): at_once(RequestRefused),
    (401, 0): TOKEN,
    (401, 40001): TOKEN,
    (401, 50014): TOKEN,
    (401, None): TOKEN,
    (403, 10008): BLOCK,
    (403, 20001): at_once(AccessDenied),
    (403, 40333): BLOCK,
    (403, 50001): at_once(AccessDenied),
    (403, 50013): at_once(AccessDenied),
    (403, 50095): at_once(AccessDenied),
    (403, NO_JSON): BLOCK,
    (403, None): at_once(AccessDenied),
    (404, 10003): at_once(NotFound),
    (404, 10004): at_once(NotFound),
    (404, 10008): at_once(NotFound),
    (404, None): at_once(NotFound),
    (408, None): again(),
    (429, 20016): waits(),
    (429, 20028): waits(),
    (429, 20029): waits(),
    (429, 40062): waits(),
    (429, NO_JSON): BLOCK,
    (429, None): waits(),
    (None, 40006): again(status=403),
    (None, 130000): again(status=400),
    (500, None): again(),
    (502, None): again(),
    (503, None): again(),
    (504, None): again(),
    (507, None): again(),
    (520, None): again(),
    (522, None): again(),
    (523, None): again(),
    (524, None): again(),
}
FAILING = {key: expected for key, expected in ROWS.items() if expected is not None}


def the_answer(status: int | None, code: int | None, expected: Expected) -> Any:
    """An answer of this row, as Discord gives it; a code that no row names where any will do."""
    said = {"code": 54321 if code is None else code, "message": "as it says"} | expected.says
    body = HTML if code == NO_JSON else json.dumps(said).encode()
    return read_answer(status or expected.status, VIA, body, 0.0)


def test_no_row_is_without_its_case() -> None:
    assert set(ROWS) == set(TABLE)


def test_the_row_of_success() -> None:
    course = run(REQUEST, decode, policy=POLICY, started=0.0, dice=lambda: 0.5)
    assert next(course) == SEND
    with pytest.raises(StopIteration) as end:
        course.send(read_answer(200, VIA, b"[1]", 0.0))
    assert end.value.value == Done([1], 1)


@pytest.mark.parametrize(
    ("key", "expected"), FAILING.items(), ids=["-".join(map(str, key)) for key in FAILING]
)
def test_what_comes_of_each_row(key: tuple[int | None, int | None], expected: Expected) -> None:
    answer = the_answer(*key, expected)
    if key != (200, NO_JSON):  # which shows only when it is read
        assert meaning(answer) is TABLE[key]
    error, sendings, slept = _driven(answer)
    assert (type(error), error.handling, sendings) == (
        expected.error,
        expected.handling,
        expected.sendings,
    )
    assert len(slept) == (sendings - 1 if expected.backs_off else 0)
    assert all(seconds > 0 for seconds in slept)
    assert TABLE[key].words in str(error)
    _tells_all(error, answer, key[1])
    decided = policy.decide(
        error, attempts=0, max_attempts=5, backoff_s=(1.0, 60.0), rng=random.Random(1)
    )
    assert type(decided) is expected.outcome


def _driven(answer: Any, request: Request = REQUEST) -> tuple[DiscordError, int, list[float]]:
    """The error in which this answer ends, given each time, the sendings and the sleeps."""
    course = run(request, decode, policy=POLICY, started=0.0, dice=lambda: 0.5)
    assert next(course) == SEND
    sendings, slept = 1, []
    while True:
        try:
            action = course.send(answer)
        except DiscordError as error:
            return error, sendings, slept
        if action != SEND:
            slept.append(action)
            answer = replace(answer, at=answer.at + action)
            assert course.send(None) == SEND
        sendings += 1


def _tells_all(error: DiscordError, answer: Any, code: int | None) -> None:
    """Route with ids and cursor, status and Discord's code."""
    assert error.route == "GET /channels/12/messages?limit=100&before=34"
    assert error.route in str(error)
    assert f"HTTP {answer.status}" in str(error)
    if code == NO_JSON:
        assert error.code is None
    else:
        assert error.code == (54321 if code is None else code)


@pytest.mark.parametrize(
    ("key", "expected"), FAILING.items(), ids=["-".join(map(str, key)) for key in FAILING]
)
def test_what_each_row_does_to_other_requests(
    valkey_url: str, key: tuple[int | None, int | None], expected: Expected
) -> None:
    limits = VirtualLimits(valkey_url)
    outcome = limits.hear(0.0, the_answer(*key, expected))
    assert outcome.closed_why == (expected.stops_others or "")
    assert limits.turn(60.1).closed_why == ""
    assert (outcome.held_for >= 0) is expected.holds_token


@pytest.mark.parametrize("status", [201, 203, 204, 206])
@pytest.mark.parametrize("body", [b"", HTML, b"[1]"], ids=["empty", "HTML", "JSON"])
def test_success_of_another_kind_is_not_read(status: int, body: bytes) -> None:
    """A proxy's, such as 203: not refused for good, and no value either."""
    error, sendings, slept = _driven(read_answer(status, VIA, body, 0.0))
    assert (type(error), error.status, sendings) == (DiscordUnavailable, status, MOST_UNREADABLE)
    assert len(slept) == 1
    assert TABLE[200, NO_JSON].words in str(error)


def test_a_job_whose_attempts_are_used_up_is_dead() -> None:
    error = DiscordUnavailable("x", route="GET /x")
    decided = policy.decide(
        error, attempts=4, max_attempts=5, backoff_s=(1.0, 60.0), rng=random.Random(1)
    )
    assert isinstance(decided, policy.Dead)
    assert (decided.failure.reason, decided.failure.cause) == (
        "attempts_used_up",
        "discord_unavailable",
    )


def test_a_limit_is_waited_for_as_it_says() -> None:
    """Longer than a request may take: the job comes back then."""
    expected = waits(retry_after=600.0)
    course = run(REQUEST, decode, policy=POLICY, started=0.0, dice=lambda: 0.5)
    assert next(course) == SEND
    with pytest.raises(RateLimited) as caught:
        course.send(the_answer(429, 40062, expected))
    decided = policy.decide(
        caught.value, attempts=0, max_attempts=5, backoff_s=(1.0, 60.0), rng=random.Random(1)
    )
    assert isinstance(decided, policy.Wait)
    assert 600 <= decided.delay_s <= 660


def test_an_index_that_is_not_ready_says_when_it_is() -> None:
    body = b'{"message": "Index not yet available", "code": 110000, "retry_after": 7}'
    course = run(REQUEST, decode, policy=POLICY, started=0.0, dice=lambda: 0.5)
    assert next(course) == SEND
    assert course.send(read_answer(202, VIA, body, 0.0)) == 7.0


@pytest.mark.parametrize(
    ("asked", "slept_s"),
    [(0, 5.0), (None, 5.0), (-3, 5.0), (0.01, 0.5), (2, 2.0)],
    ids=["none", "unsaid", "nonsense", "hardly any", "some"],
)
def test_how_long_an_index_is_waited_for(asked: float | None, slept_s: float) -> None:
    """As Discord asks, however its dice fall, and it is no failed attempt."""
    body = json.dumps({"code": 110000, "message": "not yet", "retry_after": asked}).encode()
    error, sendings, slept = _driven(read_answer(202, VIA, body, 0.0), A_SEARCH)
    assert isinstance(error, SearchNotReady)
    assert set(slept) == {slept_s}
    assert (sendings - 1, error.retry_after_s) == (math.ceil(60 / slept_s) - 1, slept_s)
    assert (error.status, error.code) == (202, 110000)


def test_an_index_need_not_be_waited_for() -> None:
    hurried = replace(POLICY, awaits_index=False)
    course = run(A_SEARCH, decode, policy=hurried, started=0.0, dice=lambda: 0.5)
    assert next(course) == SEND
    with pytest.raises(SearchNotReady):
        course.send(read_answer(202, VIA, b'{"code": 110000, "retry_after": 0.1}', 0.0))


def test_trouble_between_two_waits_for_an_index_is_counted_apart() -> None:
    course = run(REQUEST, decode, policy=replace(POLICY, attempts=2), started=0.0, dice=lambda: 0.5)
    assert next(course) == SEND
    indexing = read_answer(202, VIA, b'{"code": 110000, "retry_after": 2}', 0.0)
    for given in (indexing, read_answer(503, VIA, b"{}", 2.0), indexing, indexing):
        assert course.send(given) > 0
        assert course.send(None) == SEND
    with pytest.raises(StopIteration) as end:
        course.send(read_answer(200, VIA, b"[1]", 9.0))
    assert end.value.value == Done([1], 5)


def test_a_job_comes_back_when_the_index_may_be_there() -> None:
    error = SearchNotReady("x", route="GET /x", retry_after_s=40.0)
    decided = policy.decide(
        error, attempts=0, max_attempts=5, backoff_s=(1.0, 60.0), rng=random.Random(1)
    )
    assert isinstance(decided, policy.Wait)
    assert 40 <= decided.delay_s <= 44
