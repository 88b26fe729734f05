"""A list with panes beside it: every screen but the first."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from clipsaver.tui.filters import NO_FILTER, Filter, FilterError, parse
from clipsaver.tui.filters.terms import quoted
from clipsaver.tui.looking.bounds import bounded
from clipsaver.tui.painting.boxes import BORDERS, Drawn, between_rules, draw_row, in_rows, lines_of
from clipsaver.tui.painting.sizes import Need, allot
from clipsaver.tui.screens.framed import Framed
from clipsaver.tui.screens.list_actions import ON_LISTS
from clipsaver.tui.screens.list_copying import ON_COPIES
from clipsaver.tui.sources.seen import Seen
from clipsaver.tui.sources.wanted import View, Wanted
from clipsaver.tui.viewmodel.rows import Listing, Look, Row
from clipsaver.tui.widgets.boxes_view import BoxesView, perform_on
from clipsaver.tui.widgets.filter_line import FilterLine
from clipsaver.tui.widgets.table import KeyedTable
from clipsaver.tui.widgets.table_messages import CursorMoved, MarksGone, RowOpened, TableChanged

_AROUND = 5
"""Lines of the frame, the filter line and the footer."""
_OF_TABLE = ("move.", "mark.", "sort.", "list.wide", "row.open")
"""How the ids of the actions begin that the table does."""
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
        self.follows_detail = False
        """Whether what happened last stays in sight where the detail is open."""
        self._asked_to_open: str | None = None
        self._opens_only = False

    def body(self) -> Iterable[Widget]:
        self._line = FilterLine(id="filter")
        self.table = ListTable(clock=self.application.clock, id="table")
        self._box = Vertical(self.table, id="list")
        self._panes = BoxesView(id="panes")
        self._panes.can_focus = False
        self._detail = BoxesView(id="detail")
        yield self._line
        yield self._box
        yield self._panes
        yield self._detail

    def on_mount(self) -> None:
        self.set_class(self.application.looks.signs.is_ascii, "-ascii")
        self.table.paint_with(self.application.looks.tones)
        name = self.listing.sort
        self.table.sort(name.removeprefix("-"), is_reverse=name.startswith("-"))
        self.table.narrow(self._filter)
        self.table.focus()

    # -- what is asked of it

    def wanted(self) -> Wanted:
        asked = Wanted(view=self.view, rows=self.rows_wanted, chosen=self.target())
        common = self.application.looker.state.latest
        workers = [one.name for one in common.common.workers] if common else []
        return bounded(asked, self._filter, is_grouped=self.is_grouped, workers=workers)

    def ask(
        self, *, filter_text: str | None = None, open_key: str | None = None, opens_only: bool = False
    ) -> None:
        if filter_text is not None and filter_text != self.filter_text:
            read = self._read(filter_text)
            if isinstance(read, Filter):
                self.narrow(read)
        self._asked_to_open, self._opens_only = open_key, opens_only
        if open_key is None and not opens_only:
            self.opened = None if filter_text is not None else self.opened

    @property
    def filter_text(self) -> str:
        return self._filter.text

    def target(self) -> str | None:
        if self.opened is not None:
            return self.opened
        return self.table.cursor_key if self.is_mounted else self._asked_to_open

    def marked(self) -> tuple[str, ...]:
        return tuple(sorted(self.table.marks)) if self.is_mounted else ()

    def leave(self) -> bool:
        """The filter, the marks, the detail, in this order."""
        if self._filter.text:
            self.narrow(NO_FILTER)
        elif self.table.marks:
            self.table.clear_marks()
        elif self.opened is not None:
            self.close()
        else:
            return False
        self.application.paint()
        return True

    def perform(self, action_id: str) -> None:
        if action_id == "app.filter":
            self._line.edit()
        elif self.opened is not None and perform_on(self._detail, action_id):
            self.follows_detail = False
        elif action_id.startswith(_OF_TABLE):
            self.table.action_perform(action_id)
        elif action_id in ON_COPIES:
            ON_COPIES[action_id](self)
        else:
            ON_LISTS[action_id](self)

    def row_of_target(self) -> Row | None:
        """The row that an action would be done to."""
        key = self.target()
        return next((row for row in self.table.shown_rows if row.key == key), None)

    def log_filter(self) -> str:
        row = self.row_of_target()
        if row is None:
            return ""
        field = "worker" if self.view is View.WORKERS else "run"
        said = row.values.get("run") if field == "run" else row.key
        return f"{field}={quoted(str(said))}" if said else ""

    # -- narrowing down

    def narrow(self, to: Filter) -> None:
        """Only what fits, from now on."""
        self._filter = to
        self.rows_wanted = _ROWS
        if self.is_mounted:
            self.table.narrow(to)
        self.application.look_soon()

    def _read(self, text: str) -> Filter | FilterError:
        columns = {c.name.lower(): c.name.lower() for c in self.listing.columns}
        measures = {c.name.lower(): c.measure for c in self.listing.columns if c.measure}
        return parse(
            text, {**columns, **self.listing.fields}, {**measures, **self.listing.measures}
        )

    # -- opening

    def open(self, key: str) -> None:
        """All that is known of the row, in place of the list."""
        self.opened = key
        self.add_class("-open")
        self._detail.focus()
        self.application.looker.look_now()
        self.application.paint()

    def close(self) -> None:
        """Back to the list, whose cursor is where it was."""
        self.opened = None
        self.remove_class("-open")
        self.table.focus()

    def on_row_opened(self, event: RowOpened) -> None:
        self.application.guarded(lambda: self.open(event.key))

    # -- showing

    def paint_body(self, look: Look) -> None:
        app = self.application
        seen = app.looker.state.of(self.view)
        if seen is None:
            return
        self.table.set(
            self.listing.columns,
            self.listing.rows(seen, look),
            signs=look.signs,
            is_stale=look.is_stale,
            now_ms=look.now_ms,
            empty=self.listing.empty(seen, look),
        )
        self._open_what_was_asked()
        self.set_class(self.opened is not None, "-open")
        if self.opened is not None:
            self._paint_detail(seen, look, self.opened)
        else:
            self._paint_panes(seen, look)
        self._paint_around(seen, look)

    def _open_what_was_asked(self) -> None:
        key = self._asked_to_open
        if self._opens_only and len(self.table.shown_rows) == 1:
            key = self.table.shown_rows[0].key
        if key is not None and self.table.move_to(key):
            self._asked_to_open, self._opens_only = None, False
            self.open(key)

    def _paint_panes(self, seen: Seen, look: Look) -> None:
        rows = in_rows(
            self.listing.panes(seen, look, self.table.cursor_key), is_wide=look.is_wide
        )
        room = look.height - _AROUND - len(self.application.banner())
        needs = [
            Need(_LEAST_LIST, _LEAST_LIST, takes_rest=True),
            *(Need(BORDERS + 1, lines_of(row)) for row in rows),
        ]
        _, *heights = allot(room, needs)
        drawn: list[Drawn] = []
        for row, lines in zip(rows, heights, strict=True):
            if lines:
                drawn += draw_row(row, look.width, lines, look.signs)
        self._panes.styles.height = len(drawn)
        self._panes.show(drawn, self.application.looks, dims=look.is_stale)

    def _paint_detail(self, seen: Seen, look: Look, key: str) -> None:
        drawn: list[Drawn] = []
        for row in in_rows(self.listing.detail(seen, look, key), is_wide=look.is_wide):
            drawn += draw_row(row, look.width, lines_of(row), look.signs)
        self._detail.show(drawn, self.application.looks, dims=look.is_stale)
        if self.follows_detail:
            self._detail.scroll_end(animate=False)

    def _paint_around(self, seen: Seen, look: Look) -> None:
        note = self.listing.summary(seen, look)
        words = between_rules(self.listing.title, note, look.width - 6, look.signs)
        self._box.border_title = Content(words)
        self._box.border_subtitle = Content(self.table.status.more)
