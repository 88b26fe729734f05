"""Boxes of lines: what is painted when a look brings other ones."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.strip import Strip

from clipsaver.tui.painting.boxes import Drawn, Spot
from clipsaver.tui.painting.looks import Looks
from clipsaver.tui.viewmodel.rows import Cell
from clipsaver.tui.viewmodel.signs import Signs
from clipsaver.tui.widgets.boxes_view import BoxesView
from tests.tui.running import run_aio


class Watched(BoxesView):
    """Says which of its lines were painted."""

    def __init__(self) -> None:
        super().__init__()
        self.painted: list[int] = []

    def render_line(self, y: int) -> Strip:
        self.painted.append(y)
        return super().render_line(y)


class Holder(App[None]):
    """Nothing but boxes."""

    def compose(self) -> ComposeResult:
        yield Watched()


def drawn(*words: str) -> list[Drawn]:
    """Lines; those in capitals can be opened."""
    return [
        Drawn((Cell(word),), (Spot(0, len(word), word),) if word.isupper() else ())
        for word in words
    ]


@run_aio
async def test_only_lines_that_differ_are_painted() -> None:
    looks = Looks.of("dark", Signs())
    app = Holder()
    async with app.run_test(size=(20, 5)) as pilot:
        boxes = app.query_one(Watched)
        boxes.show(drawn("a", "B", "c", "D"), looks)
        await pilot.pause()
        boxes.painted.clear()
        boxes.show(drawn("a", "B", "c", "D"), looks)
        await pilot.pause()
        assert boxes.painted == []
        boxes.show(drawn("x", "B", "c", "D"), looks)
        await pilot.pause()
        assert sorted(boxes.painted) == [0, 1], "the changed one, and that of the cursor"
        boxes.painted.clear()
        boxes.move(1)
        await pilot.pause()
        assert (boxes.cursor_key, sorted(boxes.painted)) == ("D", [1, 3])
        boxes.painted.clear()
        boxes.show(drawn("x", "D", "c", "B"), looks)
        await pilot.pause()
        assert (boxes.cursor_key, sorted(boxes.painted)) == ("D", [1, 3])
        boxes.painted.clear()
        boxes.show(drawn("x", "D", "c"), looks)
        await pilot.pause()
        assert sorted(boxes.painted) == [0, 1, 2, 3, 4]
