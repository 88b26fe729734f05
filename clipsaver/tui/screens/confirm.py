"""Asks before a deed, as its danger asks for: a key for one thing, the number for many."""

from __future__ import annotations

from textwrap import wrap
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input

from clipsaver.terminal_text import in_cells
from clipsaver.tui.screens.dialog import Dialog
from clipsaver.tui.viewmodel.rows import Cell, Line, Tone
from clipsaver.tui.widgets.still_input import StillInput
from clipsaver.tui.widgets.text_lines import TextLines

_WORD_WIDTH = 13
_TEXT_WIDTH = 68
"""Of the dialog, without its border."""


class ConfirmDialog(Dialog[bool]):
    """True where the deed is to be done; False and None change nothing. Cancel has the focus."""

    DEFAULT_CSS = """
    ConfirmDialog VerticalScroll { height: auto; max-height: 15; scrollbar-size-vertical: 1; }
    ConfirmDialog > .box { overflow-y: auto; scrollbar-size-vertical: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
        Binding("y", "agree", show=False),
    ]

    def __init__(
        self,
        question: str,
        deed: str,
        facts: tuple[tuple[str, str], ...],
        twin: str,
        *,
        count: int | None = None,
    ) -> None:
        """`deed` is on the button; `count` has to be typed where it is given."""
        super().__init__()
        self.question = question
        self._deed = deed
        self._facts = facts
        self._twin = twin
        self._count = count

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(in_cells(self.question))
            with VerticalScroll(can_focus=False):
                yield TextLines(id="facts")
            if self._count is not None:
                yield StillInput(
                    placeholder=f"type {self._count} to confirm", id="count", compact=True
                )
            yield TextLines(id="wrong")
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                key = "" if self._count is not None else "  (y)"
                yield Button(Content(f"{self._deed}{key}"), id="deed", compact=True)

    def on_mount(self) -> None:
        super().on_mount()
        self.lay_out()
        self.query_one("#wrong", TextLines).show([], _TEXT_WIDTH, self.application.looks)
        self.query_one("#cancel" if self._count is None else "#count").focus()

    def lay_out(self) -> None:
        looks = self.application.looks
        width = min(_TEXT_WIDTH, self.app.size.width - 4)
        lines = fact_lines(self._facts, width)
        lines += fact_lines((("same as", self._twin),), width, most=3) if self._twin else []
        self.query_one("#facts", TextLines).show(lines, width, looks)

    def action_agree(self) -> None:
        """One more key, for one thing; many are not done by a key."""
        if self._count is None:
            self.dismiss(result=True)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(result=False)

    @on(Button.Pressed, "#deed")
    @on(Input.Submitted, "#count")
    def _do(self) -> None:
        if self._count is not None:
            typed = self.query_one("#count", Input).value.strip()
            if typed != str(self._count):
                said = f"that is not {self._count}; nothing was changed" if typed else ""
                said = said or f"type {self._count}, or esc to leave everything as it is"
                looks, line = self.application.looks, (Cell(said, Tone.WARN),)
                self.query_one("#wrong", TextLines).show([line], _TEXT_WIDTH, looks)
                return
        self.dismiss(result=True)


def fact_lines(
    facts: tuple[tuple[str, str], ...], width: int, *, most: int | None = None
) -> list[Line]:
    """Words on the left, what is so on the right, over as many lines as that takes, or `most`."""
    left = _WORD_WIDTH
    lines: list[Line] = []
    for word, said in facts:
        parts = wrap(
            in_cells(said), max(10, width - left), max_lines=most, placeholder=" and so on"
        ) or [""]
        lines.append((Cell(f"{word:<{left}}", Tone.DIM), Cell(parts[0])))
        lines += [(Cell(" " * left), Cell(part)) for part in parts[1:]]
    return lines
