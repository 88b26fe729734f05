"""Whether a picture shows anything: neither black nor white nor one colour. No I/O."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

LEAST_SPREAD = 8.0
DARKEST = 16.0
BRIGHTEST = 240.0


class Looks(NamedTuple):
    """Mean and standard deviation of brightness, each from 0 to 255."""

    mean: float
    spread: float

    @property
    def is_flat(self) -> bool:
        return self.spread < LEAST_SPREAD or not DARKEST < self.mean < BRIGHTEST


def looks_of(histogram: Sequence[int]) -> Looks:
    """Of how many pixels have each brightness, from 0 to 255."""
    count = sum(histogram)
    if count == 0:
        return Looks(0.0, 0.0)
    mean = sum(level * times for level, times in enumerate(histogram)) / count
    variance = sum((level - mean) ** 2 * times for level, times in enumerate(histogram)) / count
    return Looks(mean, math.sqrt(variance))
