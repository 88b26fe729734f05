"""What stands around a list: its border, the panes below it, and the detail in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from textual.content import Content

from clipsaver.tui.looking.bounds import searched
from clipsaver.tui.looking.progress import only_changed
from clipsaver.tui.painting.boxes import (
    BORDERS,
    Drawn,
    between_rules,
    draw_row,
    in_rows,
    lines_of,
)
from clipsaver.tui.painting.sizes import Need, allot
from clipsaver.tui.sources.seen import Seen
from clipsaver.tui.viewmodel.rows import Cell, Look, Pane, Tone

if TYPE_CHECKING:
    from clipsaver.tui.screens.listing import ListingScreen

_NONE_FITS: Final = "nothing fits the filter; esc shows all"
_AROUND: Final = 5
"""Lines of the frame, the filter line and the keys."""
_LEAST_LIST: Final = 9
"""Lines of the list's box that panes leave to it: its border, its head and six rows."""


def paint_rows(screen: ListingScreen, seen: Seen, look: Look) -> None:
    """All of them with each look; between two looks only those that have got on."""
    looks = replace(look, now_ms=0)
    before, looked = screen.painted
    screen.painted = (seen, looks)
    changed = only_changed(before, seen) if looks == looked else None
    if changed is not None:
        screen.table.change(screen.listing.rows(changed, look))
        return
    screen.table.set(
        screen.listing.columns,
        screen.listing.rows(seen, look),
        signs=look.signs,
        is_stale=look.is_stale,
        now_ms=look.now_ms,
        empty=_words_for_nothing(screen, seen, look),
        is_narrowed=seen.is_narrowed,
    )


def _words_for_nothing(screen: ListingScreen, seen: Seen, look: Look) -> str:
    if not seen.is_narrowed:
        return screen.listing.empty(seen, look)
    return _NONE_FITS if screen.line.error is None else _UNREADABLE


_UNREADABLE: Final = "the filter cannot be read: see the line above"
_GONE: Final = Pane(
    "Not there", ((Cell("it is not on the list any more; esc leads back to it", Tone.DIM),),)
)


class Heights:
    """How high panes are beside a list. They only grow, as long as the terminal and the list are
    the same: the list must not jump while the cursor moves along it."""

    def __init__(self) -> None:
        self._of = (0, 0, "")
        self._lines: dict[int, int] = {}

    def of(self, lines: Sequence[int], look: Look, title: str) -> list[int]:
        """The lines for each row of panes, of which these are needed now."""
        if self._of != (look.width, look.height, title):
            self._of, self._lines = (look.width, look.height, title), {}
        for at, needed in enumerate(lines):
            self._lines[at] = max(self._lines.get(at, 0), needed)
        return [self._lines[at] for at in range(len(lines))]


def paint_unseen(screen: ListingScreen, look: Look) -> None:
    """The list before anything was seen of it: no rows, and why there are none."""
    is_down = screen.application.looker.state.is_down
    screen.table.set(
        screen.listing.columns,
        (),
        signs=look.signs,
        is_stale=False,
        now_ms=look.now_ms,
        empty="nothing was seen yet" if is_down else f"looking{look.signs.ellipsis}",
        is_narrowed=False,
    )
    if not screen.around[0]:
        screen.around = (screen.listing.title, "")
        screen.box.border_title = Content(screen.listing.title)


def paint_panes(screen: ListingScreen, seen: Seen, look: Look) -> None:
    """What is known of the row under the cursor, in the lines that the list can spare."""
    app, beside = screen.application, screen.look_beside(look)
    panes = screen.listing.panes(seen, look, screen.table.cursor_key)
    rows = in_rows(panes, is_wide=beside.is_wide)
    room = look.height - _AROUND - len(app.framing.banner())
    ideal = screen.heights.of([lines_of(row) for row in rows], look, screen.listing.title)
    needs = [
        Need(_LEAST_LIST, _LEAST_LIST if look.is_wide else room * 2 // 3, takes_rest=True),
        *(Need(BORDERS + 1, lines) for lines in ideal),
    ]
    drawn: list[Drawn] = []
    for row, lines in zip(rows, allot(room, needs)[1:], strict=True):
        if lines:
            drawn += draw_row(row, beside.width, lines, look.signs)
    if screen.panes.styles.height is None or screen.panes.styles.height.value != len(drawn):
        screen.panes.styles.height = len(drawn)
    screen.panes.show(drawn, app.looks, dims=look.is_stale)


def paint_detail(screen: ListingScreen, seen: Seen, look: Look) -> None:
    """All that is known of what was opened; what does not fit is scrolled to."""
    drawn: list[Drawn] = []
    look = screen.look_beside(look)
    panes = screen.listing.detail(seen, look, screen.opened[-1]) or (_GONE,)
    rows = in_rows(panes, is_wide=look.is_wide)
    scrolls = sum(lines_of(row) for row in rows) > screen.detail.size.height
    for row in rows:
        drawn += draw_row(row, look.width - scrolls, lines_of(row), look.signs)
    screen.detail.show(drawn, screen.application.looks, dims=look.is_stale)
    if screen.follows_detail:
        screen.detail.scroll_end(animate=False)


def paint_around(screen: ListingScreen, seen: Seen, look: Look) -> None:
    """The filter line, and the border of the list: what there is of it, and what is not seen."""
    screen.line.show(screen.table.status, bound=searched(seen), signs=look.signs)
    note = screen.listing.summary(seen, look)
    title = screen.listing.title
    if note:
        title = between_rules(title, note, look.width - 6, look.signs)
    around = (title, screen.table.status.more)
    if around != screen.around:  # either would have the whole box painted anew
        screen.around = around
        screen.box.border_title, screen.box.border_subtitle = map(Content, around)
