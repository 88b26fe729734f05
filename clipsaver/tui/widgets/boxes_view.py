"""Boxes below and beside each other, some of whose lines can be opened."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from clipsaver.tui.painting.boxes import Drawn, Spot
from clipsaver.tui.painting.lines import text_of
from clipsaver.tui.painting.looks import Looks
from clipsaver.tui.viewmodel.rows import Tone


class BoxesView(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows drawn lines. Where some can be opened, a cursor is on one of them, and stays on it by
    its key; where none can, moving scrolls."""

    DEFAULT_CSS = "BoxesView { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; }"

    class Opened(Message):
        """Enter or a click on a line."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.cursor_key: str | None = None
        self._drawn: tuple[Drawn, ...] = ()
        self._spots: tuple[tuple[int, Spot], ...] = ()
        self._at = 0
        self._strips: dict[int, Strip] = {}
        self._looks: Looks | None = None
        self._dims = False
        self._base_style: Style | None = None
        self._tones: dict[Tone, Style] = {}

    def show(self, drawn: Sequence[Drawn], looks: Looks, *, dims: bool = False) -> None:
        """These lines from now on; `dims` greys all of them."""
        before, after = self._drawn, tuple(drawn)
        is_alike = (self._looks, self._dims, len(before)) == (looks, dims, len(after))
        if looks != self._looks:
            self._base_style = None
        self._drawn, self._looks, self._dims = after, looks, dims
        changed = {
            y for y, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]
        }
        if is_alike and not changed:
            return
        changed |= self._cursor_line()
        self._spots = tuple((y, spot) for y, one in enumerate(drawn) for spot in one.spots)
        keys = [spot.key for _, spot in self._spots]
        if self.cursor_key in keys:
            self._at = keys.index(self.cursor_key)
        self._put_cursor(self._at)
        self.virtual_size = Size(self.size.width, len(self._drawn))
        if is_alike:
            self._paint_lines(changed | self._cursor_line())
        else:
            self._strips.clear()
            self.refresh()

    def move(self, by: int) -> None:
        """To another line that can be opened, or by lines where there is none."""
        if not self._spots:
            self.scroll_relative(y=by, animate=False)
            return
        self._go(self._at + by)

    def move_page(self, by: int) -> None:
        """By as many lines as are on the screen."""
        self.scroll_relative(y=by * max(1, self.size.height - 1), animate=False)
        if self._spots:
            self.move(by * max(1, self.size.height - 1))

    def move_to_end(self, *, is_last: bool) -> None:
        if self._spots:
            self._go(len(self._spots) - 1 if is_last else 0)
        if is_last:
            self.scroll_end(animate=False)
        else:
            self.scroll_home(animate=False)

    def open(self) -> None:
        """What is under the cursor."""
        if self.cursor_key is not None:
            self.post_message(self.Opened(self.cursor_key))

    def render_line(self, y: int) -> Strip:
        y += self.scroll_offset.y
        width = self.size.width
        if y >= len(self._drawn) or self._looks is None:
            return Strip.blank(width, self.rich_style)
        if (strip := self._strips.get(y)) is None:
            strip = Strip(self._segments(y)).adjust_cell_length(width, self._base())
            self._strips[y] = strip
        return strip

    def on_click(self, event: events.Click) -> None:
        y = event.y + self.scroll_offset.y
        for index, (line, spot) in enumerate(self._spots):
            if line == y and spot.start <= event.x < spot.end:
                self._go(index)
                self.open()
                return

    def on_resize(self) -> None:
        self._strips.clear()

    def _base(self) -> Style:
        """What is behind all tones; asked for once, since Textual looks through all ancestors."""
        if self._base_style is None:
            self._base_style = self.rich_style
            tones = self._looks.tones if self._looks else {}
            self._tones = {tone: self._base_style + style for tone, style in tones.items()}
        return self._base_style

    def notify_style_update(self) -> None:
        """The theme was changed."""
        super().notify_style_update()
        self._base_style = None
        self._strips.clear()

    def _segments(self, y: int) -> list[Segment]:
        base, line = self._base(), self._drawn[y].line
        if not (self._spots and self._spots[self._at][0] == y):
            dim = Tone.DIM if self._dims else None
            return [Segment(cell.text, self._tones[dim or cell.tone]) for cell in line]
        assert self._looks is not None
        text: Text = text_of(line, self._tones, dims=self._dims)
        spot = self._spots[self._at][1]
        text.stylize(base + self._looks.cursor, *_characters(text.plain, spot))
        return list(text.render(self.app.console))

    def _go(self, index: int) -> None:
        before = self._cursor_line()
        self._put_cursor(index)
        self._paint_lines(before | self._cursor_line())
        self.scroll_to_region(Region(0, self._spots[self._at][0], 1, 1), animate=False)

    def _cursor_line(self) -> set[int]:
        """The line that the cursor is on, if it is on one."""
        return {self._spots[self._at][0]} if self._spots else set()

    def _paint_lines(self, lines: set[int]) -> None:
        top, height = self.scroll_offset.y, self.size.height
        for y in lines:
            self._strips.pop(y, None)
        seen = [Region(0, y - top, self.size.width, 1) for y in lines if 0 <= y - top < height]
        if seen:
            self.refresh(*seen)

    def _put_cursor(self, index: int) -> None:
        self._at = max(0, min(index, len(self._spots) - 1))
        self.cursor_key = self._spots[self._at][1].key if self._spots else None


def perform_on(view: BoxesView, action_id: str) -> bool:
    """What the action means for boxes; False where it means nothing."""
    if action_id in ("move.down", "move.up"):
        view.move(1 if action_id == "move.down" else -1)
    elif action_id in ("move.page_down", "move.page_up"):
        view.move_page(1 if action_id == "move.page_down" else -1)
    elif action_id in ("move.first", "move.last"):
        view.move_to_end(is_last=action_id == "move.last")
    elif action_id == "row.open":
        view.open()
    else:
        return action_id.startswith("move.")
    return True


def _characters(text: str, spot: Spot) -> tuple[int, int]:
    """The spot in characters: a line may hold some that take two columns."""
    column, start, end = 0, 0, len(text)
    for index, character in enumerate(text):
        if column <= spot.start:
            start = index
        if column >= spot.end:
            end = index
            break
        column += cell_len(character)
    return start, end
