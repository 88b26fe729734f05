"""Numbers with units, as a person writes them: `30s`, `1m30s`, `2,310`, `10k`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clipsaver.tui.viewmodel.rows import Measure

LENGTHS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
"""In ms."""
SIZES = {"k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9}
"""Decimal, as disks and the columns count; a B behind them changes nothing."""

_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_PART = re.compile(rf"\s*({_DIGITS})\s*([A-Za-z]*)", re.ASCII)
_LONGEST = 40
"""Characters: what is longer is no number that a row could have."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """What was written, in the unit of the values: ms, bytes, or none."""

    number: float
    step: float
    """What one more in the last place that was written would add: `14m` is 14 to 15 minutes."""
    measure: Measure
    """LENGTH or SIZE by the unit; NUMBER where there is none."""

    def spans(self, value: float) -> bool:
        """Whether the value would be written like this, in so many places."""
        return self.number <= value < self.number + self.step


def quantity(text: str) -> Quantity | None:
    """What the text comes to; None where it is no number, or its units do not fit together."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    if not digits or len(digits) > _LONGEST:
        return None
    parts = []
    at = 0
    while at < len(digits):
        part = _PART.match(digits, at)
        if part is None:
            return None
        parts.append(_part(part[1], part[2]))
        at = part.end()
    measures = {part.measure for part in parts if part is not None}
    if None in parts or len(measures) != 1 or (len(parts) > 1 and measures != {Measure.LENGTH}):
        return None
    known = [part for part in parts if part is not None]
    return Quantity(sign * sum(part.number for part in known), known[-1].step, known[0].measure)


def _part(digits: str, unit: str) -> Quantity | None:
    number = float(digits.replace(",", ""))
    step = 10.0 ** -len(digits.partition(".")[2])
    if not unit:
        return Quantity(number, step, Measure.NUMBER)
    if unit in LENGTHS:
        return Quantity(number * LENGTHS[unit], step * LENGTHS[unit], Measure.LENGTH)
    size = SIZES.get(unit.removesuffix("B")) or (1 if unit == "B" else None)
    return Quantity(number * size, step * size, Measure.SIZE) if size else None
