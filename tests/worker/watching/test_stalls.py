"""When a job counts as stalled, and for how long nothing more is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.worker.watching.stalls import GoesOn, Sign, Stalled, Stalls, is_excused

RUN = "clips/1-0"
AFTER_S = 120.0


def still(standing: object = 1, *, is_excused: bool = False) -> list[Sign]:
    return [Sign(RUN, standing, is_excused)]


def test_a_job_that_stands_still_is_told_at_doubling_intervals() -> None:
    stalls = Stalls(AFTER_S)
    told = {float(now): stalls.look(still(), now) for now in range(0, 2000, 5)}
    assert {now: news for now, news in told.items() if news} == {
        for_s: [Stalled(RUN, for_s)] for for_s in (120.0, 240.0, 480.0, 960.0, 1920.0)
    }


def test_one_that_moves_again_is_told_once() -> None:
    stalls = Stalls(AFTER_S)
    stalls.look(still(1), 0)
    assert stalls.look(still(1), 130) == [Stalled(RUN, 130)]
    assert stalls.look(still(2), 150) == [GoesOn(RUN, 150)]
    assert stalls.look(still(3), 160) == []
    assert stalls.look(still(3), 280) == [Stalled(RUN, 120)]


def test_one_that_gets_on_is_never_told() -> None:
    stalls = Stalls(AFTER_S)
    assert all(stalls.look(still(now // 100), now) == [] for now in range(0, 5000, 5))


def test_what_it_has_an_excuse_for_does_not_count() -> None:
    stalls = Stalls(AFTER_S)
    assert all(stalls.look(still(is_excused=True), now) == [] for now in range(0, 9000, 5))
    assert stalls.look(still(), 9000) == []
    assert stalls.look(still(), 9114) == []
    assert stalls.look(still(), 9116) == [Stalled(RUN, 121)]


def test_one_that_is_over_is_forgotten() -> None:
    stalls = Stalls(AFTER_S)
    stalls.look(still(), 0)
    assert stalls.look(still(), 130)
    assert stalls.look([], 140) == []
    assert stalls.look(still(), 150) == []
    assert stalls.look(still(), 269) == []
    assert stalls.look(still(), 270) == [Stalled(RUN, 120)]


looks = st.lists(st.tuples(st.floats(0.1, 100), st.integers(0, 1), st.booleans()))


@given(looks)
def test_only_who_stood_long_enough_without_an_excuse_is_told(
    looks: list[tuple[float, int, bool]],
) -> None:
    stalls, now, since, before = Stalls(AFTER_S), 0.0, 0.0, None
    for passed_s, standing, excused in looks:
        now += passed_s
        if standing != before or excused:
            since, before = now, standing
        told = stalls.look(still(standing, is_excused=excused), now)
        stalled = [news for news in told if isinstance(news, Stalled)]
        assert all(news.for_s == now - since >= AFTER_S for news in stalled)


@pytest.mark.parametrize(
    ("obstacle", "until_ms", "excuses"),
    [
        ("bucket", 1_000_000, True),  # its end is ahead
        ("bucket", 998_000, True),  # it has just ended
        ("bucket", 900_000, False),  # it should have ended long ago
        ("pace", None, False),  # nobody has said how long
        ("database", None, True),
        ("discord", None, True),
        ("redis", None, True),
    ],
)
def test_an_excuse_has_an_end_or_is_known_to_be_away(
    obstacle: str, until_ms: int | None, excuses: bool
) -> None:
    assert is_excused(obstacle, until_ms, 1_000_000) is excuses
