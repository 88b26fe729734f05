"""A list with panes beside it: every screen but the first."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from clipsaver.tui.filters import NO_FILTER, Filter, FilterError, parse
from clipsaver.tui.painting.boxes import BORDERS, Drawn, draw_row, in_rows, lines_of, upper_border
from clipsaver.tui.painting.sizes import Need, allot
from clipsaver.tui.screens.framed import Framed
from clipsaver.tui.sources.seen import Seen
from clipsaver.tui.sources.wanted import View, Wanted
from clipsaver.tui.viewmodel.rows import Listing, Look, Pane
from clipsaver.tui.widgets.boxes_view import BoxesView
from clipsaver.tui.widgets.filter_line import FilterLine
from clipsaver.tui.widgets.table import KeyedTable
from clipsaver.tui.widgets.table_messages import CursorMoved, MarksGone, RowOpened, TableChanged

_LEAST_LIST = 9
"""Lines of the list's box that panes leave to it: its border, its head and six rows."""
_ROWS = 200
_MOST_ROWS = 1000


class ListTable(KeyedTable, inherit_bindings=False):
    """All keys go through the screen, which knows what `[tui.keys]` says."""


class ListingScreen(Framed):
    """One list. What is shown of it survives looks, reconnecting and other screens."""

    DEFAULT_CSS = """
    ListingScreen > #list { height: 1fr; border: solid $rule; padding: 0 1; }
    ListingScreen.-ascii > #list { border: ascii $rule; }
    ListingScreen > #panes { height: auto; }
    ListingScreen > #detail { display: none; }
    ListingScreen.-open > #detail { display: block; }
    ListingScreen.-open > #list, ListingScreen.-open > #panes { display: none; }
    """

    def __init__(self, view: View, bindings: Iterable[Binding], listing: Listing) -> None:
        super().__init__(view, bindings)
        self.listing = listing
        self.is_grouped = True
        self.opened: str | None = None
        """The row whose detail covers the list."""
        self.rows_wanted = _ROWS
        self._filter: Filter = NO_FILTER
        self._asked_to_open: str | None = None
        self._opens_only = False

    def body(self) -> Iterable[Widget]:
        self._line = FilterLine(id="filter")
        self._table = ListTable(clock=self.application.clock, id="table")
        self._box = Vertical(self._table, id="list")
        self._panes = BoxesView(id="panes")
        self._panes.can_focus = False
        self._detail = BoxesView(id="detail")
        yield self._line
        yield self._box
        yield self._panes
        yield self._detail

    def on_mount(self) -> None:
        self.set_class(self.application.looks.signs.is_ascii, "-ascii")
        self._table.paint_with(self.application.looks.tones)
        name = self.listing.sort
        self._table.sort(name.removeprefix("-"), is_reverse=name.startswith("-"))
        self._table.narrow(self._filter)
        self._table.focus()

    # -- what is asked of it

    def wanted(self) -> Wanted:
        return self._bounded(Wanted(view=self.view, rows=self.rows_wanted, chosen=self.chosen_key()))
