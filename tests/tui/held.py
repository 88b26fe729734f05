"""An application over a source that tests hold in their hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from textual.pilot import Pilot

from clipsaver.queue.operating.trees import TaskTree
from clipsaver.queue.produce import JobStatus
from clipsaver.tui.app import ClipsaverApp
from clipsaver.tui.settings import TuiSettings
from clipsaver.tui.sources.seen import Seen
from clipsaver.tui.sources.simulated import Scene, SimulatedFleet
from clipsaver.tui.sources.wanted import Wanted
from clipsaver.tui.sources.wishes import Preview, Result, Wish


class HeldSource:
    """The made-up fleet at one moment, which can be made to fail, and says what it was asked."""

    def __init__(self, scene: Scene = Scene.BUSY) -> None:
        self.now_s = 0.0
        """Its clock: what stands still, a test can compare."""
        self._fleet = SimulatedFleet(scene, 1, lambda: self.now_s)
        self.error: Exception | None = None
        """Raised by each look while it is there."""
        self.wanted: list[Wanted] = []
        self.statuses: dict[str, JobStatus] = {}

    async def look(self, wanted: Wanted) -> Seen:
        self.wanted.append(wanted)
        if self.error is not None:
            raise self.error
        return await self._fleet.source.look(wanted)

    async def progress(self, run_ids: Sequence[str]) -> Mapping[str, JobStatus]:
        return {one: self.statuses[one] for one in run_ids if one in self.statuses}

    async def task_tree(self, worker: str) -> TaskTree:
        return await self._fleet.source.task_tree(worker)

    async def picture(self, storage_key: str) -> bytes | None:
        return await self._fleet.source.picture(storage_key)


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
    seen = asyncio.Event()
    told = app.looker.told
    app.looker.told = lambda: (told(), seen.set())
    app.looker.look_now()
    await seen.wait()
    app.looker.told = told
    app.paint()
    await pilot.pause()
