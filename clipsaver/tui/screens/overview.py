"""The boxes of the first screen: what needs a person, what goes on, and what is left of limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from textual.widget import Widget

from clipsaver.tui.filters.terms import quoted
from clipsaver.tui.painting.boxes import BORDERS, Drawn, draw_row, in_rows, lines_of
from clipsaver.tui.painting.sizes import Need, allot
from clipsaver.tui.screens.framed import Framed
from clipsaver.tui.sources.seen import Common, OverviewBody
from clipsaver.tui.sources.wanted import View, Wanted
from clipsaver.tui.viewmodel.attention import Attention
from clipsaver.tui.viewmodel.overview import OverviewShown, overview, with_running
from clipsaver.tui.viewmodel.rows import Look, Pane
from clipsaver.tui.widgets.boxes_view import BoxesView, perform_on

_PROBLEM = "problem:"
"""Before what a problem leads to, in the key of its line: the cursor stays on the problem."""


class OverviewScreen(Framed):
    """Is it healthy, and what should a person do?"""

    def body(self) -> Iterable[Widget]:
        self._boxes = BoxesView(id="boxes")
        self._problems: tuple[Attention, ...] = ()
        self._shown: OverviewShown | None = None
        self._shown_of: tuple[int, Common, OverviewBody, Look] | None = None
        """What that was made of, but for the jobs that run."""
        yield self._boxes

    def wanted(self) -> Wanted:
        return Wanted(view=self.view)

    def paint_body(self, look: Look) -> None:
        app = self.application
        seen = app.looker.state.of(self.view)
        if seen is None or not isinstance(seen.body, OverviewBody):
            return
        of = (seen.at_ms, seen.common, replace(seen.body, running=()), replace(look, now_ms=0))
        if self._shown is not None and of == self._shown_of:
            shown = with_running(self._shown, seen, look)
        else:
            shown = overview(seen, look)
        self._shown, self._shown_of = shown, of
        self._problems = shown.problems
        drawn = arranged(shown, look, self._boxes.size.height)
        self._boxes.show(drawn, app.looks, dims=look.is_stale)

    def perform(self, action_id: str) -> None:
        if not perform_on(self._boxes, action_id) and action_id == "follow":
            self.application.go(View.LOGS)

    def target(self) -> str | None:
        key = self._boxes.cursor_key
        return None if key is None or key.startswith(_PROBLEM) else key

    def log_filter(self) -> str:
        key = self.target()
        return f"run={quoted(key)}" if key else ""

    def on_mount(self) -> None:
        self._boxes.focus()

    def on_boxes_view_opened(self, event: BoxesView.Opened) -> None:
        if not event.key.startswith(_PROBLEM):
            self.application.go(View.JOBS, open_key=event.key)
            return
        by_key = dict(zip(keys_of(self._problems), self._problems, strict=True))
        if (problem := by_key.get(event.key)) is not None:  # else it is over meanwhile
            self.application.go(problem.goes_to, filter_text=problem.filter)


def keys_of(problems: Sequence[Attention]) -> tuple[str, ...]:
    """Of their lines: where each leads, with a number where several lead to the same."""
    there: Counter[str] = Counter()
    keys = []
    for one in problems:
        key = f"{_PROBLEM}{one.goes_to.value} {one.filter}"
        there[key] += 1
        keys.append(f"{key} {there[key]}")
    return tuple(keys)


def arranged(shown: OverviewShown, look: Look, height: int) -> tuple[Drawn, ...]:
    """The panes in the lines that there are: what needs a person first, the rest to the events."""
    problems = replace(shown.attention, keys=keys_of(shown.problems))
    panes: list[Pane | None]
    if look.is_wide:
        panes = [problems, shown.minutes, shown.running, shown.streams, shown.budget, shown.events]
    else:
        panes = [problems, shown.running, shown.minutes, shown.events]
    rows = in_rows([pane for pane in panes if pane], is_wide=look.is_wide)
    needs = [Need(BORDERS + 1, lines_of(row)) for row in rows]
    needs[-1] = Need(BORDERS + 1, lines_of(rows[-1]), takes_rest=True)
    drawn: list[Drawn] = []
    for row, lines in zip(rows, allot(height, needs), strict=True):
        if lines:
            drawn += draw_row(row, look.width, lines, look.signs)
    return tuple(drawn)
