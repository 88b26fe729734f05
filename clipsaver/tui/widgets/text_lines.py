"""Lines that stand still: the frame, the banner, the footer."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.visual import VisualType
from textual.widget import Widget

from clipsaver.tui.painting.lines import fit, stacked
from clipsaver.tui.painting.looks import Looks
from clipsaver.tui.viewmodel.rows import Line


class TextLines(Widget):
    """Shows what it was given last, cut to its width; draws again only where that is another."""

    DEFAULT_CSS = """
    TextLines { height: auto; width: 1fr; text-wrap: nowrap; }
    TextLines.-empty { display: none; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Line, ...] = ()
        self._text = Text()

    def show(self, lines: Sequence[Line], width: int, looks: Looks) -> None:
        """These lines from now on; none at all takes no place."""
        fitted = tuple(fit(line, width, looks.signs) for line in lines)
        self.set_class(not fitted, "-empty")
        if fitted == self._lines:
            return
        is_taller = len(fitted) != len(self._lines)
        self._lines = fitted
        self._text = stacked(fitted, looks.tones)
        self.refresh(layout=is_taller)

    def get_content_height(self, *_: object) -> int:
        """As many as there are. Where the terminal became narrower they are measured before they
        are cut anew, and would seem to take a line more for good."""
        return len(self._lines)

    def render(self) -> VisualType:
        return self._text
