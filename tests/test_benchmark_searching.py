"""The figures of the benchmark on searching, on a course that is easy to reckon."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.large_guild import Wishes, grown, planted, sizes
from benchmarks.searching import Course

CLIPS = 100


def course(seen: int) -> Course:
    """Pushed at 50: a clip each second from 51 on, ten requests a second from 50 on."""
    return Course(
        strategy="auto",
        pushed_at=50.0,
        ended_at=250.0,
        seen=[51.0 + number for number in range(seen)],
        stored={},
        granted=[50.0 + number / 10 for number in range(981)],
        searches=[],
        refused=Counter(),
        by_search=0,
        by_history=0,
    )


def test_the_share_counts_all_clips_and_not_only_those_that_were_found() -> None:
    assert course(CLIPS).known_after_s(0.95, CLIPS) == 95.0
    assert course(CLIPS).known_after_s(0.945, CLIPS) == 95.0
    assert course(CLIPS).known_after_s(0, CLIPS) == 1.0
    assert course(95).known_after_s(0.95, CLIPS) == 95.0
    assert course(94).known_after_s(0.95, CLIPS) == float("inf")


def test_requests_are_those_until_then() -> None:
    assert course(CLIPS).requests(2.0) == 21
    assert course(CLIPS).requests(1000.0) == 981
    assert course(CLIPS).share == pytest.approx(10 / 45)


@pytest.mark.parametrize(("count", "total", "most"), [(198, 800_000, 15_000), (300, 2_000, 500)])
def test_sizes_make_up_the_total_and_none_is_too_long(count: int, total: int, most: int) -> None:
    found = sizes(count, total, most)
    assert (len(found), sum(found)) == (count, total)
    assert 1 <= min(found) < max(found) <= most


def test_the_guild_is_as_large_as_was_wished() -> None:
    world = grown(Wishes(messages=2_000, channels=12, threads=9, clip_share=0.5, full=True))
    lengths = [len(history) for history in world.histories.values()]
    assert (len(lengths), sum(lengths)) == (10 + 9, 2_000)
    sources = set(dict(planted(world)).values())
    assert sources == {"attachment", "component", "forward"}
