"""Terminals that are small, and terminals that show nothing but ASCII."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from clipsaver.tui.app import ClipsaverApp
from clipsaver.tui.screens.listing import ListingScreen
from clipsaver.tui.screens.words import TextDialog
from clipsaver.tui.sources.wanted import View
from tests.tui.held import HeldOperator, HeldSource, application, looked
from tests.tui.running import run_aio, until

NARROW = (80, 24)
EVERYWHERE = [["question_mark"], ["colon"], ["ctrl+p"]]
DIALOGS = {
    View.JOBS: [*EVERYWHERE, ["Y", "Y"], ["n"], ["X"]],
    View.PENDING: [["D"], ["space", "space", "D"]],
    View.WORKERS: [["T"], ["P"]],
}
"""The keys that open them. On other screens they are the same."""


def shown(app: ClipsaverApp) -> str:
    """All that is on the terminal, line by line."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def listing_is_open(app: ClipsaverApp) -> bool:
    """Whether all that is known of a row is seen."""
    screen = app.current
    assert isinstance(screen, ListingScreen)
    return screen.detail.region.height > 0


async def until_dialog(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, ClipsaverApp)
    await until(lambda: app.screen is not app.current, "a dialog is there")
    await pilot.pause()


@run_aio
async def test_all_that_is_ours_is_ascii_where_nothing_else_is_shown() -> None:
    app = application(HeldSource(), HeldOperator(), is_ascii=True)
    async with app.run_test(size=NARROW) as pilot:
        for view in View:
            app.go(view)
            await looked(pilot)
            assert shown(app).isascii(), shown(app)
            for keys in DIALOGS.get(view, ()):
                await pilot.press(*keys)
                await until_dialog(pilot)
                if keys == ["ctrl+p"]:
                    await until(lambda: "Open what is under" in shown(app), "all is listed")
                assert shown(app).isascii(), f"{view} {keys}\n{shown(app)}"
                await pilot.press("escape")
            if view is not View.OVERVIEW:
                await pilot.press("enter")
                await looked(pilot)
                assert shown(app).isascii(), f"{view} opened\n{shown(app)}"


@run_aio
async def test_a_text_dialog_has_one_frame() -> None:
    app = application(HeldSource(), HeldOperator(), first=View.JOBS)
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        await pilot.press("Y", "Y")
        await until_dialog(pilot)
        assert isinstance(app.screen, TextDialog)
        lines = shown(app).splitlines()
        assert lines[1].startswith("\u2502 {")
        assert {(line[0], line[-1]) for line in lines[1:-1]} == {("\u2502", "\u2502")}


@pytest.mark.parametrize("size", [(60, 15), (40, 10)])
@run_aio
async def test_what_needs_a_person_is_seen_on_a_small_terminal_while_a_row_is_open(
    size: tuple[int, int],
) -> None:
    app = application(HeldSource(), HeldOperator(), first=View.JOBS)
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        await pilot.press("enter")
        await looked(pilot)
        before = shown(app).splitlines()[0]
        await pilot.resize_terminal(*size)
        await pilot.pause()
        lines = shown(app).splitlines()
        assert lines[0].startswith("clipsaver  needs attention")
        assert "dead letters" in lines[1]
        assert lines[-1].startswith("q quit")
        await pilot.resize_terminal(*NARROW)
        await pilot.pause()
        assert shown(app).splitlines()[0][:60] == before[:60]
        assert listing_is_open(app)


@run_aio
async def test_a_dialog_can_be_answered_on_a_small_terminal_and_closes_on_one_without_room() -> (
    None
):
    operator = HeldOperator()
    app = application(HeldSource(), operator, first=View.PENDING)
    async with app.run_test(size=NARROW) as pilot:
        await looked(pilot)
        await pilot.press("space", "space", "D")
        await until_dialog(pilot)
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert "same as" in shown(app)
        for _ in range(3):  # whatever has the focus is seen
            focused = app.focused
            assert isinstance(focused, Button | Input)
            words = str(focused.label) if isinstance(focused, Button) else "to confirm"
            assert words in shown(app)
            await pilot.press("tab")
            await pilot.pause()
        await pilot.resize_terminal(39, 10)
        await pilot.pause()
        assert app.screen is app.current
        assert "needs 40x10, is 39x10" in shown(app)
        await pilot.press("question_mark")
        await pilot.pause()
        assert app.screen is app.current, "nor is one opened there"
        assert not operator.done


@pytest.mark.parametrize("size", [(100, 30), NARROW])
@run_aio
async def test_the_frame_is_as_high_on_a_terminal_that_became_narrower(
    size: tuple[int, int],
) -> None:
    app = application(HeldSource(), HeldOperator(), first=View.JOBS)
    async with app.run_test(size=(120, 40)) as pilot:
        await looked(pilot)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        await looked(pilot)
        lines = shown(app).splitlines()
        assert lines[2].startswith(" /")
        assert lines[-2].startswith(" enter open")
        assert lines[-1].startswith(" cancel asks first")
