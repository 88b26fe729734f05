"""The application over real servers, and a person in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from clipsaver.config import Config
from clipsaver.tui.app import ClipsaverApp
from clipsaver.tui.screens.confirm import ConfirmDialog
from clipsaver.tui.screens.listing import ListingScreen
from clipsaver.tui.settings import TuiSettings
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.widgets.table import KeyedTable
from tests.tui.live.conftest import staged
from tests.tui.live.stage import Stage
from tests.tui.running import until

_KEYS = {view: str(number) for number, view in enumerate(View, start=1)}


@dataclass(frozen=True, slots=True)
class Person:
    """Presses keys and reads what is on the terminal."""

    app: ClipsaverApp
    pilot: Pilot[None]
    stage: Stage

    @property
    def screen(self) -> ListingScreen:
        assert isinstance(self.app.current, ListingScreen)
        return self.app.current

    @property
    def table(self) -> KeyedTable:
        return self.screen.table

    @property
    def rows(self) -> list[str]:
        """Keys of the rows, as they are shown."""
        return [row.key for row in self.table.shown_rows]

    @property
    def shown(self) -> str:
        """All that is on the terminal, line by line."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)

    def now(self) -> str:
        """The same, for whoever waits in vain."""
        return self.shown

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def sees(self, words: str) -> None:
        """Returns once these are on the terminal."""
        await until(lambda: words in self.shown, f"{words!r} is shown", shown=self.now)

    async def goes_to(self, view: View, rows: int) -> None:
        """Returns once so many rows are there."""
        await self.press(_KEYS[view])
        await self.has(rows)

    async def has(self, rows: int) -> None:
        await until(lambda: len(self.rows) == rows, f"there are {rows} rows", shown=self.now)

    async def chooses(self, *keys: str) -> None:
        """With the cursor, or with marks where there are more than one."""
        if len(keys) == 1:
            assert self.table.move_to(keys[0])
            return
        for key in keys:
            assert self.table.move_to(key)
            await self.press("space")

    async def is_asked(self, key: str) -> ConfirmDialog:
        """The question that a key leads to."""
        await self.press(key)
        await until(lambda: isinstance(self.app.screen, ConfirmDialog), f"{key} asks")
        dialog = self.app.screen
        assert isinstance(dialog, ConfirmDialog)
        await until(lambda: self.app.focused is not None, "the dialog has the focus")
        return dialog

    async def does(self, *keys: str) -> str:
        """What the last line says when these keys have done what they do, with the command."""
        before = self.app.deeds.last
        await self.press(*keys)
        await until(
            lambda: self.app.deeds.last not in (None, before),
            f"{keys} did something",
            shown=self.now,
        )
        done = self.app.deeds.last
        assert done is not None
        return f"{done.words} | {done.twin}"

    async def answers_wrongly(self, key: str, what: Callable[[], Any]) -> None:
        """Enter at once, or another number than the one that is asked for: nothing is changed."""
        before, done = await what(), self.app.deeds.last
        dialog = await self.is_asked(key)
        if dialog.query("#count"):
            assert isinstance(self.app.focused, Input)
            await self.press("9", "9", "enter")
            assert self.app.screen is dialog
            await self.sees("nothing was changed")
            await self.press("escape")
        else:
            await self.press("enter")  # Cancel has the focus
        await until(lambda: self.app.screen is self.app.current, "the dialog is closed")
        assert (await what(), self.app.deeds.last) == (before, done)

    async def last_record(self) -> tuple[str, int]:
        """What the audit says was done last."""
        event = (await self.stage.actions())[0]
        return event.action, event.count


@asynccontextmanager
async def person_at(
    config: Config,
    *,
    size: tuple[int, int] = (120, 40),
    first: View = View.JOBS,
    tick_s: float = 0.25,
    **settings: Any,
) -> AsyncIterator[Person]:
    """The application for the time of the block, with a mistake of ours in none of it."""
    async with staged(config) as stage:
        shown = TuiSettings(tick_s=tick_s, images="off", first=first, **settings)
        app = ClipsaverApp(stage.source, stage.operator, shown)
        async with app.run_test(size=size) as pilot:
            yield Person(app, pilot, stage)
        assert app.looker.state.mistake == ""
