"""The picture of the clip under the cursor: in half cells, or as sharp as the terminal can."""

from __future__ import annotations

from typing import Any, Final

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Container
from textual.strip import Strip
from textual.widget import Widget

from clipsaver.tui.pictures.decoding import Pixels
from clipsaver.tui.pictures.half_cells import fits_into, half_cells

_LARGEST: Final = (640, 360)
"""Pixels of a stored picture, as it is configured at first."""


class HalfCells(Widget):
    """Draws what it was given last, in the middle of its place."""

    def __init__(self) -> None:
        super().__init__()
        self._pixels: Pixels | None = None
        self._words = ""
        self._lines: tuple[tuple[Segment, ...], ...] = ()

    def show(self, pixels: Pixels | None, words: str) -> None:
        """This picture from now on, or these words in its place."""
        if (pixels, words) != (self._pixels, self._words):
            self._pixels, self._words = pixels, words
            lines = half_cells(pixels) if pixels else ()
            self._lines = lines or (((Segment(words)),),)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        size = self.content_size
        at = y - max(0, size.height - len(self._lines)) // 2
        if not 0 <= at < len(self._lines):
            return Strip.blank(size.width, self.rich_style)
        line = Strip(self._lines[at])
        left = max(0, size.width - line.cell_length) // 2
        strip = Strip([Segment(" " * left), *line]).adjust_cell_length(size.width)
        return strip.apply_style(self.rich_style)


class Picture(Container):
    """The place of a picture. `sharp` is a widget of textual-image, which shows one with all its
    pixels; without it, it is drawn in half cells."""

    def __init__(self, *, id: str, sharp: type[Any] | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._half_cells = HalfCells()
        self._sharp: Any = sharp() if sharp else None
        self._pixels: Pixels | None = None
        """What the sharp one shows: to hand it the same again would cost its encoding."""

    def compose(self) -> ComposeResult:
        if self._sharp is not None:
            self._sharp.display = False
            yield self._sharp
        yield self._half_cells

    @property
    def room(self) -> tuple[int, int]:
        """Pixels that there is room for; (0, 0) where it is not on the screen."""
        size = self.content_size
        if not size:
            return 0, 0
        return _LARGEST if self._sharp is not None else fits_into(size.width, size.height)

    def show(self, pixels: Pixels | None, words: str = "") -> None:
        """This picture from now on, or these words in its place."""
        is_sharp = self._sharp is not None and pixels is not None
        self._half_cells.display = not is_sharp
        if self._sharp is None:
            self._half_cells.show(pixels, words)
            return
        from PIL import Image

        self._half_cells.show(None, words)
        self._sharp.display = is_sharp
        if pixels is self._pixels:
            return
        self._pixels = pixels
        self._sharp.image = (
            Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb) if pixels else None
        )
