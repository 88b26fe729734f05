"""The table in a real application: what is on the screen, and where the cursor is."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.events import MouseScrollDown

from clipsaver.tui.actions import ACTIONS
from clipsaver.tui.filters import NO_FILTER, Filter, parse
from clipsaver.tui.viewmodel.rows import Cell, Column, Later, Row, Tone
from clipsaver.tui.viewmodel.signs import Signs
from clipsaver.tui.widgets.table import OF_TABLE, KeyedTable
from clipsaver.tui.widgets.table_canvas import stretches
from clipsaver.tui.widgets.table_messages import (
    CursorMoved,
    HeaderClicked,
    MarksGone,
    RowOpened,
    TableChanged,
)
from tests.tui.running import run_aio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from textual.pilot import Pilot
    from textual.strip import Strip

COLUMNS = (
    Column("ID", 6, keeps_tail=True),
    Column("WHERE", 10, grows=1),
    Column("IDLE", 6, is_right=True),
    Column("MORE", 30, is_narrow=False),
)


def row(key: str, *, idle: float = 0, where: str = "guild-a") -> Row:
    cells = {
        "ID": Cell(f"1769428-{key}"),
        "WHERE": Cell(where),
        "IDLE": Cell(f"{idle:.0f}s", Tone.WARN),
        "MORE": Cell("m" * 30),
    }
    return Row(key, cells, {"id": key, "where": where, "idle": idle})


def rows(keys: Iterable[str]) -> list[Row]:
    return [row(key) for key in keys]


def only(text: str) -> Filter:
    found = parse(text, {"id": "", "idle": ""})
    assert isinstance(found, Filter)
    return found


class Watched(KeyedTable):
    """Says which of its lines were painted."""

    def __init__(self, **others: Any) -> None:
        super().__init__(**others)
        self.painted: list[int] = []

    def render_line(self, y: int) -> Strip:
        self.painted.append(y)
        return super().render_line(y)


class Holder(App[None]):
    """Nothing but a table, and all that it said."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(one.keys), f"perform('{one.id}')")
        for one in ACTIONS
        if one.id.startswith(OF_TABLE)
    ]

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 100.0
        self.heard: list[Any] = []

    def compose(self) -> ComposeResult:
        yield Watched(clock=lambda: self.now_s)

    @property
    def table(self) -> Watched:
        return self.query_one(Watched)

    def show(self, given: list[Row], **others: Any) -> None:
        self.table.set(COLUMNS, given, **others)

    def action_perform(self, action_id: str) -> None:
        """As the screens hand it on."""
        self.table.perform(action_id)

    def on_cursor_moved(self, message: CursorMoved) -> None:
        self.heard.append(("cursor", message.key))

    def on_row_opened(self, message: RowOpened) -> None:
        self.heard.append(("opened", message.key))

    def on_header_clicked(self, message: HeaderClicked) -> None:
        self.heard.append(("head", message.name))

    def on_marks_gone(self, message: MarksGone) -> None:
        self.heard.append(("marks gone", message.count))

    def on_table_changed(self, message: TableChanged) -> None:
        self.heard.append(("changed", message.status.counts))

    def lines(self) -> list[str]:
        """The screen as it was painted, line by line."""
        strips = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    def line_of_cursor(self) -> int:
        return next(number for number, line in enumerate(self.lines()) if line.startswith(">"))


@asynccontextmanager
async def holding(
    given: list[Row], size: tuple[int, int] = (40, 6)
) -> AsyncIterator[tuple[Holder, Pilot[None]]]:
    app = Holder()
    async with app.run_test(size=size) as pilot:
        app.table.focus()
        app.show(given)
        await pilot.pause()
        yield app, pilot


@run_aio
async def test_what_is_painted() -> None:
    given = [row("a", where="日本語の名前です"), row("b", where="[red]x[/]")]
    async with holding(given) as (app, pilot):
        await pilot.press("space")
        await pilot.pause()
        assert app.lines() == [
            "  ID     WHERE                      IDLE",
            "* …428-a 日本語の名前です             0s",
            "> …428-b [red]x[/]                    0s",
            " " * 40,
            " " * 40,
            " " * 40,
        ]
        await pilot.press("space")
        app.show(given, signs=Signs(is_ascii=True))
        await pilot.pause()
        assert app.lines()[2] == ">*~428-b [red]x[/]                    0s"


