"""Columns in exactly so many cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clipsaver.tui.viewmodel.rows import Column

GAP = 1
"""Cells between columns."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A column where it is now."""

    column: Column
    at: int
    """The cell that it begins at, from 0."""
    width: int

    @property
    def end(self) -> int:
        """The cell behind it."""
        return self.at + self.width


def fitted(
    columns: Sequence[Column], width: int, *, longest: Mapping[str, int] | None = None
) -> tuple[Fitted, ...]:
    """The columns that are there on so many cells, the growing ones having what is left over.

    All of them where their least widths fit in; else those that are there on 80 columns, which may
    need more than there is: then the table is moved along them. `longest` is given where all
    columns are asked for in full: the cells of the longest text of each, by its name.
    """
    if longest is not None:
        wide = [max(column.width, longest.get(column.name, 0)) for column in columns]
        return _placed(columns, _grown(columns, wide, width))
    widths = [column.width for column in columns]
    if _taken(widths) > width:
        columns = [column for column in columns if column.is_narrow]
        widths = [column.narrow_width or column.width for column in columns]
    return _placed(columns, _grown(columns, widths, width))


def needed(columns: Sequence[Fitted]) -> int:
    """Cells that they take in all."""
    return columns[-1].end if columns else 0


def _taken(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * max(0, len(widths) - 1)


def _grown(columns: Sequence[Column], widths: Sequence[int], width: int) -> list[int]:
    """The widths with what is left over shared out, to the cell."""
    grown = list(widths)
    left = max(0, width - _taken(widths))
    shares = sum(column.grows for column in columns)
    for number, column in enumerate(columns):
        if column.grows:
            part = left * column.grows // shares
            grown[number] += part
            left -= part
            shares -= column.grows
    return grown


def _placed(columns: Sequence[Column], widths: Sequence[int]) -> tuple[Fitted, ...]:
    placed = []
    at = 0
    for column, width in zip(columns, widths, strict=True):
        placed.append(Fitted(column, at, width))
        at += width + GAP
    return tuple(placed)
