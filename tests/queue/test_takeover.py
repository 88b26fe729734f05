from __future__ import annotations

from clipsaver.queue.takeover import TakeoverGuard

LONG_UP = 1e6


def test_nothing_is_taken_over_before_redis_was_reached():
    assert not TakeoverGuard(15).may_take_over(1e9)


def test_without_an_outage_it_may_at_once():
    guard = TakeoverGuard(15)
    guard.reached(100.0, uptime_s=LONG_UP)
    assert guard.may_take_over(100.0)


def test_during_an_outage_and_for_a_lease_after_it_it_may_not():
    guard = TakeoverGuard(15)
    guard.reached(100.0, uptime_s=LONG_UP)
    guard.lost()
    assert not guard.may_take_over(500.0)
    guard.reached(500.0, uptime_s=LONG_UP)
    assert not guard.may_take_over(514.9)
    assert guard.may_take_over(515.0)


def test_answers_after_the_outage_do_not_prolong_the_wait():
    guard = TakeoverGuard(15)
    guard.lost()
    guard.reached(500.0, uptime_s=LONG_UP)
    guard.reached(510.0, uptime_s=LONG_UP)
    assert guard.may_take_over(515.0)


def test_a_server_that_is_just_up_is_back_from_an_outage():
    guard = TakeoverGuard(15)
    guard.reached(100.0, uptime_s=4)
    assert not guard.may_take_over(110.9)
    assert guard.may_take_over(111.0)


def test_a_second_outage_counts_again():
    guard = TakeoverGuard(15)
    guard.reached(100.0, uptime_s=LONG_UP)
    for at in (200.0, 210.0):
        guard.lost()
        guard.reached(at, uptime_s=LONG_UP)
    assert not guard.may_take_over(224.9)
    assert guard.may_take_over(225.0)


def test_it_says_when_it_wants_to_hear_that_redis_answers():
    guard = TakeoverGuard(15)
    assert not guard.is_in_touch
    guard.reached(100.0, uptime_s=LONG_UP)
    assert guard.is_in_touch
    guard.lost()
    assert not guard.is_in_touch
