"""Cursor and scroll where rows have come, gone and moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.tui.grid.anchoring import Place, anchored, top_to_see


@pytest.mark.parametrize(
    ("before", "after", "place", "expected"),
    [
        # New rows above: the same row, on the same line.
        ("abcde", "xyabcde", Place(1, 0), Place(3, 2)),
        # New rows below change nothing.
        ("abcde", "abcdexy", Place(1, 0), Place(1, 0)),
        # Rows above it go.
        ("abcdefgh", "cdefgh", Place(4, 3), Place(2, 1)),
        # Its own goes: the next takes its line.
        ("abcdefgh", "abcdfgh", Place(4, 3), Place(4, 3)),
        # It was the last one: the one before.
        ("abc", "ab", Place(2, 0), Place(1, 0)),
        # The one before was above what is seen: it is seen now.
        ("abcd", "abc", Place(3, 3), Place(2, 0)),
        # All went, others came.
        ("abc", "xyz", Place(1, 0), Place(1, 0)),
        ("abc", "x", Place(2, 0), Place(0, 0)),
        # It is sorted to another place.
        ("abcdef", "fedcba", Place(1, 0), Place(4, 3)),
        # It was scrolled out of sight: what is seen stays.
        ("abcdefgh", "xabcdefgh", Place(0, 4), Place(1, 5)),
        # Nothing there, or nothing left.
        ("", "abc", Place(0, 0), Place(0, 0)),
        ("abc", "", Place(2, 0), Place(0, 0)),
    ],
)
def test_the_place_stays(before: str, after: str, place: Place, expected: Place) -> None:
    assert anchored(before, after, place, height=3) == expected


def test_as_little_as_possible_is_scrolled() -> None:
    assert top_to_see(5, 3, height=4) == 3
    assert top_to_see(2, 3, height=4) == 2
    assert top_to_see(9, 3, height=4) == 6


KEYS = st.lists(st.sampled_from("abcdefghijklmnop"), unique=True, max_size=16)


@given(KEYS, KEYS, st.data(), st.integers(1, 8))
def test_a_row_that_stays_keeps_cursor_and_line(
    before: list[str], after: list[str], data: st.DataObject, height: int
) -> None:
    cursor = data.draw(st.integers(0, max(0, len(before) - 1)))
    top = data.draw(st.integers(0, max(0, len(before) - height)))
    found = anchored(before, after, Place(cursor, top), height)
    assert 0 <= found.cursor < max(1, len(after))
    assert 0 <= found.top <= max(0, len(after) - height)
    is_seen = top <= cursor < top + height
    if before and before[cursor] in after:
        assert after[found.cursor] == before[cursor]
        wanted = found.cursor - (cursor - top)
        if is_seen and 0 <= wanted <= len(after) - height:
            assert found.top == wanted
    if is_seen and after:
        assert found.top <= found.cursor < found.top + height
