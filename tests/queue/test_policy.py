from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.errors import (
    BadJob,
    BeingPurged,
    ClipsaverError,
    DatabaseUnavailable,
    DiscordUnavailable,
    LeaseLost,
    MissingHistoryPermission,
    NotFound,
    Purged,
    RateLimited,
    RedisUnavailable,
    SchemaError,
    SearchDenied,
    SearchNotReady,
    TokenRejected,
)
from clipsaver.queue.policy import (
    ATTEMPTS_USED_UP,
    Abandon,
    Cancelled,
    Dead,
    Done,
    Retry,
    Wait,
    channel_busy,
    decide,
    failure_of,
    fingerprint,
    full_jitter_s,
    poison,
)

ROUTE = "GET /channels/7/messages"


def decided(error, attempts=0, seed=1, waits=0):
    return decide(
        error,
        attempts=attempts,
        max_attempts=5,
        backoff_s=(2.0, 60.0),
        rng=random.Random(seed),
        waits=waits,
    )


def raised(function):
    with pytest.raises(ValueError) as caught:
        function()
    return caught.value


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (DiscordUnavailable("no answer", route=ROUTE), Retry),
        (ValueError("a bug"), Retry),
        (ClipsaverError("ours"), Retry),
        (RateLimited("come back", route=ROUTE, retry_after_s=30), Wait),
        (TokenRejected("wrong", route=ROUTE, status=401), Wait),
        (DatabaseUnavailable("away"), Wait),
        (RedisUnavailable("away"), Wait),
        (SchemaError("older"), Wait),
        (BadJob("$.limit", "too small"), Dead),
        (NotFound("no channel", route=ROUTE, status=404, code=10003), Dead),
        (MissingHistoryPermission("no", route=ROUTE, status=403), Dead),
        (LeaseLost("theirs"), Abandon),
    ],
)
def test_the_error_decides(error, kind):
    assert isinstance(decided(error), kind)


def test_a_wait_lasts_as_long_as_discord_says_and_a_little_more():
    outcome = decided(RateLimited("come back", route=ROUTE, retry_after_s=30))
    assert 30 <= outcome.delay_s <= 33
    assert outcome.why == "rate_limited"


def test_the_last_attempt_is_the_end():
    error = DiscordUnavailable("no answer", route=ROUTE, status=503)
    assert isinstance(decided(error, attempts=3), Retry)
    failure = decided(error, attempts=4).failure
    assert (failure.reason, failure.cause) == (ATTEMPTS_USED_UP, "discord_unavailable")
    assert "HTTP 503" in failure.error


def test_waiting_never_uses_attempts_up():
    assert isinstance(decided(DatabaseUnavailable("away"), attempts=99), Wait)


@given(st.integers(0, 10_000), st.integers(0, 2**32))
def test_full_jitter_stays_within_its_bounds(attempts, seed):
    delay_s = full_jitter_s(attempts, (2.0, 60.0), random.Random(seed))
    assert 0 <= delay_s <= min(60.0, 2.0 * 2.0 ** min(attempts, 30))


def test_jitter_uses_the_whole_range():
    rng = random.Random(7)
    delays = [full_jitter_s(2, (2.0, 60.0), rng) for _ in range(400)]
    assert min(delays) < 0.5
    assert max(delays) > 7.5


def test_of_a_group_the_error_that_binds_most_decides():
    bad, away = BadJob("$", "x"), DatabaseUnavailable("away")
    assert isinstance(decided(ExceptionGroup("", [away, bad])), Dead)
    nested = ExceptionGroup("", [ExceptionGroup("", [away, ValueError("bug")]), away])
    assert isinstance(decided(nested), Retry)
    assert isinstance(decided(ExceptionGroup("", [bad, LeaseLost("theirs")])), Abandon)


def test_a_search_that_is_denied_leaves_nothing_to_do():
    assert decided(SearchDenied("not for bots", route=ROUTE, status=403), attempts=4) == Done()


def test_what_was_purged_since_is_not_read_and_what_is_being_purged_later():
    assert decided(Purged("channel 5 was purged"), attempts=4) == Cancelled()
    waits = decided(BeingPurged("channel 5 is being purged"), attempts=4)
    assert isinstance(waits, Wait)
    assert waits.why == "being_purged"


def test_an_index_is_waited_for_less_and_less_often_and_not_for_ever():
    error = SearchNotReady("not yet", route=ROUTE, retry_after_s=7.0)
    outcomes = [decided(error, waits=waits) for waits in range(10)]
    waited = [one.delay_s for one in outcomes if isinstance(one, Wait)]
    assert outcomes[len(waited) :] == [Done(), Done()]
    assert 7.0 <= waited[0] <= 7.7, "as long as Discord asks for"
    assert 300.0 <= waited[-1] <= 330.0
    assert 900.0 < sum(waited) < 1_800.0


@given(st.integers(0, 1000), st.integers(0, 2**32))
def test_a_busy_channel_is_asked_less_and_less_often(waits, seed):
    wait = channel_busy(waits, random.Random(seed))
    longest_s = min(30.0, 2.0 ** min(waits, 10))
    assert longest_s / 2 <= wait.delay_s <= longest_s
    assert wait.why == "channel_busy"


def test_poison_is_one_delivery_more_than_allowed():
    assert poison(5, max_deliveries=5) is None
    dead = poison(6, max_deliveries=5)
    assert dead is not None
    assert dead.failure.reason == "poisoned"
    assert "delivered 5 times" in dead.failure.error


def test_fingerprints_ignore_ids_but_not_causes():
    def gone(channel, code):
        return NotFound("gone", route=f"GET /channels/{channel}", status=404, code=code)

    assert fingerprint(gone(1, 10003)) == fingerprint(gone(2, 10003))
    assert fingerprint(gone(1, 10003)) != fingerprint(gone(1, 10008))
    assert fingerprint(BadJob("$.ids[3]", "x")) == fingerprint(BadJob("$.ids[700]", "y"))
    assert fingerprint(BadJob("$.ids", "x")) != fingerprint(BadJob("$.limit", "x"))


def test_fingerprints_of_bugs_are_of_the_place_and_not_of_the_words():
    def here(text):
        raise ValueError(text)

    def there(text):
        raise ValueError(text)

    first, second = raised(lambda: here("id 1")), raised(lambda: here("id 2"))
    assert fingerprint(first) == fingerprint(second)
    assert fingerprint(first) != fingerprint(raised(lambda: there("id 1")))


def test_a_failure_can_be_stored_anywhere():
    failure = failure_of(ValueError("a\0b\ud800" + "x" * 5000))
    assert failure.error.startswith("ValueError: ab?x")
    assert len(failure.error) == 2000
    assert failure_of(BadJob("$.limit", "no")).path == "$.limit"
