"""What stops every request at once: a rejected token, a block, too many invalid answers."""

import pytest

from clipsaver.discord_rest import routes
from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.limits import wire
from clipsaver.discord_rest.limits.permits import Why
from clipsaver.discord_rest.limits.standing import ASK_AGAIN_S, INVALID_HOLD, INVALID_WARNING
from clipsaver.discord_rest.outcomes import Scope
from tests.discord_rest.limits.virtual import (
    Admission,
    Ticket,
    VirtualLimits,
    Wait,
    history,
)

MARGIN_S = 0.02
WINDOW_S = 600.0


@pytest.fixture
def limits(valkey_url):
    return VirtualLimits(valkey_url)


def waits(until, why):
    return Wait(pytest.approx(until, abs=1e-5), why)


def said(*facts):
    return LimitHeaders(*facts, "b")


def may_try(limits, now):
    return limits.turn(now, wire.Try()).replies == [(True,)]


def test_a_rejected_token_is_tried_by_one_worker_in_five_minutes(limits):
    assert not may_try(limits, 0.0)
    assert limits.came(10.0, 401).held_for == 0.0
    assert limits.take(Ticket(history(1), worker="another"), 11.0) == "held"
    assert not may_try(limits, 10.0 + ASK_AGAIN_S - 1)
    assert may_try(limits, 10.0 + ASK_AGAIN_S)
    assert not may_try(limits, 10.0 + ASK_AGAIN_S + 1)
    trial = limits.take(Ticket(routes.ME.to(), trial=True), 311.0)
    assert isinstance(trial, Admission)
    limits.lost(trial, 311.0)
    assert limits.came(312.0, 401).held_for == pytest.approx(302.0)
    assert may_try(limits, 10.0 + 2 * ASK_AGAIN_S)
    assert limits.came(611.0, 200).held_for < 0
    assert not may_try(limits, 1e6)
    limits.admitted(history(1), 1e6)


def test_a_held_token_is_known_at_the_start(limits):
    limits.came(0.0, 401)
    assert limits.turn(100.0, worker="one that has just begun").held_for == pytest.approx(100.0)


def test_trouble_on_a_trial_proves_nothing_of_the_token(limits):
    limits.came(0.0, 401)
    limits.came(1.0, 503)
    assert limits.came(1.0, 403).held_for == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("scope", "why"), [(Scope.GLOBAL, Why.GLOBAL), (Scope.CLOUDFLARE, Why.BLOCKED)]
)
def test_what_closes_everything_for_all_workers(limits, scope, why):
    limits.came(5.0, 429, scope, 60.0)
    limits.came(6.0, 429, Scope.GLOBAL, 1.0)
    assert limits.take(Ticket(history(1), worker="another"), 64.0) == waits(65.0 + MARGIN_S, why)
    limits.admitted(history(1), 65.1)


@pytest.mark.parametrize("scope", [Scope.USER, Scope.SHARED])
def test_what_closes_a_channel_only(limits, scope):
    limits.came(5.0, 429, scope, 60.0)
    limits.admitted(history(1), 5.0)


def test_which_answers_are_invalid_requests(limits):
    limits.came(0.0, 401)
    limits.came(1.0, 403)
    limits.came(2.0, 429, Scope.USER)
    limits.came(2.0, 429, Scope.SHARED)
    limits.came(2.0, 404)
    limits.came(2.0, 500)
    assert limits.turn(3.0).invalid == 3
    assert limits.turn(WINDOW_S + 0.5).invalid == 2
    assert limits.turn(WINDOW_S + 2.5).invalid == 0


def test_too_many_invalid_requests_hold_their_host_until_they_are_over(limits):
    for count in range(INVALID_HOLD):
        if count % 100 == 0:
            limits.returned(limits.admitted(history(1), count / 100), count / 100)
        limits.came(count / 100, 403)
    assert limits.last.invalid == INVALID_HOLD > INVALID_WARNING
    assert limits.admit(history(1), 100.0) == waits(WINDOW_S, Why.INVALID)
    # Another host has another address.
    limits.host = "elsewhere"
    limits.returned(limits.admitted(history(1), 100.0), 100.0)
    limits.host = "here"
    limits.admitted(history(1), WINDOW_S + 0.001)


def test_two_tokens_of_one_host_spend_one_budget(valkey_url):
    first, second = VirtualLimits(valkey_url), VirtualLimits(valkey_url)
    second.budget = first.budget
    first.came(0.0, 403)
    assert second.came(1.0, 403).invalid == 2


# --- a server that may have lost the logs ---------------------------------------------------------


@pytest.mark.parametrize("flushed", [True, False], ids=["flushed", "restarted"])
def test_nobody_sends_for_the_longest_window_where_logs_may_be_lost(limits, flushed):
    limits.came(0.0, 200)
    limits.restart(flushed=flushed)
    ticket = Ticket(history(1))
    limits.turn(10.0, longest=30.0)
    assert limits.take(ticket, 10.0) == waits(40.0 + MARGIN_S, Why.QUIET)
    assert limits.take(Ticket(history(2), worker="another"), 39.0).why is Why.QUIET
    assert isinstance(limits.take(ticket, 40.1), Admission)


def test_a_new_token_is_silent_for_a_second(valkey_url):
    limits = VirtualLimits(valkey_url, quiet=True)
    assert limits.admit(history(1), 0.0) == waits(1.0 + MARGIN_S, Why.QUIET)


def test_who_knows_of_a_longer_window_may_come_second(limits):
    limits.restart(flushed=True)
    limits.turn(10.0, worker="one that has just begun", longest=0.0)
    assert limits.admit(history(1), 10.1).until == pytest.approx(11.02, abs=1e-3)
    limits.turn(10.2, longest=5.02)
    assert limits.admit(history(1), 12.0) == waits(15.02 + MARGIN_S, Why.QUIET)


def test_what_is_remembered_of_earlier_lives_makes_the_silence_longer(limits):
    limits.restart(flushed=True)
    limits.turn(10.0)
    limits.turn(10.1, wire.Seed(history(1).route.name, 5, 5.02, 3600.0))
    assert limits.admit(history(2), 12.0) == waits(15.02 + MARGIN_S, Why.QUIET)
    limits.serve(history(2), 15.1)
    limits.turn(400.0, wire.Seed("GET /another", 5, 50.0, 3600.0))
    limits.serve(history(2), 400.0)


def test_a_window_that_was_seen_is_the_silence_of_the_next_restart(limits):
    limits.serve(history(1), 0.0, said(5, 4, 8.0))
    limits.restart()
    assert limits.admit(history(2), 100.0) == waits(108.0 + 2 * MARGIN_S, Why.QUIET)


def test_who_was_on_the_way_when_the_log_was_lost_counts_in_the_new_one(limits):
    admission = limits.admitted(history(1), 0.0)
    limits.restart(flushed=True)
    limits.answered(admission, said(1, 0, 10.0), None, 0.5)
    assert limits.admit(history(1), 5.0) == waits(10.5 + MARGIN_S, Why.BUCKET)
