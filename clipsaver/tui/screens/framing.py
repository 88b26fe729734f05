"""The lines around every screen: two above, a banner where there is news, two below."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clipsaver.terminal_text import in_cells
from clipsaver.tui.actions import BY_ID, footer
from clipsaver.tui.actions.binding import keys_of
from clipsaver.tui.painting.sizes import Size, size_of
from clipsaver.tui.screens.hints import HINTS
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.frame import age, banner, frame_lines
from clipsaver.tui.viewmodel.rows import Cell, Line, Look, Tone

if TYPE_CHECKING:
    from clipsaver.tui.app import ClipsaverApp


class Framing:
    """Made anew each time, out of what the application knows."""

    def __init__(self, app: ClipsaverApp) -> None:
        self._app = app
        self.said: Cell | None = None
        """What is worth a look for some seconds."""

    def above(self) -> tuple[Line, ...]:
        """State and screens."""
        app = self._app
        state, pace = app.looker.state, app.looker.pace
        return frame_lines(
            state.latest,
            self._look(),
            current=app.view,
            mode="READ ONLY" if app.acts.why_read_only else "rw",
            tick_s=pace.interval_s or pace.tick_s,
            is_paused=pace.is_paused,
            connection=state.connection(app.clock()),
        )

    def banner(self) -> tuple[Line, ...]:
        """One line, or none."""
        state = self._app.looker.state
        seen = state.of(self._app.view)
        line = banner(state.connection(self._app.clock()), seen, self._look())
        return (line,) if line else ()

    def below(self) -> tuple[Line, Line]:
        """The keys that apply now, and what was done last with its command."""
        app = self._app
        keys = footer(app.acts.situation(), app.size.width, app.settings.keys)
        return keys, self._last_line()

    def look_for(self, view: View) -> Look:
        """How what was seen of this screen is to be shown. What is old is shown as of then."""
        app = self._app
        state, size = app.looker.state, app.size
        seen, is_stale = state.by_view.get(view), state.is_stale(view)
        return Look(
            now_ms=seen.at_ms if seen and is_stale else state.now_ms(app.clock()),
            is_wide=size_of(*size) is Size.WIDE,
            width=size.width,
            height=size.height,
            signs=app.looks.signs,
            is_stale=is_stale,
        )

    def _look(self) -> Look:
        """The clock of the frame goes on while what was seen stands still."""
        app = self._app
        return replace(self.look_for(app.view), now_ms=app.looker.state.now_ms(app.clock()))

    def _last_line(self) -> Line:
        if self.said is not None:
            return (self.said,)
        state, view = self._app.looker.state, self._app.view
        if state.is_old(view) and not state.is_down:  # else the banner says it
            return age(state.by_view[view], self._look())
        done = self._app.deeds.last
        if done is None:
            return (Cell(f" {HINTS[self._app.view]}", Tone.DIM),)
        tone = Tone.GOOD if done.is_whole else Tone.WARN
        said: Line = (Cell(" last action: ", Tone.DIM), Cell(done.words, tone))
        undo = keys_of(BY_ID["app.undo"], self._app.settings.keys)
        if done.undo and undo:
            said = (*said, Cell(f"   {undo[0]} undoes it", Tone.NOTE))
        if not done.twin:
            return said
        return (*said, Cell("   same as: ", Tone.DIM), Cell(in_cells(done.twin)))
