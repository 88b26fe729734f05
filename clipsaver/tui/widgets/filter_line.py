"""The line above a list: what it is narrowed to, how many rows are shown, and their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from clipsaver.tui.filters import NO_FILTER, Filter, FilterError, parse
from clipsaver.tui.grid.cutting import cut
from clipsaver.tui.viewmodel.rows import Measure
from clipsaver.tui.viewmodel.signs import Signs
from clipsaver.tui.widgets.still_input import StillInput
from clipsaver.tui.widgets.table_messages import TableStatus

_GAP = "   "
_SHORTEST = 16
"""Cells for what is typed, at least."""
_SIGN = " / "


class FilterInput(StillInput):
    """Where a filter is typed; what is left of it is the line's to say."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave('clear')", show=False),
        Binding("down", "leave('keep')", show=False),
        Binding("tab", "accept", show=False),
    ]

    class Left(Message):
        """A person goes back to the list."""

        def __init__(self, *, is_kept: bool) -> None:
            super().__init__()
            self.is_kept = is_kept

    class Accepted(Message):
        """A person takes what was suggested."""

    def action_leave(self, how: str) -> None:
        self.post_message(self.Left(is_kept=how == "keep"))

    def action_accept(self) -> None:
        self.post_message(self.Accepted())


class FilterLine(Horizontal):
    """One line. It narrows as a person types; with what cannot be read, the list is as before.

    Enter and the arrow down keep the filter and go back to the list, esc clears it, tab writes
    what an error suggests.
    """

    DEFAULT_CSS = """
    FilterLine { height: 1; }
    FilterLine > Static { width: auto; height: 1; }
    FilterLine > .filter--facts { width: 1fr; text-align: right; }
    FilterLine.-wrong > .filter--facts { color: $warning; text-style: bold; }
    FilterLine.-wrong > FilterInput { color: $warning; }
    FilterLine > FilterInput { background: transparent; }
    """

    class Narrowed(Message):
        """Only rows that fit this are to be shown; posted where that is news."""

        def __init__(self, filter: Filter) -> None:  # noqa: A002 -- what it is
            super().__init__()
            self.filter = filter

        def can_replace(self, message: Message) -> bool:
            """Only the filter as it is by now matters."""
            return isinstance(message, FilterLine.Narrowed)

    class Done(Message):
        """The person is done with it: the list is to have the focus."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- as all widgets of Textual
        super().__init__(id=id)
        self.filter = NO_FILTER
        """What is in force."""
        self.error: FilterError | None = None
        """Why what is written is not."""
        self._before = NO_FILTER
        """What was in force when the person began to type."""
        self._fields: Mapping[str, str] = {}
        self._measures: Mapping[str, Measure] = {}
        self._status = TableStatus()
        self._bound = ""
        self._others: Sequence[str] = ()
        self._signs = Signs()
        self._is_editing = False
        self._shown = ""
        self._input = FilterInput(compact=True, select_on_focus=False)
        self._input.cursor_blink = False
        self._input.can_focus = False

    def compose(self) -> ComposeResult:
        yield Static(_SIGN, markup=False)
        yield self._input
        yield Static("", classes="filter--facts", markup=False)

    # What is given

    def know(self, fields: Mapping[str, str], measures: Mapping[str, Measure]) -> None:
        """Takes the fields that rows have; a filter that is there is read anew."""
        if (fields, measures) != (self._fields, self._measures):
            self._fields, self._measures = fields, measures
            self._read(self.text)

    def show(
        self,
        status: TableStatus,
        *,
        bound: str = "",
        others: Sequence[str] = (),
        signs: Signs | None = None,
    ) -> None:
        """Shows counts and order.

        `bound` is how far was looked, such as `searched the newest 10,000`: it is left out last.
        `others`, such as `stream: all`, are left out first.
        """
        self._status, self._bound, self._others = status, bound, others
        self._signs = signs or self._signs
        self._paint()

    def edit(self) -> None:
        """Lets a person type."""
        if not self._is_editing:
            self._before = self.filter
        self._is_editing = self._input.can_focus = True
        self._input.focus()
        self._paint()

    def write(self, text: str) -> None:
        """Puts another filter there, as if a person had typed and kept it."""
        self._input.value = text
        self._read(text)
        self._keep()

    def clear(self) -> bool:
        """Shows all rows again; False where they were shown already."""
        was_there = bool(self.text)
        self.write("")
        return was_there

    # What is so

    @property
    def text(self) -> str:
        """What is written there."""
        return self._input.value

    @property
    def is_editing(self) -> bool:
        """Whether a person types."""
        return self._is_editing

    # Within

    @on(Input.Changed)
    def _type(self, event: Input.Changed) -> None:
        event.stop()
        self._read(event.value)

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        self._keep()
        self.post_message(self.Done())

    @on(FilterInput.Left)
    def _leave(self, event: FilterInput.Left) -> None:
        event.stop()
        if event.is_kept:
            self._keep()
        else:
            self.clear()
        self.post_message(self.Done())

    @on(Input.Blurred)
    def _forsake(self, event: Input.Blurred) -> None:
        """A click elsewhere keeps what is there."""
        event.stop()
        if self._is_editing:
            self._keep()

    @on(FilterInput.Accepted)
    def _accept(self, event: FilterInput.Accepted) -> None:
        event.stop()
        if self.error is not None and self.error.suggestion is not None:
            self._input.value = self.error.suggestion
            self._input.cursor_position = len(self.error.suggestion)

    def on_click(self) -> None:
        """A click on the line lets a person type."""
        self.edit()

    def on_resize(self, event: events.Resize) -> None:
        """Shares the line out anew."""
        del event
        self._paint()

    def _keep(self) -> None:
        """What cannot be read is not kept: the line then says the filter that is in force."""
        if self.error is not None:
            self._input.value = self.filter.text
            self._read(self.filter.text)
        self._is_editing = False
        if self._input.has_focus:
            self.screen.set_focus(None)
        self._input.can_focus = False
        self._paint()

    def _read(self, text: str) -> None:
        found = parse(text, self._fields, self._measures)
        self.error = found if isinstance(found, FilterError) else None
        if not isinstance(found, FilterError):
            self._put_in_force(found)
        elif self._is_editing:  # on the way to `idel>3s` the list was narrowed to the word `idel`
            self._put_in_force(self._before)
        self._paint()

    def _put_in_force(self, found: Filter) -> None:
        if found != self.filter:
            self.filter = found
            self.post_message(self.Narrowed(found))

    def _paint(self) -> None:
        """Draws it where it does not look like that already."""
        if not self.is_mounted:
            return
        self.set_class(self.error is not None, "-wrong")
        room = max(0, self.size.width - len(_SIGN))
        typed = min(max(_SHORTEST, cell_len(self.text) + 2), room * 3 // 5)
        facts = self._facts(max(0, room - typed - len(_GAP)))
        if (shown := f"{typed} {facts}") != self._shown:
            self._shown = shown
            self._input.styles.width = typed
            self.query_one(".filter--facts", Static).update(Text(facts), layout=False)

    def _facts(self, width: int) -> str:
        """What is to the right of what is typed, cut to its width; a space at the end."""
        if self.error is not None:
            tab = f"tab: {self.error.suggestion}  " if self.error.suggestion else ""
            shown = f"{tab}{self.error.words}"
        else:
            shown = self._counted(width)
        return cut(shown, max(0, width - 1), ellipsis=self._signs.ellipsis).rstrip() + " "

    def _counted(self, width: int) -> str:
        """As much of it as there is room for, the most important first."""
        order = self._status.order.words
        follows = "follows" if self._status.is_following else ""
        parts = [self._status.counts, self._bound, follows, order and f"sort {order}"]
        shown = parts[0]
        for part in filter(None, [*parts[1:], *self._others]):
            longer = f"{shown}{_GAP}{part}"
            if cell_len(longer) >= width:
                break
            shown = longer
        return shown
