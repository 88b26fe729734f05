"""What was fetched, against a plain set of positions."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from clipsaver.thumbnails.picture.extents import Extents

FILE = random.Random(2).randbytes(120)
spans = st.tuples(st.integers(0, 120), st.integers(0, 60)).map(lambda s: (s[0], min(120, sum(s))))


@given(st.lists(spans, max_size=12), spans)
def test_gaps_and_parts_are_those_of_a_set(
    fetched: list[tuple[int, int]], asked: tuple[int, int]
) -> None:
    extents, here = Extents(), set[int]()
    for start, end in fetched:
        while (gap := extents.gap(start, end)) is not None:
            assert start <= gap[0] < gap[1] <= end
            assert not here & set(range(*gap))
            extents.add(gap[0], FILE[gap[0] : gap[1]])
            here |= set(range(*gap))
    start, end = asked
    missing = [position for position in range(start, end) if position not in here]
    gap = extents.gap(start, end)
    assert (gap is None) == (not missing)
    if gap is not None:
        assert gap[0] == missing[0]
        assert set(range(*gap)) <= set(missing)
        assert gap[1] == end or gap[1] in here
    upto = missing[0] if missing else end
    assert extents.take(start, end) == FILE[start:upto]
