"""A line to type in, whose cursor stands still."""

from __future__ import annotations

from textual.reactive import reactive
from textual.widgets import Input


class StillInput(Input):
    """Textual's, without the blinking: over SSH each blink is something sent."""

    cursor_blink = reactive(False, init=False)  # noqa: FBT003 - as Textual declares it
