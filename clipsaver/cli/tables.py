"""Rows as commands show them; strangers' text is made printable here."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from clipsaver.terminal_text import in_cells

_NARROWEST = 20
"""What the last column has at least, whatever the terminal."""


def terminal_width() -> int | None:
    """How wide rows may be; None where no terminal has to hold them."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], width: int | None, *, right: Sequence[int]
) -> list[str]:
    """Columns as wide as what is in them; the last one has what is left of `width`."""
    safe = [tuple(head), *(tuple(in_cells(cell) for cell in row) for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*safe, strict=True)]
    last = len(widths) - 1
    if width is not None:
        room = width - sum(widths[:last]) - 2 * len(widths)
        widths[last] = max(_NARROWEST, room)
    lines = []
    for row in safe:
        cells = [
            _filled(cell, size, is_right=at in right)
            for at, (cell, size) in enumerate(zip(row[:last], widths, strict=False))
        ]
        lines.append(f"  {'  '.join([*cells, cut(row[last], widths[last])])}".rstrip())
    return lines


def cut(text: str, width: int) -> str:
    """A text that may be a stranger's, in so many cells at most; a sign in two counts as two."""
    text = in_cells(text)
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1)}…"


def _filled(text: str, width: int, *, is_right: bool) -> str:
    space = " " * (width - cell_len(text))
    return f"{space}{text}" if is_right else f"{text}{space}"
