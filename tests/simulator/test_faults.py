"""Which request meets which fault."""

from __future__ import annotations

import pytest

from clipsaver.simulator.traffic.faults import Fault, Faults, Plan, fits

PAGES = "GET /channels/*/messages"


@pytest.mark.parametrize(
    ("pattern", "method", "path", "expected"),
    [
        (PAGES, "GET", "/channels/12/messages", True),
        (PAGES, "GET", "/channels/12/messages/13", False),
        (PAGES, "POST", "/channels/12/messages", False),
        ("* /channels/12/*", "POST", "/channels/12/messages", True),
        ("GET /attachments/**", "GET", "/attachments/1/2/x.mp4", True),
        ("GET /attachments/**", "GET", "/channels/1", False),
        ("GET /users/@me", "GET", "/users/@me", True),
        ("*", "DELETE", "/anything", True),
    ],
)
def test_patterns(pattern: str, method: str, path: str, expected: bool) -> None:
    assert fits(pattern, method, path) is expected


def test_nothing_goes_wrong_unless_it_is_asked_for() -> None:
    assert Faults().take("GET", "/users/@me") == Plan()


def test_faults_are_played_in_order_and_as_often_as_asked() -> None:
    faults = Faults()
    faults.next(PAGES, Fault.status(502), times=2)
    faults.next(PAGES, Fault.hang())
    played = [faults.take("GET", "/channels/1/messages").fault for _ in range(4)]
    assert played == [Fault.status(502), Fault.status(502), Fault.hang(), None]


def test_latency_goes_with_another_fault() -> None:
    faults = Faults()
    faults.always("*", Fault.latency(0.5))
    faults.next(PAGES, Fault.garbage())
    assert faults.take("GET", "/channels/1/messages") == Plan(0.5, Fault.garbage())
    assert faults.take("GET", "/channels/1/messages") == Plan(0.5, None)


def test_probability_and_jitter_follow_from_the_seed() -> None:
    def play(seed: int) -> list[Plan]:
        faults = Faults(seed)
        faults.always("*", Fault.latency(1.0, jitter_s=0.5))
        faults.always("*", Fault.status(500), probability=0.3)
        return [faults.take("GET", "/") for _ in range(200)]

    plans = play(7)
    assert plans == play(7)
    assert 30 < sum(plan.fault is not None for plan in plans) < 90
    assert all(1.0 <= plan.delay_s < 1.5 for plan in plans)


def test_clear_ends_them_all() -> None:
    faults = Faults()
    faults.always("*", Fault.hang())
    faults.clear()
    assert faults.take("GET", "/") == Plan()
