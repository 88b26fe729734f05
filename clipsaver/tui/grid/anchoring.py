"""Where cursor and scroll are when rows have come, gone and moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person is in a list."""

    cursor: int
    """The index of the row under the cursor; 0 also where there is none."""
    top: int
    """The index of the first row that is seen."""


def anchored(before: Sequence[str], after: Sequence[str], place: Place, height: int) -> Place:
    """The place in the rows `after` that is the same as `place` was in those `before`.

    The cursor stays on its row, and where it is seen, on its line of the screen: what comes above
    it does not move it. Is its row gone, it stays on its line, on the row that follows; behind
    the last, on the one before. Where the cursor was scrolled out of sight, the rows that are seen
    stay where they are. `height` is how many rows are seen at once.
    """
    if not before or not after:
        return Place(0, 0)
    new_at = {key: index for index, key in enumerate(after)}
    cursor = _moved(before, new_at, min(place.cursor, len(before) - 1))
    is_seen = place.top <= place.cursor < place.top + height
    held = cursor if is_seen else _moved(before, new_at, min(place.top, len(before) - 1))
    if cursor is None or held is None:
        last = len(after) - 1
        return Place(min(place.cursor, last), top_within(place.top, len(after), height))
    top = held.index - max(0, held.line_of - place.top)
    return Place(cursor.index, top_within(top, len(after), height))


def top_within(top: int, count: int, height: int) -> int:
    """The nearest first row with which the list fills the screen, as far as it can."""
    return max(0, min(top, count - height))


def top_to_see(cursor: int, top: int, height: int) -> int:
    """The first row so that the cursor is seen, moved no further than that takes."""
    return min(cursor, max(top, cursor - height + 1))


@dataclass(frozen=True, slots=True)
class _Moved:
    index: int
    """Where the row is now."""
    line_of: int
    """The old index of the line that it is to be on."""


def _moved(before: Sequence[str], new_at: Mapping[str, int], index: int) -> _Moved | None:
    """Where the row of `index` is now, or who stands for it; None where none is left."""
    for key in before[index:]:
        if key in new_at:
            return _Moved(new_at[key], index)
    for old in range(index - 1, -1, -1):
        if before[old] in new_at:
            return _Moved(new_at[before[old]], old)
    return None
