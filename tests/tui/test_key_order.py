"""Keys that arrive all at once, as over a slow line."""

from __future__ import annotations

import asyncio

from textual import events
from textual.widgets import Input

from clipsaver.tui.app import ClipsaverApp
from clipsaver.tui.settings import TuiSettings
from clipsaver.tui.sources.protocol import Operator
from clipsaver.tui.sources.simulated import Scene, SimulatedFleet
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.sources.wishes import Preview, Result, Wish
from tests.tui.running import run_aio, until


def arrives(app: ClipsaverApp, keys: str) -> None:
    """As the terminal hands them on: no pause between, and none to draw."""
    names = {"\r": "enter", "\x1b": "escape", "\x15": "ctrl+u", "/": "slash"}
    for one in keys:
        character = one if one.isprintable() else None
        app.post_message(events.Key(names.get(one, one), character))


class Hesitant:
    """An operator that takes its time to say what it would do."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self.may_answer = asyncio.Event()

    async def preview(self, wish: Wish) -> Preview:
        await self.may_answer.wait()
        return await self.operator.preview(wish)

    async def do(self, wish: Wish) -> Result:
        raise AssertionError(f"nobody was asked for {wish}")


@run_aio
async def test_no_question_is_asked_on_another_screen_than_the_one_it_was_for() -> None:
    fleet = SimulatedFleet(Scene.BUSY, 1, lambda: 0.0)
    operator = Hesitant(fleet.operator)
    app = ClipsaverApp(fleet.source, operator, TuiSettings(tick_s=30.0, images="off"))
    async with app.run_test(size=(120, 40)):
        arrives(app, "4")
        await until(lambda: app.current.target() is not None, "there is a row")
        arrives(app, "D3")
        await until(lambda: app.view is View.PENDING and not app.keys_wait, "one has gone on")
        operator.may_answer.set()
        await until(lambda: app.framing.said is not None, "it is said")
        assert app.framing.said is not None
        assert app.framing.said.text == " drop: nothing was done, since you went on; ask again"
        assert len(app.screen_stack) == 2


@run_aio
async def test_what_is_typed_after_a_key_goes_where_that_key_leads() -> None:
    fleet = SimulatedFleet(Scene.BUSY, 1, lambda: 0.0)
    app = ClipsaverApp(fleet.source, fleet.operator, TuiSettings(tick_s=30.0, images="off"))
    async with app.run_test(size=(120, 40)):
        arrives(app, "3/Dropped\x15kind:batch\r")
        await until(lambda: app.current.filter_text == "kind:batch", "the filter is kept")
        assert (app.view, len(app.screen_stack)) == (View.PENDING, 2)  # `D` opened no dialog
        arrives(app, "\x1b" + "12345678" * 3 + "2/x\x1b" + "3/y\r" + "7")
        await until(lambda: app.view is View.CLIPS and not app.keys_wait, "the last key is done")
        filters = {view: app.framed(view).filter_text for view in (View.JOBS, View.PENDING)}
        assert filters == {View.JOBS: "", View.PENDING: "y"}
        app.post_message(events.Key("slash", "/"))
        await until(lambda: isinstance(app.focused, Input), "the filter is typed")
        app.post_message(events.Paste("no\x1b[31m\nclip"))
        await until(lambda: app.current.filter_text == "no clip", "what was pasted is one line")
        assert app.looker.state.mistake == ""
