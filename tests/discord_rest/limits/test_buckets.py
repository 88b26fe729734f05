import math

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clipsaver.discord_rest import routes
from clipsaver.discord_rest.headers import NOTHING, LimitHeaders
from clipsaver.discord_rest.limits import wire
from clipsaver.discord_rest.limits.permits import Why
from clipsaver.discord_rest.outcomes import Answer, Refusal, Scope
from tests.discord_rest.limits.servers import Channel, Fixed, Leaky, Sliding, read
from tests.discord_rest.limits.virtual import Admission, VirtualLimits, Wait, history
from tests.examples import examples

MARGIN_S = 0.02
LONGEST_WINDOW_S = 60.0
PROBE_AFTER_S = 3600.0
AT_ONCE = 1e-5
"""What rounding may cost."""


def waits(until, why):
    return Wait(pytest.approx(until, abs=AT_ONCE), why)


@pytest.fixture
def limits(valkey_url):
    return VirtualLimits(valkey_url)


# --- limits that headers tell -------------------------------------------------------------------

KINDS = {
    "fixed": Fixed,
    "aligned": lambda count, window_s: Fixed(count, window_s, aligned=True),
    "sliding": Sliding,
    "leaky": Leaky,
}
latencies = st.lists(st.floats(0.0005, 0.06), min_size=2, max_size=7)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    count=st.integers(1, 12),
    window_s=st.floats(0.5, 10.0),
    start=st.floats(0, 100),
    latencies=latencies,
)
@settings(max_examples=examples(40))
def test_honest_headers_mean_no_429_and_the_whole_allowance(
    valkey_url, kind, count, window_s, start, latencies
):
    server = KINDS[kind](count, window_s)
    channel = Channel(VirtualLimits(valkey_url), history(1), server, latencies)
    read([channel], now=start, until=start + 12 * window_s)
    assert channel.refused_at == []
    # Per window a round trip and the margin may be lost, and the first two are for learning.
    trip_s = 2 * max(latencies) * count
    least = count * (10 * window_s / (window_s + MARGIN_S + trip_s)) - count
    assert len(channel.served_at) >= math.floor(least)


def test_what_others_have_used_up_is_waited_for(limits):
    limits.serve(history(1), 0.0, LimitHeaders(5, 0, 3.0, "b"))
    assert limits.admit(history(1), 1.0) == waits(3.0 + MARGIN_S, Why.BUCKET)
    limits.admitted(history(2), 1.0)


def test_two_routes_of_one_bucket_share_its_log(limits):
    said = LimitHeaders(2, 1, 5.0, "b")
    limits.serve(history(1), 0.0, said)
    limits.serve(routes.CHANNEL.to(channel=1), 1.0, LimitHeaders(2, 0, 4.0, "b"))
    # Both admissions count, whichever route asks: the first leaves the window at 5 s.
    for request in (history(1), routes.CHANNEL.to(channel=1)):
        assert limits.admit(request, 2.0) == waits(5.0 + MARGIN_S, Why.BUCKET)


def test_a_changed_bucket_keeps_what_was_logged(limits):
    for now, bucket in enumerate(["a", "b", "a", "b"]):
        limits.serve(history(1), float(now), LimitHeaders(5, 4 - now, 5.0, bucket))
    limits.serve(history(1), 4.0, LimitHeaders(5, 0, 5.0, "a"))
    assert limits.admit(history(1), 4.0) == waits(5.0 + MARGIN_S, Why.BUCKET)


def test_an_absurd_reset_is_not_learnt_as_a_window(limits):
    limits.serve(history(1), 0.0, LimitHeaders(1, 0, 90_000.0, "b"))
    wait = limits.admit(history(1), 1.0)
    assert wait == waits(LONGEST_WINDOW_S + MARGIN_S, Why.BUCKET)


# --- limits that only 429s tell -----------------------------------------------------------------


