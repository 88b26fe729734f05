"""An application over a source that tests hold in their hand. No clock runs but theirs."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from textual.pilot import Pilot

from clipsaver.errors import RedisUnavailable
from clipsaver.queue.produce import JobStatus
from clipsaver.tui.app import ClipsaverApp
from clipsaver.tui.settings import TuiSettings
from clipsaver.tui.sources.seen import Seen
from clipsaver.tui.sources.wanted import View, Wanted
from clipsaver.tui.sources.wishes import Preview, Result, Wish

Test = Callable[..., Awaitable[None]]


def run_aio(test: Test) -> Callable[..., None]:
    """A test of Textual: sync for pytest, asyncio inside."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


class HeldSource:
    """Gives what it is told to, and says what it was asked for."""

    def __init__(self, by_view: Mapping[View, Seen]) -> None:
        self.by_view = dict(by_view)
        self.error: Exception | None = None
        """Raised by each look while it is there."""
        self.wanted: list[Wanted] = []
        self.statuses: dict[str, JobStatus] = {}
        self.pictures: dict[str, bytes] = {}

    async def look(self, wanted: Wanted) -> Seen:
        self.wanted.append(wanted)
        if self.error is not None:
            raise self.error
        seen = self.by_view.get(wanted.view)
        if seen is None:
            some = next(iter(self.by_view.values()))
            return replace(some, body=None)
        return seen

    async def progress(self, run_ids: Sequence[str]) -> Mapping[str, JobStatus]:
        if isinstance(self.error, RedisUnavailable):
            raise self.error
        return {one: self.statuses[one] for one in run_ids if one in self.statuses}

    async def picture(self, storage_key: str) -> bytes | None:
        return self.pictures.get(storage_key)


class HeldOperator:
    """Previews so many things, and notes what it is asked to do."""

    def __init__(self) -> None:
        self.done: list[Wish] = []
        self.is_risky = False
        self.error: Exception | None = None
        self.gate: asyncio.Event | None = None
        """Where there is one, deeds wait for it."""

    async def preview(self, wish: Wish) -> Preview:
        if self.error is not None:
            raise self.error
        count = len(wish.keys) or 1
        facts = (("what", f"{count} of [red]them[/red]"),)
        return Preview(wish, count, facts, f"clipsaver twin {count}", self.is_risky)

    async def do(self, wish: Wish) -> Result:
        if self.gate is not None:
            await self.gate.wait()
        self.done.append(wish)
        undo = replace(wish, why="undo") if wish.why != "undo" else None
        return Result(f"did it to {len(wish.keys)}", "clipsaver twin", undo=undo)


def application(source: HeldSource, operator: HeldOperator, **settings: Any) -> ClipsaverApp:
    """One whose own ticks do not come during a test: looks come when they are asked for."""
    settings.setdefault("tick_s", 30.0)
    return ClipsaverApp(source, operator, TuiSettings(**settings))


async def looked(pilot: Pilot[None]) -> None:
    """Has it look now, and waits until what it saw is painted."""
    app = pilot.app
    assert isinstance(app, ClipsaverApp)
    state = app.looker.state
    app.looker.look_now()
    while app.looker.state is state:
        await asyncio.sleep(0)
    await pilot.pause()
    app.paint()
    await pilot.pause()
