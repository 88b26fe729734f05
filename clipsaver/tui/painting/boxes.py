"""Panes as boxes in characters, side by side or below each other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, set_cell_size

from clipsaver.tui.painting.lines import fit, width_of
from clipsaver.tui.viewmodel.rows import Cell, Line, Pane, Tone
from clipsaver.tui.viewmodel.signs import Signs

BORDERS: Final = 2
"""Lines of a box that hold nothing of its pane."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of a line that can be opened."""

    start: int
    end: int
    """Columns, the last one not included."""
    key: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One line of the screen."""

    line: Line
    spots: tuple[Spot, ...] = ()


def between_rules(title: str, note: str, width: int, signs: Signs) -> str:
    """`Title ─────── note`: exactly so wide; a note that does not fit is left out."""
    rule = "-" if signs.is_ascii else "─"
    left, right = f"{title} " if title else "", f" {note}" if note else ""
    if cell_len(left) + cell_len(right) + 1 > width:
        right = ""
    if cell_len(left) > width:
        left = set_cell_size(left, max(0, width - 1)) + signs.ellipsis
    return left + rule * (width - cell_len(left) - cell_len(right)) + right


def draw(pane: Pane, width: int, height: int, signs: Signs) -> tuple[Drawn, ...]:
    """The pane in a box of this size; what does not fit is counted in its last line."""
    side, rule = ("|", "-") if signs.is_ascii else ("│", "─")
    corners = "++++" if signs.is_ascii else "┌┐└┘"
    inner, room = width - 4, height - BORDERS
    top = between_rules(pane.title, pane.note, width - 6, signs)
    lines = [*pane.lines]
    hidden = len(lines) - room
    if hidden > 0 and room > 0:
        lines = [*lines[: room - 1], (Cell(f"{hidden + 1} more", Tone.DIM),)]
    lines += [()] * (room - len(lines))
    start, end = (f"{rule} " if pane.title else rule * 2), (f" {rule}" if pane.note else rule * 2)
    drawn = [Drawn((Cell(f"{corners[0]}{start}{top}{end}{corners[1]}", Tone.DIM),))]
    for index, line in enumerate(lines[: max(0, room)]):
        key = pane.keys[index] if index < len(pane.keys) and index < len(pane.lines) else ""
        if hidden > 0 and index == room - 1:
            key = ""
        drawn.append(
            Drawn(
                (Cell(f"{side} ", Tone.DIM), *fit(line, inner, signs), Cell(f" {side}", Tone.DIM)),
                (Spot(1, width - 1, key),) if key else (),
            )
        )
    drawn.append(Drawn((Cell(f"{corners[2]}{rule * (width - 2)}{corners[3]}", Tone.DIM),)))
    return tuple(drawn)


def beside(left: Sequence[Drawn], right: Sequence[Drawn]) -> tuple[Drawn, ...]:
    """Two boxes of the same height in the same lines."""
    joined = []
    for one, other in zip(left, right, strict=True):
        offset = width_of(one.line)
        moved = tuple(Spot(s.start + offset, s.end + offset, s.key) for s in other.spots)
        joined.append(Drawn((*one.line, *other.line), (*one.spots, *moved)))
    return tuple(joined)


def in_rows(panes: Sequence[Pane], *, is_wide: bool) -> tuple[tuple[Pane, ...], ...]:
    """Which stand side by side: two halves that follow each other, where there is the width."""
    rows: list[tuple[Pane, ...]] = []
    for pane in panes:
        pairs = is_wide and pane.is_half and rows and len(rows[-1]) == 1 and rows[-1][0].is_half
        if pairs:
            rows[-1] = (*rows[-1], pane)
        else:
            rows.append((pane,))
    return tuple(rows)


def draw_row(row: Sequence[Pane], width: int, height: int, signs: Signs) -> tuple[Drawn, ...]:
    """One or two panes over the whole width."""
    if len(row) == 1:
        return draw(row[0], width, height, signs)
    half = width // 2
    left, right = row
    return beside(draw(left, half, height, signs), draw(right, width - half, height, signs))


def lines_of(row: Sequence[Pane]) -> int:
    """Lines that the panes of a row fill, with their borders."""
    return max(len(pane.lines) for pane in row) + BORDERS
