"""The form of a new job."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label

from clipsaver.jobs import JOB_TYPES
from clipsaver.tui.screens.dialog import Dialog
from clipsaver.tui.viewmodel.rows import Cell, Tone
from clipsaver.tui.widgets.still_input import StillInput
from clipsaver.tui.widgets.text_lines import TextLines

_FIELDS: tuple[tuple[str, str], ...] = (
    ("type", ", ".join(JOB_TYPES)),
    ("guild_id", "the server"),
    ("channel_id", "the channel or thread"),
    ("limit", "messages to read: a number, or all"),
    ("direction", "backward or forward"),
    ("before_message_id", "only what is older"),
    ("after_message_id", "only what is newer"),
    ("known", "skip, stop or reread what is covered"),
    ("message_ids", "of message and message_deletion"),
    ("clip_ids", "of thumbnail_retry"),
    ("author_id", "of purge_author"),
    ("reason", "of rescan"),
)
_MORE = "more"
_ORDER = tuple(name for name, _ in _FIELDS)


class NewJobDialog(Dialog[dict[str, str]]):
    """What was written, by field; empty fields are left out. Nothing is put on the stream here."""

    DEFAULT_CSS = """
    NewJobDialog .field { height: 1; }
    NewJobDialog Label { width: 20; }
    NewJobDialog Input { width: 1fr; }
    """

    def __init__(self, written: Mapping[str, str], wrong: str) -> None:
        super().__init__()
        self._written = written
        self._wrong = wrong

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="box", can_focus=False) as box:
            box.border_title = Content("New job")
            for name, hint in _FIELDS:
                with Horizontal(classes="field"):
                    yield Label(Content(name))
                    value = self._written.get(name, "batch" if name == "type" else "")
                    yield StillInput(value, placeholder=hint, id=name, compact=True)
            with Horizontal(classes="field"):
                yield Label(Content("other fields"))
                others = ((n, v) for n, v in self._written.items() if n not in _ORDER)
                value = "; ".join(f"{name}={said}" for name, said in others)
                hint = "name=value; name=value"
                yield StillInput(value, placeholder=hint, id=_MORE, compact=True)
            yield TextLines(id="wrong")
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("See what it would do", id="see", compact=True)

    def on_mount(self) -> None:
        super().on_mount()
        wrong = self.query_one("#wrong", TextLines)
        line = (Cell(self._wrong, Tone.WARN),)
        wrong.show([line] if self._wrong else [], 68, self.application.looks)
        self.query_one("#guild_id" if not self._written else "#type").focus()

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#see")
    @on(Input.Submitted)
    def _see(self) -> None:
        values = {name: self.query_one(f"#{name}", Input).value.strip() for name in _ORDER}
        values |= fields_of(self.query_one(f"#{_MORE}", Input).value)
        self.dismiss({name: said for name, said in values.items() if said})


def fields_of(written: str) -> dict[str, str]:
    """`name=value; name=value`, where a value may hold semicolons: what is no `name=` goes on."""
    values: dict[str, str] = {}
    name = ""
    for part in written.split(";"):
        before, equals, said = part.partition("=")
        if equals and before.strip().isidentifier():
            name = before.strip()
            values[name] = said.strip()
        elif name:
            values[name] += f";{part}"
        elif part.strip():
            values[part.strip()] = "?"  # is refused as a field that there is not
    return values
