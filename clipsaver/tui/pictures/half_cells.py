"""Pixels as half cells of text: a cell's upper half has one colour and its lower another. Pure."""

from __future__ import annotations

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style

from clipsaver.tui.pictures.decoding import Pixels


def fits_into(width: int, height: int) -> tuple[int, int]:
    """Pixels that so many cells hold; a cell is about twice as high as wide."""
    return width, height * 2


def half_cells(pixels: Pixels) -> tuple[tuple[Segment, ...], ...]:
    """Lines of segments, each a cell wide; one with an odd last row leaves its lower half bare."""
    return tuple(
        tuple(_half_cell(pixels, column, top) for column in range(pixels.width))
        for top in range(0, pixels.height, 2)
    )


def _half_cell(pixels: Pixels, column: int, top: int) -> Segment:
    style = Style(color=_at(pixels, column, top), bgcolor=_at(pixels, column, top + 1))
    return Segment("▀", style)


def _at(pixels: Pixels, column: int, row: int) -> Color | None:
    if row >= pixels.height:
        return None
    start = (row * pixels.width + column) * 3
    return Color.from_triplet(ColorTriplet(*pixels.rgb[start : start + 3]))
