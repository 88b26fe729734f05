"""Boxes, pixels that are no squares, turned and mirrored pictures. No I/O."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

WIDEST_PIXEL = 8
"""A pixel that is said to be longer than this is a mistake, as no camera makes one."""


class Size(NamedTuple):
    """In pixels."""

    width: int
    height: int

    def turned(self) -> Size:
        return Size(self.height, self.width)


class Orientation(NamedTuple):
    """How a stored picture becomes upright: rows and columns swapped first, then mirrored."""

    swaps: bool = False
    flips_x: bool = False
    flips_y: bool = False


UPRIGHT = Orientation()


def orientation_of_matrix(a: int, b: int, c: int, d: int) -> Orientation:
    """The nearest of the eight, of a display matrix: x' = ax + cy, y' = bx + dy, y downwards."""
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(swaps=False, flips_x=a < 0, flips_y=d < 0)
    return Orientation(swaps=True, flips_x=c < 0, flips_y=b < 0)


def orientation_of_angle(degrees: float) -> Orientation:
    """The nearest of four, of an angle counter-clockwise."""
    if not math.isfinite(degrees):
        return UPRIGHT
    quarters = round(degrees / 90) % 4
    return (
        UPRIGHT,
        Orientation(swaps=True, flips_y=True),
        Orientation(flips_x=True, flips_y=True),
        Orientation(swaps=True, flips_x=True),
    )[quarters]


def squared(stored: Size, pixel: Fraction | None) -> Size:
    """The size with square pixels; `pixel` is width by height of one. No side gets shorter."""
    if pixel is None or pixel <= 0 or not 1 / WIDEST_PIXEL <= pixel <= WIDEST_PIXEL:
        return stored
    if pixel >= 1:
        return Size(max(1, round(stored.width * pixel)), stored.height)
    return Size(stored.width, max(1, round(stored.height / pixel)))


def shown(stored: Size, pixel: Fraction | None, orientation: Orientation) -> Size:
    """The size as it is shown."""
    size = squared(stored, pixel)
    return size.turned() if orientation.swaps else size


def fitted(size: Size, box: Size) -> Size:
    """The largest size of this shape within the box; never larger than `size`."""
    scale = min(Fraction(1), Fraction(box.width, size.width), Fraction(box.height, size.height))
    return Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))