@run_aio
async def test_the_cursor_stays_on_its_row_through_add_remove_and_reorder() -> None:
    async with holding(rows("abcdefgh")) as (app, pilot):
        await pilot.press("j", "j")
        line = app.line_of_cursor()
        for keys in ("abcdefgh", "xyzabcdefgh", "yzcdefgh", "hgfedcba"):
            app.now_s += 10
            app.show(rows(keys))
            await pilot.pause()
            assert app.table.cursor_key == "c"
        app.show(rows("xyzabcdefgh"))
        app.table.sort("id")
        await pilot.pause()
        assert (app.table.cursor_key, app.line_of_cursor()) == ("c", line)


@run_aio
async def test_new_rows_above_do_not_move_it_on_the_screen() -> None:
    async with holding(rows("abcdefgh")) as (app, pilot):
        await pilot.press("j")
        assert app.line_of_cursor() == 2
        app.now_s += 10
        app.show(rows("xyzabcdefgh"))
        await pilot.pause()
        assert (app.table.cursor_key, app.line_of_cursor()) == ("b", 2)
        assert app.table.status.more == "3 more above, 3 below"


@run_aio
async def test_a_row_that_goes_away_under_the_cursor_leaves_it_where_it_was() -> None:
    async with holding(rows("abcdefgh")) as (app, pilot):
        await pilot.press("j", "j")
        app.show(rows("abdefgh"))
        await pilot.pause()
        assert (app.table.cursor_key, app.line_of_cursor()) == ("d", 3)
        app.show([], empty="nothing is pending")
        await pilot.pause()
        assert app.table.cursor_key is None
        assert app.lines()[1].strip() == "nothing is pending"
        app.show(rows("abdefgh"))
        await pilot.pause()
        assert app.table.cursor_key == "d"


@run_aio
async def test_rows_keep_their_order_for_a_second_after_a_move() -> None:
    async with holding([row("a", idle=1), row("b", idle=2)]) as (app, pilot):
        app.table.sort("idle")
        await pilot.press("j")
        later = [row("a", idle=3), row("b", idle=2)]
        app.now_s += 0.9
        app.show(later)
        assert [one.key for one in app.table.shown_rows] == ["a", "b"]
        app.now_s += 0.2
        app.show(later)
        assert [one.key for one in app.table.shown_rows] == ["b", "a"]
        assert app.table.cursor_key == "b"


@run_aio
async def test_moving() -> None:
    async with holding(rows("abcdefghij")) as (app, pilot):
        seen = []
        for key in ("G", "k", "g", "up", "down", "pagedown", "end", "pageup", "home"):
            await pilot.press(key)
            seen.append(app.table.cursor_key)
            await pilot.pause()
            assert 1 <= app.line_of_cursor() <= 5
        assert seen == ["j", "i", "a", "a", "b", "f", "j", "f", "a"]


@run_aio
async def test_marks_sorting_and_wide_columns_by_keys() -> None:
    async with holding([row("a", idle=1), row("b", idle=3), row("c", idle=2)]) as (app, pilot):
        await pilot.press("space", "space")
        assert app.table.marks == {"a", "b"}
        assert [one.key for one in app.table.chosen] == ["a", "b"]
        await pilot.press("backslash")
        assert app.table.marks == set()
        await pilot.press("asterisk")
        assert app.table.status.counts == "3 shown, 3 marked"
        await pilot.press("s", "s", "s")
        assert app.table.order.words == "IDLE asc"
        await pilot.press("S")
        await pilot.pause()
        assert [one.key for one in app.table.shown_rows] == ["b", "c", "a"]
        assert app.lines()[0].rstrip() == "  ID     WHERE                     IDLE▼"
        await pilot.press("w")
        await pilot.pause()
        assert app.lines()[0].rstrip() == "  ID        WHERE       IDLE▼ MORE"
        await pilot.press("l", "l", "l", "l")
        await pilot.pause()
        assert app.lines()[1].startswith("* ")
        assert app.lines()[1].endswith("m" * 30)
        await pilot.press("w")
        await pilot.pause()
        assert app.lines()[0].startswith("  ID     WHERE")


@run_aio
async def test_the_mouse() -> None:
    async with holding(rows("abcdefgh")) as (app, pilot):
        await pilot.click(Watched, offset=(5, 3))
        assert app.table.cursor_key == "c"
        await pilot.click(Watched, offset=(5, 2), times=2)
        assert ("opened", "b") in app.heard
        await pilot.click(Watched, offset=(38, 0))
        await pilot.click(Watched, offset=(38, 0))
        assert app.table.order.words == "IDLE desc"
        assert app.heard.count(("head", "idle")) == 2


