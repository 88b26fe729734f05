"""What happens next to an entry, by where it stands."""

from __future__ import annotations

import pytest

from clipsaver.queue.operating.verdicts import Place, Rules, Signs, Verdict, verdict

RULES = Rules(lease_ms=15_000, max_attempts=3, max_deliveries=5)
HELD = {"is_pending": True, "is_alive": True, "deliveries": 1}


@pytest.mark.parametrize(
    ("facts", "place", "in_ms"),
    [
        ({**HELD, "idle_ms": 0}, Place.HELD, 15_000),
        ({**HELD, "idle_ms": 5_000}, Place.HELD, 10_000),
        ({**HELD, "idle_ms": 7_500}, Place.HELD, 7_500),
        ({**HELD, "idle_ms": 7_501}, Place.LATE, 7_499),
        ({**HELD, "idle_ms": 14_999}, Place.LATE, 1),
        ({**HELD, "idle_ms": 15_000}, Place.TAKEOVER, 0),
        ({**HELD, "idle_ms": 20_000, "is_alive": False}, Place.TAKEOVER, -5_000),
        ({**HELD, "idle_ms": 3_000, "is_alive": False}, Place.ORPHANED, 12_000),
        ({"is_pending": True, "is_aside": True, "idle_ms": 1}, Place.WAITING, None),
        ({}, Place.UNREAD, None),
        ({**HELD, "has_body": False}, Place.GONE, None),
        ({"is_delayed": True, "due_in_ms": 90, "failed": True}, Place.RETRY, 90),
        ({"is_delayed": True, "due_in_ms": -5}, Place.PUT_OFF, -5),
    ],
)
def test_the_place_of_an_entry(facts, place, in_ms):
    found = verdict(Signs(**facts), RULES)
    assert (found.place, found.in_ms) == (place, in_ms)


@pytest.mark.parametrize(("attempts", "last"), [(0, False), (1, False), (2, True), (3, True)])
def test_the_last_try_is_the_one_after_which_the_worker_gives_up(attempts, last):
    assert verdict(Signs(**HELD, attempts=attempts), RULES).is_last_try is last


def test_who_holds_it_has_taken_it_already_and_others_will_count_once_more():
    at_the_limit = {**HELD, "deliveries": 5}
    assert not verdict(Signs(**at_the_limit), RULES).is_poison
    assert verdict(Signs(**at_the_limit, idle_ms=15_000), RULES).is_poison
    assert verdict(Signs(**{**at_the_limit, "is_aside": True}), RULES).is_poison


def test_of_an_entry_without_a_body_nothing_more_can_be_said():
    assert verdict(Signs(**HELD, has_body=False, attempts=9), RULES) == Verdict(Place.GONE)