@given(
    kind=st.sampled_from(["fixed", "sliding", "leaky"]),
    count=st.integers(2, 8),
    window_s=st.floats(2.0, 8.0),
    latencies=latencies,
)
@settings(max_examples=examples(20))
def test_a_hidden_limit_is_learnt_once_for_all_channels(
    valkey_url, kind, count, window_s, latencies
):
    assume(window_s > 3 * count * max(latencies))
    limits = VirtualLimits(valkey_url)
    first, *others = channels = [
        Channel(limits, history(c), KINDS[kind](count, window_s), latencies, honest=False)
        for c in range(4)
    ]
    now = read([first], until=6 * window_s)
    learning = len(first.refused_at)
    read(channels, now=now, until=now + 10 * window_s)
    later = sum(len(channel.refused_at) for channel in channels) - learning
    # A leaky bucket's window shows only bit by bit, where no 200 tells of it.
    assert (learning, later) == (1, 0) if kind != "leaky" else (learning <= 3 and later <= 1)
    for channel in others:
        trip_s = 2 * max(latencies) * (count + 2)
        least = count * (10 * window_s / (window_s + 2 * MARGIN_S + trip_s)) - 2 * count
        assert len(channel.served_at) >= math.floor(least)


def test_five_in_five_seconds_on_sixteen_channels_costs_a_handful_of_429s(valkey_url):
    limits = VirtualLimits(valkey_url, 45.0)
    channels = [
        Channel(limits, history(c), Sliding(5, 5.0), [0.002 * c, 0.03, 0.01], honest=False)
        for c in range(1, 17)
    ]
    now = read(channels, until=60.0)
    refused = sum(len(channel.refused_at) for channel in channels)
    assert 1 <= refused <= 4
    read(channels, now=now, until=180.0)
    assert sum(len(channel.refused_at) for channel in channels) == refused
    # 5 per 5 s and channel, within the pace of the whole token
    assert sum(len(channel.served_at) for channel in channels) >= 0.97 * 16 * 180


def refused(limits, request, now, count, retry_after_s, scope=Scope.USER):
    said = LimitHeaders(count, 0, 7777.0, "hidden", scope.value)
    limits.answered(limits.admitted(request, now), said, Refusal(scope, retry_after_s), now)


def test_the_window_is_estimated_from_the_log(limits):
    for now in (10.0, 11.0, 12.0, 13.0):
        limits.serve(history(1), now, LimitHeaders(1000, 999, 0.5, "b"))
    refused(limits, history(1), 13.5, 3, retry_after_s=2.5)
    # The third latest of the served was sent at 11.0 and leaves at 16.0: 5 s.
    assert limits.learnt == {routes.MESSAGES.name: (3, pytest.approx(5.0 + MARGIN_S))}
    assert limits.admit(history(1), 15.0) == waits(16.0 + MARGIN_S, Why.ASKED)
    for now in (20.0, 21.0, 22.0):
        limits.serve(history(2), now)
    assert limits.admit(history(2), 23.0) == waits(25.0 + MARGIN_S, Why.BUCKET)


def test_a_shared_429_holds_its_channel_and_teaches_nothing(limits):
    refused(limits, history(1), 0.0, 5, retry_after_s=30.0, scope=Scope.SHARED)
    assert limits.learnt == {}
    assert limits.admit(history(1), 1.0).why is Why.ASKED
    limits.admitted(history(2), 1.0)


def test_a_penalty_is_obeyed_but_no_window(limits):
    refused(limits, history(1), 0.0, 5, retry_after_s=500.0)
    assert limits.learnt == {}
    assert limits.admit(history(1), 499.0) == waits(500.0 + MARGIN_S, Why.ASKED)


def test_headers_that_tell_the_tight_limit_replace_what_a_429_taught(limits):
    refused(limits, history(1), 0.0, 5, retry_after_s=40.0)
    assert limits.learnt
    limits.serve(history(2), 50.0, LimitHeaders(5, 4, 1.0, "b"))
    assert limits.learnt == {}


def test_a_hidden_limit_is_let_go_when_discord_proves_more_generous(limits):
    request = history(1)
    refused(limits, request, 0.0, 1, retry_after_s=10.0)
    assert limits.learnt[request.route.name] == (1, pytest.approx(10.0 + MARGIN_S))
    now = PROBE_AFTER_S
    limits.serve(request, now)
    # The trial goes early; nobody else does meanwhile.
    trial = limits.admitted(request, now + 1)
    limits.serve(history(2), now + 1)
    assert limits.admit(history(2), now + 2).why is Why.BUCKET
    limits.answered(trial, NOTHING, None, now + 1)
    assert limits.learnt[request.route.name][0] == 2


