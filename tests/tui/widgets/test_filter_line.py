"""The filter line in a real application."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from textual.app import App, ComposeResult
from textual.widgets import Button

from clipsaver.tui.grid.ordering import Order
from clipsaver.tui.viewmodel.rows import Measure
from clipsaver.tui.viewmodel.signs import Signs
from clipsaver.tui.widgets.filter_line import FilterLine
from clipsaver.tui.widgets.table_messages import TableStatus
from tests.tui.running import run_aio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

STATUS = TableStatus(total=31, shown=19, marked=2, order=Order("idle", is_reverse=True))


class Holder(App[None]):
    """Nothing but the line, something else to focus, and what the line said."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def compose(self) -> ComposeResult:
        yield FilterLine()
        yield Button("list")

    @property
    def line(self) -> FilterLine:
        return self.query_one(FilterLine)

    def on_filter_line_narrowed(self, message: FilterLine.Narrowed) -> None:
        self.heard.append(message.filter.text)

    def on_filter_line_done(self) -> None:
        self.heard.append("done")

    def text(self) -> str:
        """The line as it was painted."""
        return "".join(one.text for one in self.screen._compositor.render_strips()[0])


@asynccontextmanager
async def holding(width: int = 80) -> AsyncIterator[tuple[Holder, Pilot[None]]]:
    app = Holder()
    async with app.run_test(size=(width, 5)) as pilot:
        app.line.know({"idle": "", "kind": ""}, {"idle": Measure.LENGTH})
        app.line.show(STATUS)
        await pilot.pause()
        yield app, pilot


@run_aio
async def test_counts_and_order_are_to_the_right() -> None:
    async with holding() as (app, pilot):
        assert app.text() == f"{' / ':<38}19 of 31 shown, 2 marked   sort IDLE desc "
        app.line.show(STATUS, bound="searched the newest 10,000", others=["stream: all"])
        await pilot.pause()
        assert app.text().endswith(" 19 of 31 shown, 2 marked   searched the newest 10,000 ")
        await pilot.resize_terminal(120, 5)
        await pilot.pause()
        assert app.text().endswith("newest 10,000   sort IDLE desc   stream: all ")
        assert len(app.text()) == 120


@run_aio
async def test_it_narrows_as_one_types_and_enter_keeps_it() -> None:
    async with holding() as (app, pilot):
        app.line.edit()
        await pilot.press(*"ab")
        await pilot.pause()
        assert app.line.is_editing
        await pilot.press("enter")
        await pilot.pause()
        assert app.heard == ["a", "ab", "done"]
        assert (app.line.is_editing, app.line.text) == (False, "ab")
        assert app.text().startswith(" / ab ")
        await pilot.press("x")
        assert app.line.text == "ab"


@run_aio
async def test_esc_clears_it() -> None:
    async with holding() as (app, pilot):
        app.line.write("kind:batch")
        app.line.edit()
        await pilot.press("escape")
        await pilot.pause()
        assert app.heard == ["kind:batch", "", "done"]
        assert app.line.text == ""
        assert app.line.clear() is False


@run_aio
async def test_with_what_cannot_be_read_all_is_as_before_and_tab_writes_what_was_meant() -> None:
    async with holding() as (app, pilot):
        app.line.edit()
        await pilot.press(*"idel>3s")
        await pilot.pause()
        assert app.line.has_class("-wrong")
        assert " tab: idle>3s  no field idel: did you mean idle?" in app.text()
        assert app.heard == ["i", "id", "ide", "idel", ""]
        await pilot.press("tab")
        await pilot.pause()
        assert app.heard[-1] == "idle>3s"
        assert not app.line.has_class("-wrong")
        assert app.line.is_editing


@run_aio
async def test_what_cannot_be_read_is_not_kept() -> None:
    async with holding() as (app, pilot):
        app.line.write("kind:batch")
        app.line.edit()
        await pilot.press(*" a idel>1")
        await pilot.pause()
        assert app.heard[-2:] == ["kind:batch a idel", "kind:batch"]
        await pilot.press("enter")
        await pilot.pause()
        assert app.line.text == app.line.filter.text == "kind:batch"
        assert app.line.error is None


@run_aio
async def test_a_click_elsewhere_keeps_it_and_one_on_it_edits() -> None:
    async with holding() as (app, pilot):
        await pilot.click(FilterLine, offset=(10, 0))
        await pilot.press("a")
        assert app.line.is_editing
        await pilot.click(Button)
        await pilot.pause()
        assert (app.line.is_editing, app.line.text) == (False, "a")


@run_aio
async def test_it_is_cut_with_the_sign_that_the_terminal_has() -> None:
    async with holding(40) as (app, pilot):
        app.line.edit()
        await pilot.press(*"idel>3s")
        app.line.show(STATUS, signs=Signs(is_ascii=True))
        await pilot.pause()
        assert app.text().endswith("~ ")
