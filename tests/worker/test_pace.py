"""How fast a delivery gets on, by what it did lately."""

from __future__ import annotations

import pytest

from clipsaver.worker.pace import Pace


def steady(
    *, until_s: int, every_s: float = 1.0, per_s: float = 100.0, whole: float = 10_000
) -> Pace:
    """A scan of `whole` messages that had read none."""
    pace, now = Pace(0.0, 0), 0.0
    while (now := now + every_s) <= until_s:
        pace.note(now, round(now * per_s), now * per_s / whole)
    return pace


def test_nothing_is_told_before_it_can_be():
    pace = Pace(100.0, 0)
    assert pace.messages_per_s(101.9) is None
    assert pace.left_s(130.0) is None
    pace.note(100.5, 100, 0.1)
    assert pace.messages_per_s(101.9) is None
    assert pace.left_s(110.0) is None  # one share tells no pace


@pytest.mark.parametrize("every_s", [0.01, 0.3, 1.0, 7.0])
def test_a_steady_job_ends_when_it_was_told_to(every_s):
    pace = steady(until_s=49, every_s=every_s)
    assert pace.messages_per_s(49) == pytest.approx(100, rel=0.01)
    assert 49 + pace.left_s(49) == pytest.approx(100, rel=0.01)


def test_what_is_left_goes_by_what_the_work_has_taken_however_fast():
    pace = Pace(0.0, 0)
    assert pace.left_messages() is None
    pace.note(1.5, 100, 0.1)
    assert pace.left_messages() == pytest.approx(900)
    pace.note(60.0, 300, 0.2)  # after the newest there are more to each part of the time
    assert pace.left_messages() == pytest.approx(1600)


def test_what_earlier_deliveries_did_does_not_count():
    pace = Pace(0.0, 1_000_000)
    for second in (1, 2, 3, 4):
        pace.note(second, 1_000_000 + 50 * second, 0.9 + second * 0.001)
    assert pace.messages_per_s(4) == pytest.approx(50)
    assert pace.left_s(4) == pytest.approx(96)


def test_the_latest_half_minute_counts_and_nothing_before():
    pace = steady(until_s=100, whole=1e6)
    for second in range(101, 141):
        pace.note(second, 10_000 + 10 * (second - 100), 0.01 + 1e-5 * (second - 100))
    assert pace.messages_per_s(140) == pytest.approx(10)
    assert pace.left_s(140) == pytest.approx((1 - 0.0104) / 1e-5, rel=0.01)


def test_who_stands_still_gets_slower_and_then_has_no_end():
    pace = steady(until_s=20)
    rates = [pace.messages_per_s(now) for now in (20, 30, 45)]
    assert rates == sorted(rates, reverse=True)
    assert pace.left_s(30) > pace.left_s(20)
    assert pace.messages_per_s(60) == 0.0
    assert pace.left_s(60) is None


def test_an_end_beyond_a_year_is_none():
    pace = Pace(0.0, 0)
    for second in (1, 2, 3, 4):
        pace.note(second, second, 1e-9 * second)
    assert pace.left_s(4) is None


def test_marks_stay_few_however_fast_pages_come():
    pace = steady(until_s=120, every_s=0.01, whole=1e6)
    assert len(pace._marks) <= 40
