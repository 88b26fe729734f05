"""The parts of a channel's life, and how they are divided among cells."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.database.channels import Access
from clipsaver.operating.coverage_picture import (
    Life,
    Standing,
    cells_of,
    length,
    life_of,
    standing_of,
    whole_of,
)
from clipsaver.ranges import Range, RangeSet

NOW = 1000
SETTLED = RangeSet.of(0, 900)


def covering(*ranges: tuple[int, int | None]) -> RangeSet:
    return RangeSet(Range(*one) for one in ranges)


def a_life(newest: int | None, *ranges: tuple[int, int | None], channel: int = 100) -> Life:
    return life_of(channel, newest, covering(*ranges), settled=SETTLED, now=NOW)


@pytest.mark.parametrize(
    ("newest", "covered", "read", "gaps", "unsettled", "share"),
    [
        (299, [], [], [(100, 300)], [], 0.0),
        (299, [(0, 150), (200, 300)], [(100, 150), (200, 300)], [(150, 200)], [], 0.75),
        (299, [(0, 300)], [(100, 300)], [], [], 1.0),
        (899, [(0, 500)], [(100, 500)], [(500, 900)], [], 0.5),
        (949, [(0, 500)], [(100, 500)], [(500, 900)], [(900, 950)], 400 / 850),
        (949, [(0, 930)], [(100, 930)], [], [(930, 950)], 830 / 850),
        (299, [(0, 400)], [(100, 400)], [], [], 1.0),
        (299, [(250, None)], [(250, 1000)], [(100, 250)], [], 750 / 900),
        (None, [(0, 400)], [(100, 400)], [], [], 1.0),
        (None, [], [], [], [], 1.0),
        (50, [], [], [(50, 51)], [], 0.0),
    ],
)
def test_a_life_has_three_parts(newest, covered, read, gaps, unsettled, share):
    life = a_life(newest, *covered)
    parts = (life.read, life.gaps, life.unsettled)
    assert parts == (covering(*read), covering(*gaps), covering(*unsettled))
    assert life.share == pytest.approx(share)


@pytest.mark.parametrize(
    ("newest", "gaps", "share"), [(299, [(200, 250)], 0.5), (299, [], 1.0), (150, [], 1.0)]
)
def test_a_life_goes_back_no_further_than_clips_are_kept(newest, gaps, share):
    covered = covering((0, 150), (200, 300)) - covering(*gaps)
    life = life_of(100, newest, covered, settled=SETTLED, kept=covering((200, None)), now=NOW)
    assert life.gaps == covering(*gaps)
    assert life.share == pytest.approx(share)


@pytest.mark.parametrize(
    ("access", "life", "standing"),
    [
        (Access.READABLE, a_life(299, (0, 300)), Standing.READ),
        (Access.READABLE, a_life(949, (0, 900)), Standing.READ),
        (Access.UNKNOWN, a_life(299, (0, 299)), Standing.GAPS),
        (Access.READABLE, a_life(299), Standing.UNREAD),
        (Access.UNKNOWN, a_life(None), Standing.EMPTY),
        (Access.DENIED, a_life(299), Standing.DENIED),
        (Access.GONE, a_life(299, (0, 300)), Standing.GONE),
        (Access.DENIED, a_life(None), Standing.DENIED),
    ],
)
def test_what_is_said_of_a_channel_first(access, life, standing):
    assert standing_of(access, life) is standing


def test_all_lives_are_on_one_scale():
    assert whole_of([a_life(299), a_life(None), a_life(500, channel=50)]) == Range(50, 501)
    assert whole_of([a_life(None)]) is None


def test_cells_by_example():
    cells = cells_of(a_life(299, (0, 150), (175, 300)), Range(50, 350), 6)
    assert [(one.read, one.gap, one.unsettled) for one in cells] == [
        *((0, 0, 0), (1, 0, 0), (0.5, 0.5, 0), (1, 0, 0), (1, 0, 0), (0, 0, 0)),
    ]


ids = st.integers(0, 1200)
stretches = st.lists(st.tuples(ids, st.integers(1, 400)), max_size=8).map(
    lambda pairs: RangeSet(Range(lower, lower + size) for lower, size in pairs)
)


@given(ids, st.none() | ids, stretches, st.booleans())
def test_the_parts_of_a_life_partition_it(channel, newest, covered, is_open):
    if is_open:
        covered |= RangeSet.of(800, None)
    life = life_of(channel, newest, covered, settled=SETTLED, now=NOW)
    assert life.read | life.gaps | life.unsettled == life.ids
    for one, other in (
        (life.read, life.gaps),
        (life.read, life.unsettled),
        (life.gaps, life.unsettled),
    ):
        assert not one & other
    assert not life.gaps & covered
    assert not life.read - covered
    assert len(life.ids) <= 1
    assert 0 <= life.share <= 1


@given(ids, st.none() | ids, stretches, st.integers(1, 60), st.integers(0, 500))
def test_each_cell_says_what_the_ranges_say(channel, newest, covered, width, beside):
    life = life_of(channel, newest, covered, settled=SETTLED, now=NOW)
    hull = life.ids.hull or Range(10, 20)
    whole = Range(max(0, hull.lower - beside), hull.upper + beside)
    cells = cells_of(life, whole, width)
    size = whole.upper - whole.lower
    edges = [whole.lower + size * number // width for number in range(width + 1)]
    assert len(cells) == width
    for number, cell in enumerate(cells):
        here = RangeSet.of(edges[number], edges[number + 1])
        for part, share in (
            (life.read, cell.read),
            (life.gaps, cell.gap),
            (life.unsettled, cell.unsettled),
        ):
            told = Fraction(length(part & here), length(here)) if here else 0
            assert share == pytest.approx(float(told))
