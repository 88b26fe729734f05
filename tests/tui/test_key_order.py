"""Keys that arrive all at once, as over a slow line."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from clipsaver.tui.app import ClipsaverApp
from clipsaver.tui.settings import TuiSettings
from clipsaver.tui.sources.simulated import Scene, SimulatedFleet
from clipsaver.tui.sources.wanted import View
from tests.tui.running import run_aio, until


def arrives(app: ClipsaverApp, keys: str) -> None:
    """As the terminal hands them on: no pause between, and none to draw."""
    names = {"\r": "enter", "\x1b": "escape", "\x15": "ctrl+u", "/": "slash"}
    for one in keys:
        character = one if one.isprintable() else None
        app.post_message(events.Key(names.get(one, one), character))


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
