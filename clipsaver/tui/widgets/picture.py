"""The picture of the clip under the cursor, in half cells."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from clipsaver.tui.pictures.decoding import Pixels
from clipsaver.tui.pictures.half_cells import fits_into, half_cells


class Picture(Widget):
    """Draws what it was given last, in the middle of its place."""

    DEFAULT_CSS = "Picture { display: none; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._pixels: Pixels | None = None
        self._lines: tuple[tuple[Segment, ...], ...] = ()

    @property
    def room(self) -> tuple[int, int]:
        """Pixels that there is room for."""
        return fits_into(self.content_size.width, self.content_size.height)

    def show(self, pixels: Pixels | None) -> None:
        """This one from now on; None = an empty place."""
        if pixels is not self._pixels:
            self._pixels = pixels
            self._lines = half_cells(pixels) if pixels else ()
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        above = max(0, self.content_size.height - len(self._lines)) // 2
        at = y - above
        if not 0 <= at < len(self._lines):
            return Strip.blank(width, self.rich_style)
        left = max(0, width - len(self._lines[at])) // 2
        strip = Strip([Segment(" " * left), *self._lines[at]]).adjust_cell_length(width)
        return strip.apply_style(self.rich_style)
