"""A list with panes beside it: every screen but the first."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.widget import Widget

from clipsaver.tui.filters import NO_FILTER, Filter
from clipsaver.tui.looking.bounds import bounded
from clipsaver.tui.screens.list_actions import ON_LISTS
from clipsaver.tui.screens.list_copying import ON_COPIES
from clipsaver.tui.screens.list_painting import (
    Heights,
    paint_around,
    paint_detail,
    paint_panes,
    paint_rows,
    paint_unseen,
)
from clipsaver.tui.screens.list_target import ListTarget
from clipsaver.tui.sources.seen import JobsBody, LogsBody, PendingBody, Seen
from clipsaver.tui.sources.wanted import View, Wanted
from clipsaver.tui.viewmodel.rows import Listing, Look
from clipsaver.tui.widgets.boxes_view import BoxesView, perform_on
from clipsaver.tui.widgets.filter_line import FilterLine
from clipsaver.tui.widgets.table import OF_TABLE, KeyedTable
from clipsaver.tui.widgets.table_messages import CursorMoved, MarksGone, RowOpened, TableChanged

_ROWS = 200
_MOST_ROWS = 2000
"""More than that is found by a filter, and not by scrolling."""
_ASKED_S = 5.0
"""For so long a row that is to be opened may take to come: later it would be a surprise."""


class ListingScreen(ListTarget):
    """One list. What is shown of it survives looks, reconnecting and other screens."""

    DEFAULT_CSS = """
    ListingScreen > #list { height: 1fr; border: solid $rule; padding: 0 1; }
    ListingScreen.-ascii > #list { border: ascii $rule; }
    ListingScreen > #below { height: auto; }
    ListingScreen #panes { height: 0; }
    ListingScreen > #opened { display: none; height: 1fr; }
    ListingScreen.-open > #opened { display: block; }
    ListingScreen.-open > #list, ListingScreen.-open > #below { display: none; }
    """

    def __init__(self, view: View, bindings: Iterable[Binding], listing: Listing) -> None:
        super().__init__(view, bindings)
        self.listing = listing
        self.is_grouped = True
        self.follows_detail = False
        """Whether what happened last stays in sight where the detail is open."""
        self.rows_wanted = _ROWS
        self.painted: tuple[Seen | None, Look | None] = (None, None)
        """What the rows of the table were made of last."""
        self.around = ("", "")
        """What is in the upper and the lower border of the list."""
        self.copied_s = float("-inf")  # when records were copied last
        self.heights = Heights()
        self._asked_to_filter: str | None = None
        self._opens_only = False
        self._asked_until_s = 0.0

    def body(self) -> Iterable[Widget]:
        self.line = FilterLine(id="filter")
        self.table = KeyedTable(clock=self.application.clock, id="table")
        self.detail = BoxesView(id="detail")
        self.box = Vertical(self.table, id="list")
        self.panes = BoxesView(id="panes")
        self.panes.can_focus = False
        yield self.line
        yield self.box
        yield Container(self.panes, id="below")
        yield Container(self.detail, id="opened")

    def on_mount(self) -> None:
        self.set_class(self.application.looks.signs.is_ascii, "-ascii")
        self.table.paint_with(self.application.looks.tones)
        self.table.is_following = self.view is View.LOGS
        self._know()
        self.sort_as_listed()
        self.table.focus()

    # -- what is asked of it

    def wanted(self) -> Wanted:
        latest = self.application.looker.state.latest
        workers = [one.name for one in latest.common.workers] if latest else []
        chosen = self.opened[0] if self.opened else self.target()
        asked = Wanted(view=self.view, rows=self.rows_wanted, chosen=chosen)
        return bounded(asked, self.filter, is_grouped=self.is_grouped, workers=workers)

    def ask(
        self,
        *,
        filter_text: str | None = None,
        open_key: str | None = None,
        opens_only: bool = False,
    ) -> None:
        if filter_text is not None:
            self.close()
        self._asked_to_filter = filter_text
        self.asked_to_open, self._opens_only = open_key, opens_only
        self._asked_until_s = self.application.clock() + _ASKED_S

    @property
    def filter(self) -> Filter:
        """What is in force."""
        return self.line.filter if self.is_mounted else NO_FILTER

    @property
    def filter_text(self) -> str:
        return self._asked_to_filter or self.filter.text

    def leave(self) -> bool:
        """The filter, the marks, the detail: in this order, each by itself."""
        if self.line.clear():
            pass
        elif self.table.marks:
            self.table.clear_marks()
        elif self.opened:
            self.close(levels=1)
        else:
            return False
        self.application.paint()
        return True

    def perform(self, action_id: str) -> None:
        if action_id == "app.filter":
            self.line.edit()
        elif self.opened and perform_on(self.detail, action_id):
            self.follows_detail = False
        elif action_id.startswith(OF_TABLE):
            self.table.perform(action_id)
        elif action_id in ON_COPIES:
            ON_COPIES[action_id](self)
        else:
            ON_LISTS[action_id](self)

    # -- narrowing down and sorting

    def on_filter_line_narrowed(self, event: FilterLine.Narrowed) -> None:
        self.rows_wanted = _ROWS
        self.table.narrow(event.filter)
        self.application.look_soon()

    def on_filter_line_done(self) -> None:
        self.table.focus()

    def _know(self) -> None:
        """Which fields a filter can name here."""
        self.line.know(self.listing.all_fields(), self.listing.all_measures())

    def show_listing(self, listing: Listing) -> None:
        """Other rows of the same body, such as each dead letter instead of each cause."""
        self.listing = listing
        self.painted = (None, None)
        self.table.clear_marks()  # they are of rows of another kind
        self.close()
        self._know()
        self.sort_as_listed()

    def sort_as_listed(self) -> None:
        """As it is at first."""
        name = self.listing.sort
        self.table.sort(name.removeprefix("-"), is_reverse=name.startswith("-"))

    # -- opening

    def open(self, key: str) -> None:
        """All that is known of the row, in place of the list; or of what is in that."""
        self.opened = (*self.opened, key) if key not in self.opened else self.opened
        self.add_class("-open")
        self.detail.focus()
        self.application.looker.look_now()
        self.application.paint()

    def close(self, *, levels: int | None = None) -> None:
        """Back to the list, whose cursor is where it was, or out of so many levels."""
        self.opened = self.opened[:-levels] if levels else ()
        self.follows_detail = False
        if not self.opened and self.is_mounted:
            self.remove_class("-open")
            self.table.focus()

    @on(RowOpened)
    def _open(self, event: RowOpened) -> None:
        self.application.guarded(lambda: self.open(event.key))

    @on(BoxesView.Opened)
    def _open_inside(self, event: BoxesView.Opened) -> None:
        if (view := self.listing.leads_to) is not None:
            self.application.go(view, open_key=event.key)
        else:
            self.application.guarded(lambda: self.open(event.key))

    # -- showing

    def paint_body(self, look: Look) -> None:
        seen = self.application.looker.state.of(self.view)
        if self._asked_to_filter is not None:
            self.line.write(self._asked_to_filter)
            self.table.narrow(self.line.filter)
            self._asked_to_filter = None
        if seen is None:
            paint_unseen(self, look)
            return
        paint_rows(self, seen, look)
        self._open_what_was_asked()
        self.paint_beside(seen, look)
        paint_around(self, seen, look)

    def look_beside(self, look: Look) -> Look:
        """How panes and detail are to be shown."""
        return look

    def paint_beside(self, seen: Seen, look: Look) -> None:
        """What is known of the row under the cursor, or of what was opened."""
        if self.opened:
            paint_detail(self, seen, look)
        else:
            paint_panes(self, seen, look)

    def _open_what_was_asked(self) -> None:
        if self.application.clock() > self._asked_until_s:
            self.asked_to_open, self._opens_only = None, False
        key = self.asked_to_open
        if self._opens_only and len(self.table.shown_rows) == 1:
            key = self.table.shown_rows[0].key
        if key is not None and self.table.move_to(key):
            self.asked_to_open, self._opens_only = None, False
            self.opened = (key,)
            self.add_class("-open")
            self.detail.focus()

    def on_cursor_moved(self, _: CursorMoved) -> None:
        """What is beside the list is of another row now; more of it comes with a look."""
        self.application.look_soon()
        self.application.guarded(self._paint_beside)

    def on_table_changed(self, _: TableChanged) -> None:
        self.application.guarded(self._paint_beside)

    def on_marks_gone(self, event: MarksGone) -> None:
        rows = "a marked row is" if event.count == 1 else f"{event.count:,} marked rows are"
        self.application.say(f"{rows} no more, and not marked any longer", can_wait=True)

    def _paint_beside(self) -> None:
        seen = self.application.looker.state.of(self.view)
        if seen is None or self.has_class("-small"):
            return
        look = self.application.framing.look_for(self.view)
        if not self.opened:
            self.paint_beside(seen, look)
        paint_around(self, seen, look)
        self.paint_frame()
        self._want_more(seen)

    def _want_more(self, seen: Seen) -> None:
        """The cursor is where the list ends, and there are more than were asked for."""
        rows, body = self.table.shown_rows, seen.body
        is_more = isinstance(body, JobsBody | PendingBody | LogsBody) and body.is_more
        end = 0 if isinstance(body, LogsBody) else -1
        if is_more and rows and self.table.cursor_key == rows[end].key:
            self.rows_wanted = min(self.rows_wanted + _ROWS, _MOST_ROWS)
