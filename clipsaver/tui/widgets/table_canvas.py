"""The table as it is painted: its columns, its cursor and its scroll, with what rows it has."""

from __future__ import annotations

import contextlib
import itertools
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from clipsaver.tui.grid.anchoring import Place, anchored, top_to_see, top_within
from clipsaver.tui.grid.fitting import fitted, needed
from clipsaver.tui.grid.listed import Listed
from clipsaver.tui.viewmodel.rows import Column, Row
from clipsaver.tui.viewmodel.signs import Signs
from clipsaver.tui.widgets.row_painter import MARGIN, Layout, RowPainter, looks_alike
from clipsaver.tui.widgets.table_messages import CursorMoved, TableChanged, TableStatus

HEAD = 1
"""Lines above the first row."""
_WIDEST = 80
"""Cells that a column takes at most where all are shown in full."""

_Line = tuple[Row | None, bool, bool]
"""What a line shows: the row, whether the cursor is on it, and whether it is marked."""


class TableCanvas(ScrollView):
    """Paints only rows that are seen, and of those only what has changed."""

    DEFAULT_CSS = """
    TableCanvas {
        scrollbar-size: 0 0;
        & > .table--head { text-style: bold; }
        & > .table--cursor { background: $surface-lighten-1; }
        & > .table--marked { text-style: bold; }
        &:focus > .table--cursor { background: $surface-lighten-2; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--head", "table--cursor", "table--marked"}

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 -- as all widgets of Textual
        classes: str | None = None,
    ) -> None:
        """`clock` counts seconds: for one after a move, rows keep their order."""
        super().__init__(name=name, id=id, classes=classes)
        self.is_following = False
        """Whether the cursor goes to the last row with each `set`, until it is moved away."""
        self._clock = clock
        self._painter = RowPainter()
        self._listed = Listed()
        self._columns: Sequence[Column] = ()
        self._look = Layout()
        self._cursor = 0
        self._kept_key: str | None = None
        """The row that the cursor was on last, also while there is none."""
        self._longest: dict[str, int] | None = None
        self._empty = ""
        self._is_restyled = True
        self._told: tuple[TableStatus, str | None] = (TableStatus(), None)

    @property
    def cursor_row(self) -> Row | None:
        """The row under the cursor."""
        return self._row_at(self._cursor)

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor; None where there is no row."""
        row = self.cursor_row
        return row.key if row else None

    @property
    def status(self) -> TableStatus:
        """What is shown and what is not, for the lines around the table."""
        shown = len(self._listed.shown)
        top = self.scroll_offset.y
        return TableStatus(
            total=self._listed.total,
            shown=shown,
            marked=len(self._listed.marks),
            marked_hidden=self._listed.hidden_marks,
            above=min(top, shown),
            below=max(0, shown - top - self._height) if self._height else 0,
            order=self._listed.order,
            is_wide=self._longest is not None,
            is_following=self.is_following,
        )

    def render_line(self, y: int) -> Strip:
        """One line of the widget, the head being the first."""
        if self._is_restyled:
            self._restyle()
        if y < HEAD:
            return self._painter.header(self._look, self._listed.order)
        row, is_cursor, is_marked = self._line(y)
        if row is not None:
            return self._painter.row(row, self._look, is_cursor=is_cursor, is_marked=is_marked)
        words = "" if self._listed.shown else self._words_for_nothing()
        lines = textwrap.wrap(words, max(1, self._look.width - MARGIN))
        return self._painter.words(lines[y - HEAD] if y - HEAD < len(lines) else "", self._look)

    def on_resize(self) -> None:
        """Fits the columns anew, and keeps the cursor in sight where it was."""
        self._fit(self._look.signs, is_stale=self._look.is_stale)
        self._scroll_to_cursor()
        self.refresh()
        self._tell()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Says how many rows are above and below."""
        super().watch_scroll_y(old_value, new_value)
        self._tell()

    def notify_style_update(self) -> None:
        """Looks are other ones from the next line that is painted on."""
        super().notify_style_update()
        self._is_restyled = True

    # For who gives rows and who moves

    @property
    def _height(self) -> int:
        """Rows that are seen at once; 0 before there is a size."""
        return max(0, self.size.height - HEAD)

    def _row_at(self, index: int) -> Row | None:
        shown = self._listed.shown
        return shown[index] if 0 <= index < len(shown) else None

    @contextlib.contextmanager
    def _settling(self) -> Iterator[None]:
        """Rows, their order or their marks change inside: keeps the place, paints what differs."""
        keys, place = self._listed.keys, Place(self._cursor, self.scroll_offset.y)
        look, order = self._look, self._listed.order
        lines = [self._line(y) for y in range(HEAD, self.size.height)]
        yield
        after = self._listed.keys
        if not keys and self._kept_key in after:
            place = Place(after.index(self._kept_key), place.top)
        elif keys is not after:
            place = anchored(keys, after, place, self._height)
        if self.is_following:
            place = Place(max(0, len(after) - 1), len(after))
        self._cursor = place.cursor
        self._resize_rows()
        self._scroll_rows(place.top)
        if not keys or self.is_following:
            self._scroll_to_cursor()
        self._make_seen()
        if look != self._look or order != self._listed.order or not (keys and after):
            self.refresh()
        else:
            self._paint_differences(lines)
        self._tell()

    def _put_cursor(self, index: int) -> None:
        """Moves the cursor, and the rows only where it would not be seen."""
        lines = [self._line(y) for y in range(HEAD, self.size.height)]
        self._cursor = index
        self._scroll_to_cursor()
        self._paint_differences(lines)
        self._tell()

    def _fit(self, signs: Signs, *, is_stale: bool) -> None:
        """Fits the columns into the width that there is now."""
        if self._longest is not None:
            self._measure(self._longest)
        room = max(0, self.size.width - MARGIN)
        columns = fitted(self._columns, room, longest=self._longest)
        left = max(0, min(self._look.left, needed(columns) - room))
        look = Layout(columns, self.size.width, left, signs, is_stale)
        if look != self._look:
            self._look = look

    def _shift(self, cells: int) -> None:
        """Moves along the columns, where there are more than fit."""
        room = max(0, self.size.width - MARGIN)
        most = max(0, needed(self._look.columns) - room)
        left = max(0, min(self._look.left + cells, most))
        if left != self._look.left:
            look = self._look
            self._look = Layout(look.columns, look.width, left, look.signs, look.is_stale)
            self.refresh()

    def _widen(self) -> None:
        """All columns in full, or as they fit."""
        self._longest = {} if self._longest is None else None
        self._fit(self._look.signs, is_stale=self._look.is_stale)
        self.refresh()
        self._tell()

    # Within

    def _restyle(self) -> None:
        self._is_restyled = False
        self._painter.restyle(
            base=self.rich_style,
            head=self.get_component_rich_style("table--head", partial=True),
            cursor=self.get_component_rich_style("table--cursor", partial=True),
            marked=self.get_component_rich_style("table--marked", partial=True),
        )

    def _line(self, y: int) -> _Line:
        index = self.scroll_offset.y + y - HEAD
        row = self._row_at(index)
        if row is None:
            return (None, False, False)
        return (row, index == self._cursor, row.key in self._listed.marks)

    def _make_seen(self) -> None:
        """Has the rows that are seen made here, where a mistake in one is caught and told.

        While Textual paints, it would end the application.
        """
        top = self.scroll_offset.y
        for row in self._listed.shown[top : top + self._height]:
            len(row.cells)

    def _paint_differences(self, before: Sequence[_Line]) -> None:
        """Has the lines painted anew that do not look as they did.

        Those that follow each other as one region: what Textual does, it does for each.
        """
        differing = [y for y, was in enumerate(before, start=HEAD) if not _same(was, self._line(y))]
        for first, last in stretches(differing):
            self.refresh(Region(0, first, self.size.width, last - first + 1))

    def _resize_rows(self) -> None:
        size = Size(self.size.width, len(self._listed.shown) + HEAD)
        if size != self.virtual_size:
            self.virtual_size = size

    def _scroll_rows(self, top: int) -> None:
        top = top_within(top, len(self._listed.shown), self._height)
        if self._height and top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True)

    def _scroll_to_cursor(self) -> None:
        self._scroll_rows(top_to_see(self._cursor, self.scroll_offset.y, self._height))

    def _measure(self, longest: dict[str, int]) -> None:
        """Widths only grow while columns are shown in full: they do not tremble with each look."""
        for row in self._listed.shown:
            for name, cell in row.cells.items():
                cells = len(cell.text) if cell.text.isascii() else cell_len(cell.text)
                longest[name] = max(longest.get(name, 0), min(cells, _WIDEST))

    def _words_for_nothing(self) -> str:
        if self._listed.total:
            return f"no row fits the filter; esc shows all {self._listed.total:,}"
        return self._empty

    def _tell(self) -> None:
        """Says what is not so any more, once for each thing."""
        key, status = self.cursor_key, self.status
        told_status, told_key = self._told
        self._told = (status, key)
        self._kept_key = key or self._kept_key
        if key != told_key:
            self.post_message(CursorMoved(key))
        if status != told_status:
            self.post_message(TableChanged(status))


def _same(was: _Line, now: _Line) -> bool:
    """Whether a line looks as it did."""
    (row, *signs), (other, *other_signs) = was, now
    if row is None or other is None:
        return row is other and signs == other_signs
    return row.key == other.key and signs == other_signs and looks_alike(row, other)


def stretches(lines: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of those that follow each other without a gap, given in order."""
    for _, run in itertools.groupby(enumerate(lines), lambda one: one[1] - one[0]):
        followed = [line for _, line in run]
        yield followed[0], followed[-1]
