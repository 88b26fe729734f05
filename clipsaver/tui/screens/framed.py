"""What the eight screens have in common: frame, banner, footer, and the small sizes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

from clipsaver.tui.actions import actions_of
from clipsaver.tui.inside_textual import bind
from clipsaver.tui.painting.sizes import Size, needed, size_of
from clipsaver.tui.sources.seen import Common
from clipsaver.tui.sources.wanted import View, Wanted
from clipsaver.tui.viewmodel.attention import attention
from clipsaver.tui.viewmodel.rows import Cell, Line, Look, Tone
from clipsaver.tui.widgets.text_lines import TextLines

if TYPE_CHECKING:
    from clipsaver.tui.app import ClipsaverApp


class Framed(Screen[None], inherit_bindings=False):
    """One of the eight. It is kept when another is shown, and with it filter, cursor and marks."""

    AUTO_FOCUS = None

    DEFAULT_CSS = """
    Framed { layout: vertical; overflow: hidden; }
    Framed > #small { display: none; }
    Framed.-small > * { display: none !important; }
    Framed.-small > #small { display: block !important; }
    Framed KeyedTable > .table--cursor { background: $raised; }
    Framed KeyedTable:focus > .table--cursor { background: $raised; text-style: bold; }
    """

    def __init__(self, view: View, bindings: Iterable[Binding]) -> None:
        super().__init__(id=f"view-{view.value}")
        self.view = view
        self._framed: Common | None = None
        """What the frame was made of last."""
        self.framed_s = float("-inf")
        """When that was, by the application's clock."""
        bind(self, bindings)

    @property
    def application(self) -> ClipsaverApp:
        return cast("ClipsaverApp", self.app)

    def compose(self) -> ComposeResult:
        yield TextLines(id="frame")
        yield TextLines(id="banner")
        yield from self.body()
        yield TextLines(id="footer")
        yield TextLines(id="small")

    @abstractmethod
    def body(self) -> Iterable[Widget]:
        """What is between banner and footer."""

    @abstractmethod
    def wanted(self) -> Wanted:
        """What is to be fetched for what is visible now."""

    @abstractmethod
    def paint_body(self, look: Look) -> None:
        """Show what is known of this screen now."""

    @abstractmethod
    def perform(self, action_id: str) -> None:
        """What the application does not do itself, by the id of the action."""

    def ask(
        self,
        *,
        filter_text: str | None = None,
        open_key: str | None = None,
        opens_only: bool = False,
    ) -> None:
        """What whoever comes here wants to see; None leaves the filter as it is."""

    def leave(self) -> bool:
        """Esc: leave the innermost thing that is open; False where nothing is."""
        return False

    def cover(self) -> None:
        """A dialog is about to be opened over it."""

    @property
    def filter_text(self) -> str:
        """What the list is narrowed down to."""
        return ""

    def target(self) -> str | None:
        """The key of what an action would be done to: what is opened, else under the cursor."""
        return None

    def refused(self) -> dict[str, str]:
        """By an action's id, why it is of no use now: what it would be done to is not seen."""
        if not self.has_class("-small"):
            return {}
        why = "the terminal is too small to see what it is done to"
        return {one.id: why for one in actions_of(self.view) if one.needs_row}

    @property
    def is_typing(self) -> bool:
        """Whether keys go into a line of text."""
        return False

    def keys_on_screen(self) -> frozenset[str] | None:
        """Keys of the rows that a person sees, where there are more; None = of all."""
        return None

    def marked(self) -> tuple[str, ...]:
        """Keys of the marked rows that an action would be done to."""
        return ()

    def place(self) -> dict[str, str]:
        """Guild and channel of the row under the cursor, as fields of a new job."""
        return {}

    def holder(self) -> str | None:
        """The worker that has the entry under the cursor."""
        return None

    def log_filter(self) -> str:
        """What shows in Logs only what concerns the row under the cursor; empty = nothing does."""
        return ""

    def on_resize(self) -> None:
        self.call_after_refresh(self.application.paint)

    def paint(self, *, only_seen: bool = False) -> None:
        """Draw all of it out of what is known; cheap where nothing changed.

        `only_seen`: something else may have been seen, and nobody has done anything. The frame is
        then left alone where that is only how far jobs are.
        """
        app = self.application
        size = size_of(*app.size)
        self.set_class(size in (Size.EMERGENCY, Size.NOTHING), "-small")
        if size is Size.NOTHING:
            line: Line = (Cell(needed(*app.size), Tone.WARN),)
            self.query_one("#small", TextLines).show([line], app.size.width, app.looks)
        elif size is Size.EMERGENCY:
            self._paint_emergency()
        else:
            self.paint_body(app.framing.look_for(self.view))
            state = app.looker.state
            is_known = state.latest is not None and state.latest.common is self._framed
            if not (only_seen and is_known and not state.error and not state.mistake):
                self.paint_frame()

    def paint_frame(self) -> None:
        """The lines around the body, whose clocks go on between two looks."""
        app, width = self.application, self.app.size.width
        if self.has_class("-small"):
            return
        self._framed = app.looker.state.latest.common if app.looker.state.latest else None
        self.framed_s = app.clock()
        self.query_one("#frame", TextLines).show(app.framing.above(), width, app.looks)
        self.query_one("#banner", TextLines).show(app.framing.banner(), width, app.looks)
        self.query_one("#footer", TextLines).show(app.framing.below(), width, app.looks)

    def _paint_emergency(self) -> None:
        app = self.application
        look = app.framing.look_for(self.view)
        problems = attention(app.looker.state.latest, look.now_ms)
        lines: list[Line] = [*app.framing.banner()]
        lines += [(Cell("clipsaver", Tone.STRONG), Cell("  needs attention", Tone.PLAIN))]
        lines += [(Cell(one.words, one.urgency),) for one in problems]
        if not problems:
            known = "nothing needs you"
            lines.append((Cell(known if app.looker.state.latest else look.signs.ellipsis),))
        hint: Line = (Cell("q quit   80x24 shows everything", Tone.DIM),)
        kept = lines[: app.size.height - 1]
        kept += [()] * (app.size.height - 1 - len(kept)) + [hint]
        self.query_one("#small", TextLines).show(kept, app.size.width, app.looks)
