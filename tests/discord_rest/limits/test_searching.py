"""Several searches of one guild on their way at once: as safe as one by one, and faster."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsaver.discord_rest import routes
from clipsaver.discord_rest.headers import NOTHING, LimitHeaders
from clipsaver.discord_rest.limits import wire
from clipsaver.discord_rest.limits.permits import Why
from tests.discord_rest.limits.searching import Searches
from tests.discord_rest.limits.servers import Fixed, Leaky, Sliding
from tests.discord_rest.limits.virtual import Admission, Ticket, VirtualLimits, search, told_of
from tests.examples import examples

MARGIN_S = 0.02
LEASE_S = 10.0
KINDS = {
    "fixed": Fixed,
    "aligned": lambda count, window_s: Fixed(count, window_s, aligned=True),
    "sliding": Sliding,
    "leaky": Leaky,
}
latencies = st.lists(st.floats(0.0005, 0.2), min_size=2, max_size=9)


@pytest.fixture
def limits(valkey_url):
    return VirtualLimits(valkey_url)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    count=st.integers(1, 24),
    window_s=st.floats(0.5, 10.0),
    start=st.floats(0, 100),
    used=st.integers(0, 23),
    latencies=latencies,
)
@settings(max_examples=examples(20))
def test_honest_headers_mean_no_429_whoever_overtakes_whom(
    valkey_url, kind, count, window_s, start, used, latencies
):
    """Not even where others have used up some of it, which only the headers tell."""
    server = KINDS[kind](count, window_s)
    for _ in range(min(used, count - 1)):  # one must be left to learn it by
        server.take(start)
    searches = Searches(VirtualLimits(valkey_url), server, latencies)
    searches.run(now=start, until=start + 6 * window_s)
    assert searches.refused_at == []
    # No less than one by one would bring, of which `test_buckets` has the reckoning.
    trip_s = 2 * max(latencies) * count
    least = count * (4 * window_s / (window_s + MARGIN_S + trip_s)) - 2 * count
    assert len(searches.served_at) >= math.floor(least)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nearly_all_of_the_allowance_is_used_over_a_long_wire(valkey_url, kind):
    """20 a second at round trips of 120 ms, which one by one would be 8."""
    server = KINDS[kind](100, 5.0)
    searches = Searches(VirtualLimits(valkey_url, 45.0), server, [0.06])
    searches.run(until=15.0)
    assert searches.refused_at == []
    assert 6 <= searches.most_flying <= routes.SEARCH.at_once
    assert len(searches.served_at) / 15 > 0.95 * 20


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_of_a_short_window_only_the_round_trip_is_lost(valkey_url, kind):
    """20 in a second: no later ones are taken for those that Discord may not have had yet."""
    server = KINDS[kind](20, 1.0)
    searches = Searches(VirtualLimits(valkey_url, 45.0), server, [0.06])
    searches.run(until=15.0)
    assert searches.refused_at == []
    assert len(searches.served_at) / 15 > 0.98 * 20 / (1.0 + MARGIN_S + 0.12)


@pytest.mark.parametrize(("told_at", "left", "width"), [(0.0, 9, 6), (0.0, 5, 3), (-60.0, 5, 6)])
def test_others_are_believed_to_go_on_for_a_minute(limits, told_at, left, width):
    limits.serve(search(1), 100.0 + told_at, LimitHeaders(10, left, 5.0, "b"))
    for number in range(7):
        limits.serve(search(1), 110.0 + number / 10, LimitHeaders(10, 9 - number, 5.0, "b"))
    # Three are a window old; that this makes room is believed only of one's own.
    going = [limits.admit(search(1), 115.25) for _ in range(9)]
    assert sum(isinstance(one, Admission) for one in going) == width


def test_a_hidden_limit_costs_what_is_on_its_way_and_no_more(valkey_url):
    limits = VirtualLimits(valkey_url, 45.0)
    first = Searches(limits, Sliding(10, 5.0), [0.06], honest=False)
    first.run(until=30.0)
    assert 1 <= len(first.refused_at) <= routes.SEARCH.at_once
    ((count, window_s),) = limits.learnt.values()
    assert (count, window_s) == (10, pytest.approx(5.0, abs=0.5))
    # Another guild's is known from the first.
    learning = len(first.refused_at)
    second = Searches(limits, Sliding(10, 5.0), [0.06], guild=2, honest=False)
    second.run(now=30.0, until=60.0)
    assert second.refused_at == []
    first.run(until=60.0)
    assert len(first.refused_at) == learning
    assert len(second.served_at) >= 0.8 * 10 * 30 / 5


def test_who_knows_no_limit_goes_alone(limits):
    first = limits.admitted(search(1), 0.0)
    assert limits.admit(search(1), 0.05).why is Why.CHANNEL
    limits.answered(first, NOTHING, None, 0.1)
    second = limits.admitted(search(1), 0.1)
    assert limits.admit(search(1), 0.15).why is Why.CHANNEL
    limits.answered(second, LimitHeaders(30, 29, 5.0, "b"), None, 0.2)
    for _ in range(routes.SEARCH.at_once):
        limits.admitted(search(1), 0.2)
    assert limits.admit(search(1), 0.2).why is Why.CHANNEL
    limits.admitted(search(2), 0.2)  # another guild's are counted apart


@pytest.mark.parametrize(("left", "width"), [(0, 1), (1, 1), (2, 2), (7, 7), (8, 8), (99, 8)])
def test_no_more_than_are_left_are_on_their_way(limits, left, width):
    limits.serve(search(1), 0.0, LimitHeaders(100, left, 5.0, "b"))
    now = 0.0 if left else 5.03
    going = 0
    while isinstance(limits.admit(search(1), now), Admission):
        going += 1
    assert going == width


def test_what_is_left_is_less_those_that_may_have_come_after(limits):
    limits.serve(search(1), 0.0, LimitHeaders(30, 6, 5.0, "b"))
    quick, slow = (limits.admitted(search(1), 0.1) for _ in range(2))
    limits.answered(quick, LimitHeaders(30, 4, 5.0, "b"), None, 0.2)
    # The slow one may have come after it.
    for _ in range(3):
        limits.admitted(search(1), 0.25)
    assert limits.admit(search(1), 0.25).why is Why.CHANNEL
    # It came before, so one more is left.
    limits.answered(slow, LimitHeaders(30, 5, 5.0, "b"), None, 0.3)
    limits.admitted(search(1), 0.35)
    assert limits.admit(search(1), 0.35).why is Why.CHANNEL


def test_what_was_left_a_window_ago_is_not_believed(limits):
    limits.serve(search(1), 0.0, LimitHeaders(30, 29, 5.0, "b"))
    limits.admitted(search(1), 5.1)
    assert limits.admit(search(1), 5.2).why is Why.CHANNEL


def test_all_who_may_go_are_woken_at_once_and_in_their_order(limits):
    first = limits.admitted(search(1), 0.0)
    patient = [Ticket(search(1), worker="patient") for _ in range(4)]
    for ticket in patient:
        assert limits.take(ticket, 0.1).why is Why.CHANNEL
    limits.answered(first, LimitHeaders(30, 3, 5.0, "b"), None, 0.2)
    woken = [
        fields[b"t"].decode() for _, fields in limits.redis.xrange(f"{limits.key}:wake:patient")
    ]
    assert woken == [ticket.id for ticket in patient[:3]]
    late = Ticket(search(1))
    assert limits.take(late, 0.21).why is Why.CHANNEL  # what is promised to others is not taken
    for ticket in patient[:3]:
        assert isinstance(limits.take(ticket, 0.22), Admission)
    assert limits.take(patient[3], 0.23).why is Why.CHANNEL


def test_who_gives_up_leaves_its_place_to_the_next(limits):
    first = limits.admitted(search(1), 0.0)
    impatient, patient = Ticket(search(1)), Ticket(search(1), worker="patient")
    limits.take(impatient, 0.1)
    limits.take(patient, 0.1)
    limits.answered(first, NOTHING, None, 0.2)
    limits.leave(impatient, 0.3)
    assert isinstance(limits.take(patient, 0.31), Admission)


def test_a_lost_reply_is_asked_for_again(limits):
    limits.serve(search(1), 0.0, LimitHeaders(30, 29, 5.0, "b"))
    limits.admitted(search(1), 0.1)
    ticket = Ticket(search(1))
    mark = limits.take(ticket, 0.1).mark
    assert limits.take(ticket, 0.2).mark == mark


def test_a_worker_that_dies_gives_back_its_lanes_and_its_requests_count(limits):
    said = LimitHeaders(4, 2, 5.0, "b")
    limits.serve(search(1), 0.0, said)
    kept, _ = limits.admitted(search(1), 0.1), limits.admitted(search(1), 0.1)
    assert limits.admit(search(1), 0.2).why is Why.CHANNEL
    limits.turn(9.0, told_of(wire.Keep, kept))
    assert limits.view(9.0).on_their_way == 2
    assert limits.view(0.1 + LEASE_S + 0.1).on_their_way == 1
    limits.answered(kept, said, None, 11.0)
    # Of four, one was sent at 11 s, and one nobody knows when, but before 10.1 s.
    for left in (1, 0):
        limits.serve(search(1), 11.0, LimitHeaders(4, left, 5.0, "b"))
    assert limits.admit(search(1), 11.1).until == pytest.approx(10.1 + 5 + MARGIN_S, abs=1e-3)


def test_one_that_was_never_sent_counts_for_nothing(limits):
    limits.serve(search(1), 0.0, LimitHeaders(2, 2, 5.0, "b"))
    limits.returned(limits.admitted(search(1), 0.1), 0.2)
    limits.serve(search(1), 0.3, LimitHeaders(2, 0, 5.0, "b"))
    assert limits.admit(search(1), 0.4).until == pytest.approx(5 + MARGIN_S, abs=1e-3)


def test_other_requests_of_the_guild_are_not_held_up(limits):
    limits.admitted(search(1), 0.0)
    limits.admitted(routes.GUILD_CHANNELS.to(guild=1), 0.0)
    limits.admitted(routes.CHANNEL.to(channel=2), 0.0)
