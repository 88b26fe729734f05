"""How long a channel is, told from what was read of it."""

from __future__ import annotations

import pytest

from clipsaver.database.coverage import SoFar
from clipsaver.operating.estimating import messages_in
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
