"""One application in a terminal, for `benchmarks.tui`: what it is, and what it used.

    python -m benchmarks.tui_side SIDE VIEW ROWS WARM_S SECONDS RESULT

Writes its share of a core in each of some windows in SECONDS as JSON to RESULT, and ends.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import DataTable

from clipsaver.queue.operating.jobs import Phase
from clipsaver.queue.produce import JobState, JobStatus
from clipsaver.tui.app import ClipsaverApp
from clipsaver.tui.settings import TuiSettings
from clipsaver.tui.sources.protocol import Source
from clipsaver.tui.sources.seen import JobsBody, Seen
from clipsaver.tui.sources.simulated import Scene, SimulatedFleet
from clipsaver.tui.sources.wanted import View, Wanted
from clipsaver.tui.viewmodel.listings import LISTINGS
from clipsaver.tui.viewmodel.rows import Look, Row
from clipsaver.tui.widgets.table import KeyedTable

FIRST_MARK = 700_001
"""Messages that the marked run has read at first; one more with each change."""
WINDOWS = 5
EVERY_S = 1.37
"""From one change to the next: at all phases of the ticks."""


class Marked:
    """A source whose first running run reads one message at moments that are known."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._run: str | None = None
        self._began = time.monotonic()
        self.changes: list[float] = []
        """When each mark was there first; the first is 0."""
        self.cost_s = 0.0
        """CPU time that the made-up fleet took, of which a real source has nothing."""

    async def look(self, wanted: Wanted) -> Seen:
        begun = time.process_time()
        seen = await self._source.look(wanted)  # it computes, and waits for nothing
        self.cost_s += time.process_time() - begun
        body = seen.body
        if not isinstance(body, JobsBody):
            return seen
        if self._run is None:
            self._run = next(row.run_id for row in body.rows if row.state == Phase.RUNNING)
        rows = tuple(
            replace(row, messages=self._mark(), state=Phase.RUNNING)
            if row.run_id == self._run
            else row
            for row in body.rows
        )
        return replace(seen, body=replace(body, rows=rows))

    async def progress(self, run_ids: Sequence[str]) -> Mapping[str, JobStatus]:
        begun = time.process_time()
        told = dict(await self._source.progress(run_ids))
        self.cost_s += time.process_time() - begun
        if self._run in told:
            told[self._run] = replace(
                told[self._run], messages=self._mark(), state=JobState.RUNNING
            )
        return told

    async def picture(self, storage_key: str) -> bytes | None:
        return await self._source.picture(storage_key)

    def _mark(self) -> int:
        """The mark that holds now."""
        number = int((time.monotonic() - self._began) / EVERY_S)
        while len(self.changes) <= number:
            self.changes.append(self._began + len(self.changes) * EVERY_S)
        return FIRST_MARK + number


class Bare(App[None]):
    """A table and nothing else, which is given all rows each second."""

    def __init__(self, source: Source, view: View, rows: int) -> None:
        super().__init__()
        self._source = source
        self._wanted = Wanted(view=view, rows=rows)
        self.listing = LISTINGS[view]

    async def on_mount(self) -> None:
        await self._look()
        self.set_interval(1.0, self._look)

    async def _look(self) -> None:
        seen = await self._source.look(self._wanted)
        self.show(self.listing.rows(seen, Look(now_ms=seen.at_ms)))

    def show(self, rows: Sequence[Row]) -> None:
        raise NotImplementedError


class BareKeyed(Bare):
    """Ours."""

    def compose(self) -> ComposeResult:
        yield KeyedTable()

    def show(self, rows: Sequence[Row]) -> None:
        self.query_one(KeyedTable).set(self.listing.columns, rows)


class BareRefilled(Bare):
    """Textual's, as it is filled in most programs that show something live."""

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")

    def show(self, rows: Sequence[Row]) -> None:
        table = self.query_one(DataTable)
        names = [column.name for column in self.listing.columns]
        if not table.columns:
            table.add_columns(*names)
        table.clear()
        table.add_rows([row.cells[name].text for name in names] for row in rows)


class BareUpdated(BareRefilled):
    """Textual's, with only those cells changed that are not what they were."""

    def show(self, rows: Sequence[Row]) -> None:
        table = self.query_one(DataTable)
        names = [column.name for column in self.listing.columns]
        if not table.columns:
            for column in self.listing.columns:
                table.add_column(column.name, key=column.name, width=column.width)
        for row in rows:
            if row.key not in table.rows:
                table.add_row(*(row.cells[name].text for name in names), key=row.key)
                continue
            for name in names:
                if table.get_cell(row.key, name) != row.cells[name].text:
                    table.update_cell(row.key, name, row.cells[name].text)
        there = {row.key for row in rows}
        for key in [key for key in table.rows if key.value not in there]:
            table.remove_row(key)


BARE: dict[str, type[Bare]] = {
    "keyed": BareKeyed,
    "refilled": BareRefilled,
    "updated": BareUpdated,
}


async def run(side: str, view: View, rows: int, warm_s: float, seconds: float) -> dict[str, object]:
    """What the application used in the window, and when the marks changed."""
    fleet = SimulatedFleet(Scene.BUSY, 1, time.monotonic, rows=rows)
    marked = Marked(fleet.source)
    app: App[None]
    if side == "clipsaver":
        app = ClipsaverApp(marked, fleet.operator, TuiSettings(first=view))
    else:
        app = BARE[side](marked, view, rows)
    used: list[float] = []
    of_fleet: list[float] = []

    async def measure() -> None:
        await asyncio.sleep(warm_s)
        for _ in range(WINDOWS):
            begun, fleets = time.process_time(), marked.cost_s
            await asyncio.sleep(seconds / WINDOWS)
            fleets = marked.cost_s - fleets
            used.append((time.process_time() - begun - fleets) * WINDOWS / seconds)
            of_fleet.append(fleets * WINDOWS / seconds)
        app.exit()

    gc.freeze()  # as `clipsaver tui` does
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(measure())
        await app.run_async()
    return {"shares": used, "of_fleet": of_fleet, "changes": marked.changes}


def main() -> None:
    """See the module."""
    side, view, rows, warm_s, seconds, result = sys.argv[1:]
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        told = runner.run(run(side, View(view), int(rows), float(warm_s), float(seconds)))
    Path(result).write_text(json.dumps(told))


if __name__ == "__main__":
    main()
