"""A row of the table as a strip of a terminal's cells; one that has not changed is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from clipsaver.tui.grid.cutting import cut
from clipsaver.tui.grid.fitting import GAP, Fitted
from clipsaver.tui.grid.ordering import Order
from clipsaver.tui.viewmodel.rows import Cell, Row, Tone
from clipsaver.tui.viewmodel.signs import Signs

MARGIN = 2
"""Cells before the first column: of the cursor, and of the mark."""

_NOTHING = Cell("")
_KEPT = 1_000
"""Strips: far more than a screen has lines."""

PLAIN_TONES: Mapping[Tone, Style] = {
    Tone.PLAIN: Style(),
    Tone.DIM: Style(dim=True),
    Tone.STRONG: Style(bold=True),
    Tone.GOOD: Style(color="green"),
    Tone.NOTE: Style(color="cyan"),
    Tone.WARN: Style(color="yellow"),
    Tone.BAD: Style(color="red", bold=True),
}
"""Where no theme says otherwise."""


@dataclass(frozen=True, slots=True)
class Layout:
    """All that every row has in common; a strip is kept as long as this stays the same."""

    columns: tuple[Fitted, ...] = ()
    width: int = 0
    """Cells of the table; columns may need more."""
    left: int = 0
    """Cells of the columns that are moved out of sight."""
    signs: Signs = field(default_factory=Signs)
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class _Painted:
    looks: tuple[Tone, Mapping[str, Cell]]
    """Of the row, which itself may hold all of the look that it is of."""
    layout: Layout
    is_cursor: bool
    is_marked: bool
    strip: Strip


class RowPainter:
    """Paints rows and the head. Styles come from outside; changing one forgets every strip."""

    def __init__(self) -> None:
        self.tones: Mapping[Tone, Style] = PLAIN_TONES
        self.base = Style()
        self.cursor = Style(reverse=True)
        self.marked = Style()
        self.head = Style(bold=True)
        self._kept: dict[str, _Painted] = {}

    def restyle(self, *, base: Style, head: Style, cursor: Style, marked: Style) -> None:
        """Takes other looks for lines as a whole."""
        looks = (base, head, cursor, marked)
        if looks != (self.base, self.head, self.cursor, self.marked):
            self.base, self.head, self.cursor, self.marked = looks
            self._kept.clear()

    def retone(self, tones: Mapping[Tone, Style]) -> None:
        """Takes other looks for what cells say."""
        self.tones = tones
        self._kept.clear()

    def row(self, row: Row, layout: Layout, *, is_cursor: bool, is_marked: bool) -> Strip:
        """The row's line, exactly as wide as the table."""
        kept = self._kept.get(row.key)
        if (
            kept is None
            or (kept.layout is not layout and kept.layout != layout)
            or (kept.is_cursor, kept.is_marked) != (is_cursor, is_marked)
            or kept.looks != (row.tone, row.cells)
        ):
            strip = self._painted(row, layout, is_cursor=is_cursor, is_marked=is_marked)
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[row.key] = kept = _Painted(
                (row.tone, row.cells), layout, is_cursor, is_marked, strip
            )
        return kept.strip

    def header(self, layout: Layout, order: Order) -> Strip:
        """The names of the columns; the one that rows are sorted by has a sign of its direction."""
        style = self.base + self.head
        cells = []
        for one in layout.columns:
            name = one.column.name
            if name.lower() == order.name and len(name) < one.width:
                up, down = ("^", "v") if layout.signs.is_ascii else ("▲", "▼")
                name += down if order.is_reverse else up
            cells.append((_cut(one, name, layout.signs), style))
        return _whole(" " * MARGIN, cells, layout, style)

    def words(self, text: str, layout: Layout) -> Strip:
        """A line that is no row."""
        style = self.base + self.tones[Tone.DIM]
        room = max(0, layout.width - MARGIN)
        cells = cut(text, room, ellipsis=layout.signs.ellipsis)
        return Strip([Segment(" " * MARGIN + cells, style)], MARGIN + room)

    def _painted(self, row: Row, layout: Layout, *, is_cursor: bool, is_marked: bool) -> Strip:
        style = self.base
        if is_marked:
            style += self.marked
        if is_cursor:
            style += self.cursor
        tone = Tone.DIM if layout.is_stale else None
        cells = []
        for one in layout.columns:
            cell = row.cells.get(one.column.name, _NOTHING)
            looks = tone or (row.tone if cell.tone is Tone.PLAIN else cell.tone)
            cells.append((_cut(one, cell.text, layout.signs), style + self.tones[looks]))
        marks = f">{'*' if is_marked else ' '}" if is_cursor else ("* " if is_marked else "  ")
        return _whole(marks, cells, layout, style)


def _cut(one: Fitted, text: str, signs: Signs) -> str:
    """The text in the cells of its column."""
    column = one.column
    return cut(
        text,
        one.width,
        ellipsis=signs.ellipsis,
        keeps_tail=column.keeps_tail,
        is_right=column.is_right,
    )


def _whole(margin: str, cells: Sequence[tuple[str, Style]], layout: Layout, style: Style) -> Strip:
    """Margin and columns in the width of the table; the margin stays when columns move.

    Neighbours that look the same are one segment: all that Textual does, it does for each.
    """
    room = max(0, layout.width - MARGIN)
    used = layout.columns[-1].end if layout.columns else 0
    if layout.left or used > room:
        segments = [Segment(text + " " * GAP, looks) for text, looks in cells]
        columns = Strip(segments).crop_extend(layout.left, layout.left + room, style)
        return Strip.join([Strip([Segment(margin, style)], MARGIN), columns])
    runs: list[tuple[list[str], Style]] = [([margin], style)]
    for number, (text, looks) in enumerate(cells):
        if looks != runs[-1][1]:
            runs.append(([], looks))
        runs[-1][0].append((" " * GAP if number else "") + text)
    blank = " " * (room - used)
    if blank:
        runs.append(([blank], style))
    return Strip([Segment("".join(texts), looks) for texts, looks in runs], MARGIN + room)


def looks_alike(one: Row, other: Row) -> bool:
    """Whether nothing that is seen differs."""
    return one is other or (one.tone is other.tone and one.cells == other.cells)
