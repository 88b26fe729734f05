"""The bytes of a file that were fetched: what is there, and what is not. No I/O."""

from __future__ import annotations

from bisect import bisect_left, bisect_right


class Extents:
    """Parts of a file that do not overlap, sorted by where they begin."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._parts: list[bytes] = []

    def gap(self, start: int, end: int) -> tuple[int, int] | None:
        """The first part of [start, end) that is not here, or None if all of it is."""
        place = bisect_right(self._starts, start) - 1
        if place >= 0:
            start = max(start, self._end(place))
        place += 1
        while start < end and place < len(self._starts) and self._starts[place] <= start:
            start = self._end(place)
            place += 1
        if start >= end:
            return None
        upto = self._starts[place] if place < len(self._starts) else end
        return start, min(end, upto)

    def add(self, start: int, part: bytes) -> None:
        """Keeps a part that fills a gap, or some of it: it overlaps no other."""
        if part:
            place = bisect_left(self._starts, start)
            self._starts.insert(place, start)
            self._parts.insert(place, part)

    def take(self, start: int, end: int) -> bytes:
        """The bytes from `start` on, up to `end` or to the first that is not here."""
        taken: list[bytes] = []
        place = max(0, bisect_right(self._starts, start) - 1)
        while start < end and place < len(self._starts):
            first = self._starts[place]
            if first > start:
                break
            part = self._parts[place][start - first : end - first]
            taken.append(part)
            start += len(part)
            place += 1
        return taken[0] if len(taken) == 1 else b"".join(taken)

    def _end(self, place: int) -> int:
        return self._starts[place] + len(self._parts[place])
