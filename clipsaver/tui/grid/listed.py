"""The rows of a table: all of them, those that are shown, and those that are marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clipsaver.tui.filters import NO_FILTER, Filter
from clipsaver.tui.grid.ordering import Order, held, ordered
from clipsaver.tui.viewmodel.rows import Row

CALM_S = 1.0
"""For so long after a move rows keep their order: what a person aims at does not run away."""


class Listed:
    """Rows by their keys, filtered and in order."""

    def __init__(self) -> None:
        self.order = Order()
        self.shown: list[Row] = []
        self.keys: list[str] = []
        """Of those that are shown."""
        self.marks: set[str] = set()
        """Also of rows that the filter hides: a person may mark some, filter, and mark others."""
        self.moved_at_s = float("-inf")
        """When the person last moved."""
        self._given: Sequence[Row] = ()
        self._in_order: list[Row] = []
        self._filter = NO_FILTER
        self._now_ms = 0

    @property
    def total(self) -> int:
        """Rows that there are, shown or not."""
        return len(self._in_order)

    @property
    def hidden_marks(self) -> int:
        """Marked rows that are not shown."""
        return len(self.marks.difference(self.keys)) if self.marks else 0

    def set(
        self, rows: Sequence[Row], *, at_s: float, now_ms: int = 0, is_narrowed: bool = False
    ) -> int:
        """Takes all rows anew; returns how many marks are gone, since their rows are.

        Where `is_narrowed`, rows that are not among these may be there still.
        `now_ms` is what the filter measures moments from. Keys have to differ.
        """
        self._given = rows
        self._now_ms = now_ms
        in_order = ordered(rows, self.order)
        if at_s - self.moved_at_s < CALM_S:
            in_order = held([row.key for row in self._in_order], in_order)
        self._in_order = in_order
        gone: set[str] = set()
        if self.marks and not is_narrowed:
            gone = self.marks.difference(row.key for row in rows)
        self.marks -= gone
        self._show()
        return len(gone)

    def change(self, rows: Iterable[Row]) -> None:
        """Takes some rows anew, which keep their places until all are given again."""
        new = {row.key: row for row in rows}
        self._given = [new.get(row.key, row) for row in self._given]
        self._in_order = [new.get(row.key, row) for row in self._in_order]
        self.shown = [new.get(row.key, row) for row in self.shown]

    def narrow(self, to: Filter) -> None:
        """Shows only rows that fit."""
        self._filter = to
        self._show()

    def sort(self, order: Order) -> None:
        """Puts the rows into this order, at once: a person asked for it."""
        self.order = order
        self._in_order = ordered(self._given, order)
        self._show()

    def toggle(self, key: str) -> None:
        """Marks the row, or takes its mark away."""
        self.marks ^= {key}

    def mark_shown(self) -> None:
        """Marks all that are shown."""
        self.marks |= set(self.keys)

    def chosen(self, key: str | None) -> tuple[Row, ...]:
        """What an action is done to: the marked rows in their order, else the one of `key`."""
        return tuple(
            row
            for row in self._in_order
            if (row.key in self.marks if self.marks else row.key == key)
        )

    def _show(self) -> None:
        self.shown = [row for row in self._in_order if self._fits(row)]
        self.keys = [row.key for row in self.shown]

    def _fits(self, row: Row) -> bool:
        if not self._filter.terms:
            return True
        texts = [cell.text for cell in row.cells.values()]
        return self._filter.matches(row.values, texts, self._now_ms)
