"""Bars of what was read and the scale above them, in the signs that a terminal can show. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from clipsaver import snowflake
from clipsaver.operating.coverage_picture import Cell
from clipsaver.ranges import Range


@dataclass(frozen=True, slots=True)
class Sign:
    """How a kind of cell is drawn."""

    block: str
    plain: str
    """Where there is no more than ASCII."""
    colour: str
    """As ECMA-48 numbers it."""
    words: str


READ = Sign("█", "#", "32", "read")
MOSTLY = Sign("▓", "+", "33", "mostly read")
PARTLY = Sign("▒", "-", "33", "partly read")
GAP = Sign("░", ".", "31", "not read")
UNSETTLED = Sign("~", "~", "36", "not settled yet")
_NO_LIFE = Sign(" ", " ", "", "")

_LABEL_ROOM = 18
"""Cells for each date of a scale."""
_DAYS_ALONE = timedelta(days=3)
"""A scale of less than that tells hours as well."""


@dataclass(frozen=True, slots=True)
class Pen:
    """What may be drawn with."""

    blocks: bool
    colour: bool

    def bar(self, cells: Sequence[Cell]) -> str:
        """One sign for each cell."""
        signs = map(sign_of, cells)
        return "".join(
            self._drawn(sign, len(list(same))) for sign, same in itertools.groupby(signs)
        )

    def legend(self, width: int) -> Iterator[str]:
        """What the signs mean, on as many lines as it takes."""
        line, used = "", 0
        for sign in (READ, MOSTLY, PARTLY, GAP, UNSETTLED):
            needs = len(sign.words) + 2
            if used and used + 2 + needs > width:
                yield line
                line, used = "", 0
            line += f"{'  ' if used else ''}{self._drawn(sign, 1)} {sign.words}"
            used += needs + (2 if used else 0)
        yield line

    def _drawn(self, sign: Sign, count: int) -> str:
        text = (sign.block if self.blocks else sign.plain) * count
        return f"\x1b[{sign.colour}m{text}\x1b[0m" if self.colour and sign.colour else text


def sign_of(cell: Cell) -> Sign:
    """A gap is never rounded away: a cell that has one looks it, however short it is."""
    if cell.gap:
        if not cell.read:
            return GAP
        return MOSTLY if cell.read >= cell.gap else PARTLY
    if cell.unsettled > cell.read:
        return UNSETTLED
    return READ if cell.read else _NO_LIFE


def scale(whole: Range, width: int) -> tuple[str, str]:
    """Dates (UTC), and below each a mark over the cell that begins then; at the end, that ends."""
    upper = whole.upper or whole.lower
    count = max(1, (width - 1) // _LABEL_ROOM) if upper > whole.lower else 0
    dates, marks, free = "", "", 0
    for number in range(count + 1):
        is_end = number == count
        at = width - 1 if is_end and count else number * width // (count or 1)
        moment = upper if is_end and count else whole.lower + (upper - whole.lower) * at // width
        label = _label(moment, upper - whole.lower)
        begin = at if number == 0 else min(at - len(label) // 2, width - len(label))
        if begin < free:
            continue
        dates, marks = dates.ljust(begin) + label, marks.ljust(at) + "|"
        free = begin + len(label) + 2
    return dates, marks


def _label(moment: int, size: int) -> str:
    lasts = timedelta(milliseconds=size >> 22)
    form = "%Y-%m-%d" if lasts >= _DAYS_ALONE else "%m-%d %H:%M"
    return snowflake.to_datetime(moment).strftime(form)


def dates_of(gap: Range) -> Iterator[str]:
    """When it begins and when it ends, to the minute."""
    for moment in (gap.lower, gap.upper or gap.lower):
        yield snowflake.to_datetime(moment).strftime("%Y-%m-%d %H:%M")
