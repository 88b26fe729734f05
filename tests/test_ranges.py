"""Id ranges against Python's own sets."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from clipsaver.ranges import Range, RangeSet

WORLD = range(60)
ranges = st.lists(
    st.tuples(st.integers(0, 50), st.one_of(st.none(), st.integers(0, 50))).map(
        lambda pair: Range(*pair)
    ),
    max_size=6,
)


def members(ids: RangeSet) -> set[int]:
    return {i for i in WORLD if i in ids}


@given(ranges, ranges)
def test_operators_are_those_of_sets(left: list[Range], right: list[Range]) -> None:
    a, b = RangeSet(left), RangeSet(right)
    assert members(a | b) == members(a) | members(b)
    assert members(a & b) == members(a) & members(b)
    assert members(a - b) == members(a) - members(b)


@given(ranges, st.integers(0, 50), st.integers(1, 10))
def test_a_range_is_held_if_all_of_it_is(some: list[Range], lower: int, length: int) -> None:
    ids = RangeSet(some)
    part = Range(lower, lower + length)
    assert ids.holds(part) is all(i in ids for i in range(part.lower, lower + length))


@given(ranges, ranges)
def test_ranges_are_sorted_disjoint_and_not_adjacent(left: list[Range], right: list[Range]) -> None:
    a, b = RangeSet(left), RangeSet(right)
    for ids in (a, a | b, a & b, a - b):
        for one, following in itertools.pairwise(ids):
            assert one.upper is not None
            assert one.upper < following.lower
        assert not any(one.is_empty() for one in ids)


@given(st.integers(0, 50), st.one_of(st.none(), st.integers(0, 50)))
def test_the_set_of_one_range_is_that_of_a_list_of_it(lower: int, upper: int | None) -> None:
    assert RangeSet.of(lower, upper) == RangeSet([Range(lower, upper)])


def test_text_is_that_of_postgresql() -> None:
    assert str(RangeSet((Range(9, None), Range(1, 5)))) == "{[1,5),[9,)}"
    assert str(RangeSet()) == "{}"