@run_aio
async def test_the_wheel_scrolls_and_leaves_the_cursor() -> None:
    async with holding(rows("abcdefghij")) as (app, pilot):
        await pilot._post_mouse_events([MouseScrollDown], Watched, offset=(5, 3), button=0)
        await pilot.pause()
        assert app.table.status.above > 0
        assert app.table.cursor_key == "a"
        before = app.lines()
        app.now_s += 10
        app.show(rows("xabcdefghij"))
        await pilot.pause()
        assert app.lines() == before
        await pilot.press("j")
        await pilot.pause()
        assert app.table.cursor_key == "b"
        assert app.line_of_cursor()


@run_aio
async def test_a_filter_hides_rows_and_counts_their_marks() -> None:
    async with holding([row("a", idle=1), row("b", idle=2), row("c", idle=3)]) as (app, pilot):
        await pilot.press("space")
        app.table.narrow(only("idle>1"))
        await pilot.pause()
        assert app.table.cursor_key == "b"
        assert app.heard[-1] == ("changed", "2 of 3 shown, 1 marked, 1 of them not shown")
        app.table.narrow(only("idle>9"))
        await pilot.pause()
        assert app.table.cursor_key is None
        assert [line.strip() for line in app.lines()[1:3]] == [
            "no row fits the filter; esc shows all",
            "3",
        ]
        app.table.narrow(NO_FILTER)
        await pilot.pause()
        assert app.table.cursor_key == "b"
        app.show([row("b")])
        await pilot.pause()
        assert ("marks gone", 1) in app.heard


@run_aio
async def test_following_stays_with_the_last_row_until_it_is_left() -> None:
    async with holding(rows("abcdefgh")) as (app, pilot):
        app.table.is_following = True
        app.show(rows("abcdefghi"))
        await pilot.pause()
        assert (app.table.cursor_key, app.line_of_cursor()) == ("i", 5)
        app.show(rows("abcdefghij"))
        await pilot.press("k")
        assert (app.table.cursor_key, app.table.is_following) == ("i", False)
        app.show(rows("abcdefghijk"))
        assert app.table.cursor_key == "i"


@run_aio
async def test_only_what_has_changed_is_painted() -> None:
    given = rows("abcdefgh")
    async with holding(given) as (app, pilot):
        await pilot.pause()
        app.table.painted.clear()
        app.show(rows("abcdefgh"))
        await pilot.pause()
        assert app.table.painted == []
        app.show([*given[:2], row("c", idle=9), *given[3:7], row("h", idle=9)])
        await pilot.pause()
        assert app.table.painted == [3]
        app.table.painted.clear()
        await pilot.press("j")
        await pilot.pause()
        assert app.table.painted == [1, 2]


@run_aio
async def test_what_is_not_seen_is_not_made_and_what_cannot_be_made_is_told_at_once() -> None:
    async with holding(rows("ab")) as (app, pilot):
        await pilot.pause()
        given = [row(f"{number:03}") for number in range(app.table.size.height)]
        bad = Row("bad", Later(lambda: 1 // 0), {})
        app.show([*given, bad])
        assert "bad" not in app.table.seen_keys
        with pytest.raises(ZeroDivisionError):
            app.show([given[0], bad])
        app.show(given)


def test_lines_that_follow_each_other_are_one_stretch() -> None:
    assert list(stretches([])) == []
    assert list(stretches([1, 2, 3, 7, 9, 10])) == [(1, 3), (7, 7), (9, 10)]


@run_aio
async def test_some_rows_can_be_shown_anew_without_the_others() -> None:
    async with holding([row("a", idle=1), row("b", idle=2)]) as (app, pilot):
        app.table.sort("idle")
        await pilot.pause()
        app.table.painted.clear()
        app.table.change([row("a", idle=9)])
        await pilot.pause()
        assert app.table.painted == [1]
        assert app.lines()[1].endswith("9s")
        assert app.table.seen_keys == {"a", "b"}


@run_aio
async def test_rows_of_a_look_that_is_old_are_all_grey() -> None:
    async with holding(rows("a")) as (app, pilot):
        greys = []
        for is_stale in (False, True):
            app.show(rows("a"), is_stale=is_stale)
            await pilot.pause()
            styles = [one.style for one in app.table.render_line(1) if one.text.strip()]
            greys.append([style is not None and bool(style.dim) for style in styles])
        assert not any(greys[0])
        assert len(greys[1]) > 1
        assert all(greys[1][1:])


@run_aio
async def test_another_size_keeps_the_cursor_in_sight() -> None:
    async with holding(rows("abcdefgh"), size=(40, 9)) as (app, pilot):
        await pilot.press("G")
        await pilot.resize_terminal(90, 4)
        await pilot.pause()
        assert app.table.cursor_key == "h"
        assert app.line_of_cursor() == 3
        assert "MORE" in app.lines()[0]
        assert {len(line) for line in app.lines()} == {90}
