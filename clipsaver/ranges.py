"""Sets of message ids as sorted, disjoint, half-open ranges: PostgreSQL's int8multirange in memory.

What a scan still has to read, and what was ever read, are such sets; a gap is a subtraction. An
upper bound of `None` means that the range has no end ("and everything that will be posted").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Range(NamedTuple):
    """Ids from `lower` up to but not including `upper`; `upper` None = without end."""

    lower: int
    upper: int | None

    def is_empty(self) -> bool:
        return self.upper is not None and self.upper <= self.lower


def _reach(upper: int | None) -> float:
    return float("inf") if upper is None else upper


class RangeSet:
    """An immutable set of ids. `RangeSet([Range(1, 5), Range(4, 9)])` holds 1 to 8."""

    __slots__ = ("_ranges",)

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        merged: list[Range] = []
        for one in sorted((r for r in ranges if not r.is_empty()), key=lambda r: r.lower):
            if merged and one.lower <= _reach(merged[-1].upper):
                last = merged[-1]
                if _reach(one.upper) > _reach(last.upper):
                    merged[-1] = Range(last.lower, one.upper)
            else:
                merged.append(one)
        self._ranges = tuple(merged)

    @staticmethod
    def of(lower: int, upper: int | None) -> RangeSet:
        """The set of one range."""
        one = Range(lower, upper)
        return _in_order(() if one.is_empty() else (one,))

    def __iter__(self) -> Iterator[Range]:
        return iter(self._ranges)

    def __len__(self) -> int:
        """The number of ranges (not of ids)."""
        return len(self._ranges)

    def __bool__(self) -> bool:
        return bool(self._ranges)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RangeSet) and self._ranges == other._ranges

    def __hash__(self) -> int:
        return hash(self._ranges)

    def __contains__(self, number: int) -> bool:
        return any(r.lower <= number < _reach(r.upper) for r in self._ranges)

    def holds(self, part: Range) -> bool:
        """Whether all ids of a range are in the set."""
        return any(
            r.lower <= part.lower and _reach(part.upper) <= _reach(r.upper) for r in self._ranges
        )

    @property
    def hull(self) -> Range | None:
        """The one range from the lowest id to the highest; None for the empty set."""
        return Range(self._ranges[0].lower, self._ranges[-1].upper) if self._ranges else None

    def __or__(self, other: RangeSet) -> RangeSet:
        return RangeSet((*self._ranges, *other._ranges))

    def __and__(self, other: RangeSet) -> RangeSet:
        return _in_order(
            both
            for one in self._ranges
            for another in other._ranges
            if not (both := _common(one, another)).is_empty()
        )

    def __sub__(self, other: RangeSet) -> RangeSet:
        left: Iterable[Range] = self._ranges
        for cut in other._ranges:
            left = [piece for one in left for piece in _without(one, cut)]
        return _in_order(left)

    def __repr__(self) -> str:
        return f"RangeSet({str(self)!r})"

    def __str__(self) -> str:
        """As PostgreSQL writes an int8multirange, such as `{[1,5),[9,)}`."""
        body = ",".join(f"[{r.lower},{'' if r.upper is None else r.upper})" for r in self._ranges)
        return "{" + body + "}"


EVERYTHING = RangeSet([Range(0, None)])
"""Every id."""


def _in_order(ranges: Iterable[Range]) -> RangeSet:
    """The set of ranges that are sorted, disjoint and not empty already: every page makes some."""
    ids = RangeSet.__new__(RangeSet)
    ids._ranges = tuple(ranges)  # noqa: SLF001 - the same class, by another door
    return ids


def _common(one: Range, other: Range) -> Range:
    lower = max(one.lower, other.lower)
    if one.upper is None or other.upper is None:
        return Range(lower, other.upper if one.upper is None else one.upper)
    return Range(lower, min(one.upper, other.upper))


def _without(one: Range, cut: Range) -> Iterator[Range]:
    if cut.lower >= _reach(one.upper) or _reach(cut.upper) <= one.lower:
        yield one
        return
    if one.lower < cut.lower:
        yield Range(one.lower, cut.lower)
    if cut.upper is not None and cut.upper < _reach(one.upper):
        yield Range(cut.upper, one.upper)
