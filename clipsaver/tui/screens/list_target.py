"""What on a list an action is done to: what is opened, the marked rows, or the cursor's."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding

from clipsaver.queue.operating.jobs import JobRow
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.tui.filters.terms import quoted
from clipsaver.tui.screens.framed import Framed
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.rows import Listing, Row
from clipsaver.tui.widgets.boxes_view import BoxesView
from clipsaver.tui.widgets.filter_line import FilterLine
from clipsaver.tui.widgets.table import KeyedTable

_OF_LIST = (
    "mark.row", "mark.shown", "sort.next", "sort.reverse", "list.wide",
    "logs.minute_on", "logs.minute_back",
)  # fmt: skip
"""What is done to the list itself, and so not while it is not seen."""


class ListTarget(Framed):
    """The part of a list's screen that answers what its actions ask; `listing` makes its parts."""

    listing: Listing
    line: FilterLine
    table: KeyedTable
    detail: BoxesView

    def __init__(self, view: View, bindings: Iterable[Binding]) -> None:
        super().__init__(view, bindings)
        self.opened: tuple[str, ...] = ()
        """Keys of what covers the list: a row's detail, and what was opened out of that."""
        self.asked_to_open: str | None = None
        """The key of the row that is to be opened once it is there."""

    def target(self) -> str | None:
        if self.opened:
            inside = None if self.listing.leads_to else self.detail.cursor_key
            return inside or self.opened[-1]
        return self.table.cursor_key if self.is_mounted else self.asked_to_open

    def keys_on_screen(self) -> frozenset[str] | None:
        if self.opened:
            return frozenset(self.opened)
        return self.table.seen_keys if self.is_mounted else None

    def marked(self) -> tuple[str, ...]:
        """None while a row is opened: what a person looks at is what a deed is done to."""
        return tuple(sorted(self.table.marks)) if self.is_mounted and not self.opened else ()

    def refused(self) -> dict[str, str]:
        behind = dict.fromkeys(_OF_LIST, "the list is behind what is opened; esc leads back")
        return {**super().refused(), **(behind if self.opened else {})}

    @property
    def is_typing(self) -> bool:
        return self.is_mounted and self.line.is_editing

    def row_of_target(self) -> Row | None:
        """The row that an action would be done to, where it is one of the list."""
        key = self.target()
        return next((row for row in self.table.shown_rows if row.key == key), None)

    def rows_of_target(self) -> tuple[Row, ...]:
        """The marked rows, else the one that an action would be done to."""
        if self.marked():
            return self.table.chosen
        row = self.row_of_target()
        return (row,) if row else ()

    def place(self) -> dict[str, str]:
        row = self.row_of_target()
        job = row.raw.job if row and isinstance(row.raw, JobRow) else None
        found = {"guild_id": job and job.guild_id, "channel_id": job and job.channel_id}
        return {name: value for name, value in found.items() if value}

    def holder(self) -> str | None:
        row = self.row_of_target()
        return row.raw.worker if row and isinstance(row.raw, PendingEntry) else None

    def log_filter(self) -> str:
        row = self.row_of_target()
        if row is None:
            return ""
        if self.view is View.WORKERS:
            return f"who={quoted(row.key)}"
        return f"run={quoted(str(run))}" if (run := row.values.get("run")) else ""
