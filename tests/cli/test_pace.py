"""How much of many scans is done, and when the rest will be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.cli.pace import Pace, Part, in_words, total_of


@pytest.mark.parametrize(
    ("part", "total"),
    [
        (Part(), None),
        (Part(told=80), 80),
        (Part(messages=90, share=None, told=80), 90),
        (Part(messages=100, share=0.25), 400),
        (Part(messages=100, share=0.25, told=5_000), 400),  # what is read before is not read again
        (Part(messages=100, share=0.001), None),
        (Part(messages=100, share=0.001, told=900), 900),
        (Part(messages=0, share=0.5), None),
        (Part(messages=100, share=1.0, is_over=True), 100),
        (Part(messages=0, told=900, is_over=True), 0),
    ],
)
def test_one_scans_messages(part: Part, total: float | None) -> None:
    assert part.total == total


def test_one_that_cannot_be_told_is_taken_for_an_average_one() -> None:
    assert total_of([Part(told=100), Part(messages=50, share=0.25), Part()]) == 450
    assert total_of([Part(), Part()]) is None
    assert total_of([]) is None


parts = st.builds(
    Part,
    messages=st.integers(0, 10**6),
    share=st.none() | st.floats(0, 1),
    told=st.none() | st.integers(0, 10**6),
    is_over=st.booleans(),
)


@given(st.lists(parts, max_size=20))
def test_there_is_no_less_than_what_is_read_where_it_can_be_told(some: list[Part]) -> None:
    total = total_of(some)
    if total is not None:
        told = sum(part.messages for part in some if part.total is not None)
        assert total >= told * (1 - 1e-9)


def test_the_pace_is_that_of_the_last_minute() -> None:
    pace = Pace()
    assert pace.messages_per_s is None
    pace.note(0.0, 0)
    pace.note(1.0, 50_000)
    assert pace.messages_per_s is None  # too early to tell
    for second in range(100, 200):
        pace.note(second, 50_000 + 20 * second)
    assert pace.messages_per_s == pytest.approx(20)
    assert pace.left_s(600) == pytest.approx(30)


def test_where_nothing_moves_nothing_is_foretold() -> None:
    pace = Pace()
    for second in range(10):
        pace.note(second, 7)
    assert pace.left_s(600) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "5 s"),
        (33, "35 s"),
        (54, "55 s"),
        (56, "1 min"),
        (3_540, "59 min"),
        (3_600, "1 h"),
        (12_100, "3 h 20 min"),
        (7_199, "2 h"),
        (100_000, "27 h"),
    ],
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
