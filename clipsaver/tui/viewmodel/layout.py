"""Texts put into so many cells, and small tables in panes. Pure.

Widths are those that the terminal gives to characters: some have two cells, some none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, chop_cells, set_cell_size

from clipsaver.tui.viewmodel.rows import Cell, Column, Line, Look, Pane, Row, Tone
from clipsaver.tui.viewmodel.signs import Signs

LABEL = 12
"""Cells of the words before facts, their gap included."""
GAP = 1
"""Cells between two columns."""
OF_BOX = 4
"""Cells that a box takes of a width: its sides, and a space within each."""
OF_CURSOR = 2
"""Cells in front of a list's rows for cursor and mark."""


def whole_width(look: Look) -> int:
    """Cells of text that a pane has."""
    return max(1, look.width - OF_BOX)


def half_width(look: Look) -> int:
    """The same of one of two panes that stand side by side."""
    return max(1, look.width // 2 - OF_BOX) if look.is_wide else whole_width(look)


def boxed(
    title: str,
    lines: Iterable[Line],
    look: Look,
    *,
    note: str = "",
    is_half: bool = False,
    keys: tuple[str, ...] = (),
) -> Pane:
    """A pane whose lines are cut where they have no room."""
    cells = half_width(look) if is_half else whole_width(look)
    fitted = tuple(cut_line(line, cells, look.signs) for line in lines)
    return Pane(title, fitted, note, is_half, keys)


def cut(text: str, cells: int, signs: Signs, *, keeps_tail: bool = False) -> str:
    """The text in at most so many cells, with a sign where something was left out."""
    if cell_len(text) <= cells:
        return text
    room = cells - cell_len(signs.ellipsis)
    if room <= 0:
        return set_cell_size(text, max(0, cells))
    if not keeps_tail:
        return set_cell_size(text, room).rstrip() + signs.ellipsis
    end = ""
    for character in reversed(text):
        if cell_len(character + end) > room:
            break
        end = character + end
    return signs.ellipsis + end


def fit(
    text: str, cells: int, signs: Signs, *, is_right: bool = False, keeps_tail: bool = False
) -> str:
    """The text in exactly so many cells."""
    shown = cut(text, cells, signs, keeps_tail=keeps_tail)
    rest = " " * (cells - cell_len(shown))
    return rest + shown if is_right else shown + rest


def widths(columns: Sequence[Column], cells: int, *, is_wide: bool) -> list[int]:
    """How many cells each column has of so many; what is left over goes to those that grow."""
    least = [
        one.width if is_wide or one.narrow_width is None else one.narrow_width for one in columns
    ]
    spare = max(0, cells - sum(least) - GAP * (len(columns) - 1))
    shares = sum(one.grows for one in columns)
    for at, one in enumerate(columns):
        if one.grows:
            extra = spare * one.grows // shares
            least[at] += extra
            spare, shares = spare - extra, shares - one.grows
    return least


def shown_columns(columns: Sequence[Column], look: Look) -> list[Column]:
    """Those that there is room for."""
    return [one for one in columns if look.is_wide or one.is_narrow]


def grid(
    columns: Sequence[Column], rows: Sequence[Row], cells: int, look: Look, *, has_head: bool = True
) -> Iterator[Line]:
    """A small table: a head, and a line for each row."""
    shown = shown_columns(columns, look)
    sizes = widths(shown, cells, is_wide=look.is_wide)
    signs = look.signs
    if has_head:
        yield joined(
            Cell(fit(one.name, size, signs, is_right=one.is_right), Tone.DIM)
            for one, size in zip(shown, sizes, strict=True)
        )
    for row in rows:
        yield joined(
            Cell(
                fit(
                    (cell := row.cells.get(one.name, Cell(""))).text,
                    size,
                    signs,
                    is_right=one.is_right,
                    keeps_tail=one.keeps_tail,
                ),
                row.tone if cell.tone is Tone.PLAIN else cell.tone,
            )
            for one, size in zip(shown, sizes, strict=True)
        )


def joined(cells: Iterator[Cell], gap: int = GAP) -> Line:
    """Cells with spaces between them."""
    line: list[Cell] = []
    for cell in cells:
        if line:
            line.append(Cell(" " * gap))
        line.append(cell)
    return tuple(line)


def fact(label: str, *cells: Cell) -> Line:
    """A word and what is so."""
    return (Cell(label.ljust(LABEL), Tone.DIM), *cells)


def facts(label: str, text: str, cells: int, tone: Tone = Tone.PLAIN) -> Iterator[Line]:
    """The same of a long text, over as many lines as it takes."""
    for at, part in enumerate(wrapped(text, cells - LABEL)):
        yield fact("" if at else label, Cell(part, tone))


def wrapped(text: str, cells: int) -> Iterator[str]:
    """The text in lines of at most so many cells, broken at spaces where there are some.

    Spaces at its beginning are kept.
    """
    cells = max(2, cells)
    body = text.lstrip(" ")
    line = " " * min(len(text) - len(body), cells // 2)
    for word in body.split(" "):
        candidate = f"{line} {word}" if line.strip() else line + word
        if cell_len(candidate) <= cells:
            line = candidate
            continue
        if line.strip():
            yield line
        line = word
        if cell_len(word) > cells:
            *full, line = chop_cells(word, cells)
            yield from full
    if line or not text:
        yield line


def between(left: Line, right: Line, cells: int) -> Line:
    """One at the left end of so many cells and one at the right end; they may touch."""
    room = cells - line_len(left) - line_len(right)
    return (*left, Cell(" " * max(0, room)), *right)


def cut_line(line: Line, cells: int, signs: Signs) -> Line:
    """The cells of a line that there is room for, the last of them cut."""
    if line_len(line) <= cells:
        return line
    shown: list[Cell] = []
    for cell in line:
        room = cells - line_len(shown)
        if room <= 0:
            break
        shown.append(Cell(cut(cell.text, room, signs), cell.tone))
    return tuple(shown)


def line_len(line: Sequence[Cell]) -> int:
    """Cells of a line."""
    return sum(cell_len(one.text) for one in line)


def plain(line: Line) -> str:
    """The text of a line, without its tones."""
    return "".join(one.text for one in line)
