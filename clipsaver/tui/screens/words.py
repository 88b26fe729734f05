"""A text to read, or to copy by hand, and the searchable help."""

from __future__ import annotations

from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, TextArea

from clipsaver.terminal_text import in_cells, printable
from clipsaver.tui.actions import help_rows
from clipsaver.tui.screens.dialog import Dialog
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.rows import Cell, Line, Tone
from clipsaver.tui.widgets.still_input import StillInput
from clipsaver.tui.widgets.text_lines import TextLines

_BESIDE = 60
"""Columns from which on there is room for what a key does beside its name, and not only below."""


class TextDialog(Dialog[None]):
    """Shows a text, made printable; what is selected in it is copied with ctrl+c."""

    DEFAULT_CSS = """
    TextDialog > .box { width: 100%; height: 100%; padding: 0; }
    TextDialog TextArea { height: 1fr; }
    """

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = in_cells(title)
        self._text = "\n".join(map(printable, text.split("\n")))

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = Content("select and ctrl+c copies, esc closes")
            yield TextArea(self._text, read_only=True, show_line_numbers=False, compact=True)


class HelpDialog(Dialog[None]):
    """The keys of the screen, then those of all screens; what is typed narrows them."""

    DEFAULT_CSS = """
    HelpDialog > .box { width: 100; max-height: 90%; }
    HelpDialog VerticalScroll { height: auto; max-height: 1fr; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("f1", "close_dialog", show=False),
    ]

    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content("Keys")
            box.border_subtitle = Content("type to search, esc closes")
            yield StillInput(placeholder="search", compact=True)
            with VerticalScroll(can_focus=False):
                yield TextLines(id="keys")

    def on_mount(self) -> None:
        super().on_mount()
        self.lay_out()

    def lay_out(self) -> None:
        self._show(self.query_one(Input).value)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._show(event.value)

    def action_scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def _show(self, wanted: str) -> None:
        lines: list[Line] = []
        section = ""
        for row in help_rows(self._view, self.application.settings.keys):
            said = f"{row.keys} {row.action.words} {row.action.help}"
            if wanted.casefold() not in said.casefold():
                continue
            if row.section != section:
                section = row.section
                lines += (
                    [(), (Cell(section, Tone.STRONG),)]
                    if lines
                    else [(Cell(section, Tone.STRONG),)]
                )
            lines += key_lines(row.keys, row.action.words, row.action.help, self._width)
        if not lines:
            lines = [(Cell(f"there is no key for {wanted}", Tone.DIM),)]
        self.query_one("#keys", TextLines).show(lines, self._width, self.application.looks)

    @property
    def _width(self) -> int:
        """Without border, padding and scroll bar."""
        return min(95, self.app.size.width - 5)


def key_lines(keys: str, words: str, said: str, width: int) -> list[Line]:
    """A row of the help; what it does goes on below itself."""
    left = 34 if width >= _BESIDE else 2
    first, *rest = wrap(said, max(10, width - left)) or [""]
    if width < _BESIDE:
        first, rest = "", [first, *rest]
    head = (Cell(f"{keys:<16} ", Tone.GOOD), Cell(f"{words:<16} "), Cell(first, Tone.DIM))
    return [head, *((Cell(" " * left), Cell(part, Tone.DIM)) for part in rest)]
