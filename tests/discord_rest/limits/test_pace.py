"""The pace of a token over many workers: no stretch holds too much, and nothing waits for nothing.

Workers live on one virtual clock. They ask, wait as told, send late, die, cancel and are cancelled
in any order that Hypothesis likes.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.limits import wire
from clipsaver.discord_rest.limits.permits import Turn, Why
from tests.discord_rest.limits.servers import Sliding, rounded
from tests.discord_rest.limits.virtual import (
    START,
    Admission,
    Ticket,
    VirtualLimits,
    Wait,
    history,
)
from tests.examples import examples

LEASE_S = 10.0


@dataclass
class Crowd:
    """Requests of many workers, one after the other in time."""

    limits: VirtualLimits
    chance: random.Random
    servers: dict[str, Sliding] = field(default_factory=dict)
    sent: list[float] = field(default_factory=list)
    refused: int = 0
    waited: list[tuple[Turn, float]] = field(default_factory=list)
    _order: itertools.count = field(default_factory=itertools.count)
    _events: list = field(default_factory=list)

    def at(self, when, do, *args):
        heapq.heappush(self._events, (when, next(self._order), do, args))

    def run(self, until):
        while self._events and self._events[0][0] <= until:
            when, _, do, args = heapq.heappop(self._events)
            do(when, *args)

    def ask(self, now, one):
        """A request asks, goes or comes again; some give up, and some workers die."""
        verdict = self.limits.take(one.ticket, now)
        if one.fate == "cancelled in line" and isinstance(verdict, Wait):
            return self.limits.leave(one.ticket, now)
        if one.fate == "dies in line" and isinstance(verdict, Wait):
            return None
        if isinstance(verdict, Wait):
            assert verdict.until > now
            return self.at(verdict.until + one.late_s, self.ask, one)
        if one.fate == "never sent":
            return self.limits.returned(verdict, now)
        sent_at = now + one.sending_s
        self.waited.append((one.ticket.turn, now - one.came))
        self.at(sent_at, self.send, one, verdict)
        return None

    def send(self, now, one, admission):
        self.sent.append(now)
        self.limits.turn(now, wire.Sent(admission.id, START + now))
        server = self.servers.setdefault(admission.major, Sliding(5, 5.0))
        arrived = now + self.chance.uniform(0, 0.02)
        served, left, reset_s, _ = server.take(arrived)
        self.refused += not served
        if one.fate == "dies on its way":
            return
        if one.fate == "lost":
            self.at(arrived + 0.03, lambda at: self.limits.lost(admission, at))
            return
        said = LimitHeaders(5, left, rounded(reset_s), "b")
        self.at(arrived + 0.03, lambda at: self.limits.answered(admission, said, None, at))


@dataclass
class One:
    ticket: Ticket
    came: float
    fate: str = ""
    late_s: float = 0.0
    sending_s: float = 0.0


UNSENT = ("cancelled in line", "dies in line", "never sent")
FATES = ("", "", "", "", *UNSENT, "lost", "dies on its way")
ones = st.lists(
    st.tuples(
        st.floats(0, 3),  # comes at
        st.integers(0, 40),  # channel
        st.sampled_from(list(Turn)),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(FATES),
        st.floats(0, 0.03),  # wakes up late
        st.floats(0, 0.02),  # is sent late
    ),
    min_size=30,
    max_size=150,
)


def most_within(times, span_s):
    return max(
        (sum(start <= time < start + span_s for time in times) for start in times), default=0
    )


@given(rate=st.sampled_from([10.0, 45.0, 49.0]), ones=ones, seed=st.integers(0, 99))
@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_stretch_holds_more_than_it_may_whatever_happens(valkey_url, rate, ones, seed):
    crowd = Crowd(VirtualLimits(valkey_url, rate, margin=0.004), random.Random(seed))
    for came, channel, turn, worker, fate, late_s, sending_s in ones:
        ticket = Ticket(history(channel), turn, worker, since=came)
        crowd.at(came, crowd.ask, One(ticket, came, fate, late_s, sending_s))
    crowd.run(3600.0)
    # Every window of the token's length, measured where requests leave.
    assert most_within(crowd.sent, (math.ceil(rate) + 1) / rate) <= math.ceil(rate) + 1
    assert crowd.refused == 0
    # Whoever was not cut off has been sent, and nothing is left behind.
    assert len(crowd.sent) >= sum(fate not in UNSENT for *_, fate, _, _ in ones)
    key = crowd.limits.key
    for what in ("line", "due", "tickets"):
        left = crowd.limits.redis.type(f"{key}:{what}")
        assert left == b"none" or "dies in line" in {fate for *_, fate, _, _ in ones}


def saturated(crowd, *, channels, workers, seconds, late_s=0.005, sending_s=0.002):
    """Each channel asks for its next page as soon as the last came."""

    def go_on(now, channel, worker):
        one = One(
            Ticket(history(channel), Turn.BACKFILL, worker, since=now),
            now,
            late_s=crowd.chance.uniform(0, late_s),
            sending_s=crowd.chance.uniform(0, sending_s),
        )
        crowd.at(now, crowd.ask, one)

    def send(now, one, admission):
        crowd.sent.append(now)
        crowd.limits.turn(now, wire.Sent(admission.id, START + now), worker=one.ticket.worker)
        back = now + crowd.chance.uniform(0.01, 0.06)
        said = LimitHeaders(1000, 999, 0.5, "b")
        crowd.at(back, lambda at: crowd.limits.answered(admission, said, None, at))
        crowd.at(back + 0.005, go_on, admission.major, one.ticket.worker)

    crowd.send = send
    for channel in range(channels):
        go_on(channel / 1000, channel, f"w{channel % workers}")
    crowd.run(seconds)


@pytest.mark.parametrize("workers", [1, 4, 16])
def test_nearly_all_of_the_allowance_is_used(valkey_url, workers):
    crowd = Crowd(VirtualLimits(valkey_url, 49.0, margin=0.004), random.Random(workers))
    saturated(crowd, channels=60, workers=workers, seconds=20.0)
    used = (len(crowd.sent) - 1) / (crowd.sent[-1] - crowd.sent[0])
    assert 0.98 <= used / 49.0 <= 1
    assert most_within(crowd.sent, 50 / 49) <= 50


def test_a_live_message_never_queues_behind_a_backfill(valkey_url):
    crowd = Crowd(VirtualLimits(valkey_url, 49.0, margin=0.004), random.Random(1))
    live = [One(Ticket(history(1000 + n), Turn.LIVE, "x"), 5.0 + n) for n in range(10)]
    for one in live:
        crowd.at(one.came, crowd.ask, one)
    saturated(crowd, channels=60, workers=4, seconds=20.0)
    waits = {turn: [w for t, w in crowd.waited if t is turn] for turn in Turn}
    assert len(waits[Turn.LIVE]) == 10
    assert max(waits[Turn.LIVE]) <= 3 / 49
    assert min(waits[Turn.BACKFILL][100:]) > 0.5


@given(
    rate=st.sampled_from([1.0, 45.0, 333.0]),
    gaps=st.lists(st.floats(1.001, 5.0), min_size=1, max_size=60),
)
@settings(max_examples=examples(30))
def test_who_comes_when_there_is_room_does_not_wait(valkey_url, rate, gaps):
    limits, now = VirtualLimits(valkey_url, rate), 0.0
    for number, gap in enumerate(gaps):
        now += gap / rate
        assert isinstance(limits.admit(history(number), now), Admission)


def test_a_worker_that_dies_gives_back_its_channel_after_the_lease(valkey_url):
    limits = VirtualLimits(valkey_url)
    kept = limits.admitted(history(1), 0.0)
    assert limits.admit(history(1), 1.0).why is Why.CHANNEL
    limits.turn(9.0, wire.Keep(kept.id, kept.mark, kept.route, kept.major))
    assert limits.admit(history(1), LEASE_S + 1).why is Why.CHANNEL
    limits.admitted(history(1), 9.0 + LEASE_S + 0.001)


def test_a_worker_that_dies_in_line_costs_the_others_its_own_slots_at_most(valkey_url):
    limits = VirtualLimits(valkey_url, 10.0)
    for channel in range(3):
        limits.take(Ticket(history(channel)), 0.0)
    dead = [Ticket(history(10 + n), worker="dead") for n in range(5)]
    for ticket in dead:
        assert isinstance(limits.take(ticket, 0.0), Wait)
    alive = Ticket(history(20))
    wait = limits.take(alive, 0.0)
    assert isinstance(limits.take(alive, wait.until), Admission)
    limits.admitted(history(21), wait.until + 0.1)


def test_a_lost_reply_is_asked_for_again(valkey_url):
    limits = VirtualLimits(valkey_url, 10.0)
    ticket = Ticket(history(1))
    first = limits.take(ticket, 0.0)
    assert limits.take(ticket, 0.01).mark == first.mark
    assert limits.redis.zcard(f"{limits.key}:sent") == 1


def test_who_waits_for_a_channel_is_woken_and_goes_before_who_comes_later(valkey_url):
    limits = VirtualLimits(valkey_url)
    first = limits.admitted(history(1), 0.0)
    ticket = Ticket(history(1), worker="patient")
    assert limits.take(ticket, 0.1).why is Why.CHANNEL
    limits.answered(first, LimitHeaders(), None, 0.2)
    ((_, fields),) = limits.redis.xrange(f"{limits.key}:wake:patient")
    assert fields == {b"t": ticket.id.encode()}
    assert limits.admit(history(1), 0.21).why is Why.CHANNEL
    assert isinstance(limits.take(ticket, 0.22), Admission)


def test_a_dead_first_waiter_holds_up_the_living_for_moments_only(valkey_url):
    limits = VirtualLimits(valkey_url)
    first = limits.admitted(history(1), 0.0)
    limits.take(Ticket(history(1), worker="dead"), 0.1)
    alive, now = Ticket(history(1), worker="alive"), 0.2
    verdict = limits.take(alive, now)
    limits.answered(first, LimitHeaders(), None, 0.3)
    while isinstance(verdict, Wait):
        verdict, now = limits.take(alive, verdict.until), verdict.until
    assert now < 5


def test_a_promise_to_the_dead_is_not_kept_for_long(valkey_url):
    limits = VirtualLimits(valkey_url)
    first = limits.admitted(history(1), 0.0)
    limits.take(Ticket(history(1), worker="dead"), 0.1)
    limits.answered(first, LimitHeaders(), None, 0.2)
    alive, now = Ticket(history(1)), 0.3
    while isinstance(verdict := limits.take(alive, now), Wait):
        now = verdict.until
    assert now < LEASE_S + 2
