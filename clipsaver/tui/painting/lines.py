"""Cells cut to a width, and as what Textual is given. Pure.

What is in a cell is never markup: strangers write names such as `[red]x[/]`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text

from clipsaver.tui.viewmodel.rows import Cell, Line, Tone
from clipsaver.tui.viewmodel.signs import Signs


def width_of(line: Line) -> int:
    """Columns of a terminal that it takes."""
    return sum(cell_len(cell.text) for cell in line)


def fit(line: Line, width: int, signs: Signs) -> Line:
    """Exactly this wide: cut with a sign that it was, or filled up with blanks."""
    total = width_of(line)
    if total <= width:
        return (*line, Cell(" " * (width - total))) if total < width else line
    kept: list[Cell] = []
    left = max(0, width - 1)
    for cell in line:
        size = cell_len(cell.text)
        if size > left:
            kept.append(Cell(set_cell_size(cell.text, left) + signs.ellipsis, cell.tone))
            break
        kept.append(cell)
        left -= size
    return tuple(kept) if width > 0 else ()


def text_of(line: Line, tones: Mapping[Tone, Style], *, dims: bool = False) -> Text:
    """The line with the styles of its tones; `dims` greys it as a whole."""
    text = Text(no_wrap=True, end="")
    for cell in line:
        text.append(cell.text, tones[Tone.DIM if dims else cell.tone])
    return text


def stacked(lines: Sequence[Line], tones: Mapping[Tone, Style]) -> Text:
    """Lines below each other, as one text."""
    return Text("\n", no_wrap=True, end="").join(text_of(line, tones) for line in lines)
