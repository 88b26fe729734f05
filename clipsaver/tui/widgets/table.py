"""The list of a screen: it keeps its cursor, its marks and its place by the keys of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.style import Style
from textual import events

from clipsaver.tui.filters import Filter
from clipsaver.tui.grid.ordering import Order
from clipsaver.tui.viewmodel.rows import Column, Row, Tone
from clipsaver.tui.viewmodel.signs import Signs
from clipsaver.tui.widgets.row_painter import MARGIN
from clipsaver.tui.widgets.table_canvas import HEAD, TableCanvas
from clipsaver.tui.widgets.table_messages import HeaderClicked, MarksGone, RowOpened

_STEP = 8
"""Cells by which columns are moved."""
OF_TABLE = ("move.", "mark.", "sort.", "list.wide", "row.open")
"""Beginnings of the ids of the actions that `KeyedTable.perform` does."""


class KeyedTable(TableCanvas, can_focus=True, inherit_bindings=False):
    """Rows by their keys, painted by Textual's line API: only those that are seen.

    Each look gives all rows anew (`set`); what changed on the screen is painted, and nothing else.
    It binds no keys: its screen does, by the table of actions, and hands those of `OF_TABLE` on to
    `perform`. Its messages are in `table_messages`.
    """

    # What is given

    def set(
        self,
        columns: Sequence[Column],
        rows: Sequence[Row],
        *,
        signs: Signs | None = None,
        is_stale: bool = False,
        now_ms: int = 0,
        empty: str = "",
        is_narrowed: bool = False,
    ) -> None:
        """Shows these rows, all that there are; the filter is applied here.

        `empty` says why there is none, and `now_ms` is what a filter measures moments from. Where
        `is_narrowed`, there are more that the filter hides: their marks stay.
        """
        self._columns, self._empty = columns, empty
        with self._settling():
            gone = self._listed.set(
                rows, at_s=self._clock(), now_ms=now_ms, is_narrowed=is_narrowed
            )
            self._fit(signs or Signs(), is_stale=is_stale)
        if gone:
            self.post_message(MarksGone(gone))

    def change(self, rows: Sequence[Row]) -> None:
        """Shows some rows anew, in the places that they have: order and filter are as they were."""
        with self._settling():
            self._listed.change(rows)

    def narrow(self, to: Filter) -> None:
        """Shows only rows that fit. Marks of the others stay, and are counted."""
        with self._settling():
            self._listed.narrow(to)

    def sort(self, name: str, *, is_reverse: bool = False) -> None:
        """Sorts by the field, at once; "" = as rows come."""
        with self._settling():
            self._listed.sort(Order(name, is_reverse))

    def paint_with(self, tones: Mapping[Tone, Style]) -> None:
        """Takes other looks for tones."""
        self._painter.retone(tones)
        self.refresh()

    # What is so

    @property
    def marks(self) -> frozenset[str]:
        """Keys of the marked rows, also of those that the filter hides."""
        return frozenset(self._listed.marks)

    @property
    def chosen(self) -> tuple[Row, ...]:
        """What an action is done to: the marked rows, else the one under the cursor."""
        return self._listed.chosen(self.cursor_key)

    @property
    def shown_rows(self) -> tuple[Row, ...]:
        """All that the filter lets through, in their order; what an export writes."""
        return tuple(self._listed.shown)

    @property
    def seen_keys(self) -> frozenset[str]:
        """Keys of the rows that are on the screen now."""
        top = self.scroll_offset.y
        return frozenset(self._listed.keys[top : top + self._height])

    @property
    def order(self) -> Order:
        """What rows are sorted by."""
        return self._listed.order

    # What a person does

    def move_to(self, key: str) -> bool:
        """Puts the cursor on the row; False where it is not shown."""
        if key not in self._listed.keys:
            return False
        self._go(self._listed.keys.index(key))
        return True

    def clear_marks(self) -> None:
        """Takes all marks away, also those of rows that are not shown."""
        with self._settling():
            self._listed.marks.clear()

    def perform(self, action_id: str) -> None:
        """Does what an action of the table of actions says, where it is one of the table's."""
        last, page = len(self._listed.shown) - 1, max(1, self._height - 1)
        places = {
            "move.down": self._cursor + 1,
            "move.up": self._cursor - 1,
            "move.first": 0,
            "move.last": last,
            "move.page_down": self._cursor + page,
            "move.page_up": self._cursor - page,
        }
        if action_id in places:
            self._go(places[action_id])
        elif action_id in {"move.left", "move.right"}:
            self._shift(_STEP if action_id == "move.right" else -_STEP)
        elif action_id.startswith("mark."):
            self._mark(action_id)
        elif action_id.startswith("sort."):
            self._turn(action_id)
        elif action_id == "list.wide":
            self._widen()
        elif action_id == "row.open" and self.cursor_key is not None:
            self.post_message(RowOpened(self.cursor_key))

    def on_click(self, event: events.Click) -> None:
        """The head sorts, a row takes the cursor, and twice opens it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        event.stop()
        if offset.y < HEAD:
            self._sort_by_head(offset.x - MARGIN + self._look.left)
        elif (row := self._row_at(index := self.scroll_offset.y + offset.y - HEAD)) is not None:
            self._go(index)
            if event.chain == 2:
                self.post_message(RowOpened(row.key))

    def on_mouse_scroll_down(self) -> None:
        """Rows keep still under the wheel, as under the keys."""
        self._listed.moved_at_s = self._clock()

    def on_mouse_scroll_up(self) -> None:
        """Rows keep still under the wheel, as under the keys."""
        self._listed.moved_at_s = self._clock()

    def _go(self, index: int) -> None:
        """Puts the cursor there, or as near as there is a row; what it does is a person's move."""
        self._listed.moved_at_s = self._clock()
        last = len(self._listed.shown) - 1
        index = max(0, min(index, last))
        if index != last:
            self.is_following = False
        self._put_cursor(index)

    def _mark(self, action_id: str) -> None:
        with self._settling():
            if action_id == "mark.shown":
                self._listed.mark_shown()
            elif action_id == "mark.none":
                self._listed.marks.clear()
            elif self.cursor_key is not None:
                self._listed.toggle(self.cursor_key)
        if action_id == "mark.row":
            self._go(self._cursor + 1)

    def _turn(self, action_id: str) -> None:
        """Another order, as an action says."""
        order = self._listed.order
        if action_id == "sort.next":
            order = order.after([one.column.name.lower() for one in self._look.columns])
        else:
            order = Order(order.name, not order.is_reverse)
        self.sort(order.name, is_reverse=order.is_reverse)

    def _sort_by_head(self, cell: int) -> None:
        """Sorts by the column over which somebody clicked; once more: the other way round."""
        for one in self._look.columns:
            if one.at <= cell <= one.end:
                name = one.column.name.lower()
                is_reverse = self.order == Order(name)
                self.sort(name, is_reverse=is_reverse)
                self.post_message(HeaderClicked(name))
