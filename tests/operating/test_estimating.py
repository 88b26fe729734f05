"""How long a channel is, told from what was read of it."""

from __future__ import annotations

import pytest

from clipsaver.database.coverage import SoFar
from clipsaver.operating.estimating import messages_between, messages_in
from clipsaver.ranges import Range, RangeSet


@pytest.mark.parametrize(
    ("last", "covered", "messages", "expected"),
    [
        (2000, [(1500, 2001)], 5000, 9990),
        (2000, [(0, 3000)], 5000, 5000),
        (2000, [(1000, 1250), (1750, None)], 100, 200),
        (2000, [], 5000, None),
        (2000, [(1990, 2001)], 5000, None),
        (2000, [(1500, 2001)], 0, None),
        (None, [(1500, 2001)], 5000, None),
        (900, [(1500, 2001)], 5000, None),
    ],
)
def test_what_was_read_is_set_against_the_whole(last, covered, messages, expected):
    ranges = RangeSet(Range(*one) for one in covered)
    assert messages_in(SoFar(1000, last, ranges, messages)) == expected


@pytest.mark.parametrize(
    ("gap", "covered", "expected"),
    [((1000, 1500), [(1500, 2001)], 4990), ((1000, 1001), [(1500, 2001)], 10),
     ((1000, 1500), [], None), ((1000, 5000), [(1500, 2001)], 9990)],
)  # fmt: skip
def test_a_part_of_a_channel_holds_its_share(gap, covered, expected):
    ranges = RangeSet(Range(*one) for one in covered)
    assert messages_between(SoFar(1000, 2000, ranges, 5000), Range(*gap)) == expected
