"""Rows as commands show them; strangers' text is made printable here."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from clipsaver.terminal_text import printable

_NARROWEST = 20
"""What the last column has at least, whatever the terminal."""


def terminal_width() -> int | None:
    """How wide rows may be; None where no terminal has to hold them."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], width: int | None, *, right: Sequence[int]
) -> list[str]:
    """Columns as wide as what is in them; the last one has what is left of `width`."""
    safe = [tuple(head), *(tuple(printable(cell) for cell in row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*safe, strict=True)]
    last = len(widths) - 1
    if width is not None:
        room = width - sum(widths[:last]) - 2 * len(widths)
        widths[last] = max(_NARROWEST, room)
    lines = []
    for row in safe:
        cells = [
            cell.rjust(size) if at in right else cell.ljust(size)
            for at, (cell, size) in enumerate(zip(row[:last], widths, strict=False))
        ]
        lines.append(f"  {'  '.join([*cells, _cut(row[last], widths[last])])}".rstrip())
    return lines


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
