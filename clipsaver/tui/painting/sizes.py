"""What fits on a terminal of this size. Pure."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

_WIDE = 120
_LEAST = (80, 24)
_LEAST_AT_ALL = (40, 10)


class Size(enum.StrEnum):
    WIDE = "wide"
    """120 columns: panes side by side."""
    NARROW = "narrow"
    """80 columns and 24 lines: everything, but below each other or behind enter."""
    EMERGENCY = "emergency"
    """What needs a person, and nothing else."""
    NOTHING = "nothing"
    """One line with the size that is needed."""


def size_of(width: int, height: int) -> Size:
    """The layout for so many columns and lines."""
    if width < _LEAST_AT_ALL[0] or height < _LEAST_AT_ALL[1]:
        return Size.NOTHING
    if width < _LEAST[0] or height < _LEAST[1]:
        return Size.EMERGENCY
    return Size.WIDE if width >= _WIDE else Size.NARROW


def needed(width: int, height: int) -> str:
    """What is said where nothing fits."""
    wanted = f"{_LEAST_AT_ALL[0]}x{_LEAST_AT_ALL[1]}"
    return f"needs {wanted}, is {width}x{height}"[: max(1, width)]


@dataclass(frozen=True, slots=True)
class Need:
    """How many lines a part of a screen wants."""

    least: int
    """Without so many it is not worth a place."""
    ideal: int
    """More than so many it does not fill."""
    takes_rest: bool = False
    """Whether what is left over goes to it."""


def allot(lines: int, needs: Sequence[Need]) -> tuple[int, ...]:
    """So many lines to each part, in all not more than there are.

    Each gets its least while there is any, the first first; then each its ideal in the same order;
    the rest goes to the last that takes it. A part for which not even the least is left gets 0.
    """
    given = [0] * len(needs)
    for index, need in enumerate(needs):
        if need.least <= lines:
            given[index] = need.least
            lines -= need.least
    for index, need in enumerate(needs):
        if given[index]:
            more = min(lines, max(0, need.ideal - given[index]))
            given[index] += more
            lines -= more
    takers = [index for index, need in enumerate(needs) if need.takes_rest and given[index]]
    if takers:
        given[takers[-1]] += lines
    return tuple(given)