def test_a_refused_trial_is_not_repeated_soon(limits):
    request = history(1)
    refused(limits, request, 0.0, 1, retry_after_s=10.0)
    limits.serve(request, PROBE_AFTER_S)
    refused(limits, request, PROBE_AFTER_S + 1, 1, retry_after_s=9.0)
    assert limits.learnt[request.route.name] == (1, pytest.approx(10.0 + MARGIN_S, abs=0.1))
    for now in (PROBE_AFTER_S + 100, 3 * PROBE_AFTER_S - 100):
        limits.serve(request, now)
        assert isinstance(limits.admit(request, now + 1), Wait)
    limits.serve(request, 3 * PROBE_AFTER_S + 50)
    limits.admitted(request, 3 * PROBE_AFTER_S + 51)


def test_a_refused_trial_that_tells_no_limit_is_not_repeated_soon_either(limits):
    request = history(1)
    refused(limits, request, 0.0, 1, retry_after_s=10.0)
    limits.serve(request, PROBE_AFTER_S)
    trial = limits.admitted(request, PROBE_AFTER_S + 1)
    nothing_told = LimitHeaders(bucket="hidden", scope="user")
    limits.answered(trial, nothing_told, Refusal(Scope.USER, 1.0), PROBE_AFTER_S + 1)
    for now in (PROBE_AFTER_S + 100, 3 * PROBE_AFTER_S - 100):
        limits.serve(request, now)
        assert isinstance(limits.admit(request, now + 1), Wait)


def test_what_proves_far_more_generous_is_let_go(limits):
    limits.rate = 45.0
    request, now = history(1), 0.0
    refused(limits, request, now, 5, retry_after_s=5.0)
    for _ in range(8):  # as fast as it may, with a trial each minute once the hour is over
        now += PROBE_AFTER_S
        for _ in range(200):
            verdict = limits.admit(request, now)
            if isinstance(verdict, Admission):
                limits.answered(verdict, NOTHING, None, now + 0.01)
            now = max(now + 0.02, getattr(verdict, "until", 0.0))
    assert limits.learnt == {}


def test_a_429_that_is_told_late_teaches_the_same(limits):
    for now in (10.0, 11.0, 12.0, 13.0):
        limits.serve(history(1), now)
    one = limits.admitted(history(1), 13.5)
    said = LimitHeaders(3, 0, 7777.0, "hidden", "user")
    answer = Answer(429, said, b"", 13.5, None, Refusal(Scope.USER, 2.5))
    told = wire.answered(one.id, one.mark, one.route, one.major, answer)
    limits.turn(28.5, msgspec.structs.replace(told, ago=15.0))
    assert limits.learnt == {routes.MESSAGES.name: (3, pytest.approx(5.0 + MARGIN_S))}


def test_many_in_a_long_window_are_learnt_as_well(limits):
    channel = Channel(limits, history(1), Sliding(300, 50.0), [0.005], honest=False)
    now = read([channel], until=60.0)
    assert len(channel.refused_at) == 1
    read([channel], now=now, until=300.0)
    assert len(channel.refused_at) == 1
    assert limits.learnt == {routes.MESSAGES.name: (300, pytest.approx(50.0, abs=0.1))}


@pytest.mark.parametrize("end", ["returned", "lost"])
def test_a_trial_without_an_answer_is_made_again(limits, end):
    request = history(1)
    refused(limits, request, 0.0, 1, retry_after_s=10.0)
    limits.serve(request, PROBE_AFTER_S)
    trial = limits.admitted(request, PROBE_AFTER_S + 1)
    if end == "lost":
        limits.lost(trial, PROBE_AFTER_S + 2)
    else:
        limits.returned(trial, PROBE_AFTER_S + 2)
    limits.serve(request, PROBE_AFTER_S + 100)
    limits.admitted(request, PROBE_AFTER_S + 101)


def test_a_lost_request_counts_as_served(limits):
    limits.serve(history(1), 0.0, LimitHeaders(2, 1, 5.0, "b"))
    limits.lost(limits.admitted(history(1), 1.0), 1.5)
    assert limits.admit(history(1), 2.0) == waits(5.0 + MARGIN_S, Why.BUCKET)


def test_memory_does_not_grow_with_channels_that_are_done(limits):
    for number in range(300):
        limits.serve(history(1), float(number), LimitHeaders(5, 4, 1.0, "b"))
    assert limits.redis.zcard(f"{limits.key}:log:b:1") <= 62
    for key in limits.redis.scan_iter(match=limits.key.replace("{", "\\{") + "*"):
        assert limits.redis.ttl(key) > 0, key
