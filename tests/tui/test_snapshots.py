"""Every screen in every state that the state table has, at both sizes.

The light palette is held to the states that between them have every tone: which tone a text has is
in the dark ones. `CLIPSAVER_TEST_SNAPSHOTS=write` writes them anew; what that changes is then to be
looked at in the difference.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from clipsaver.tui.app import ClipsaverApp
from clipsaver.tui.looking.state import Looking
from clipsaver.tui.settings import TuiSettings
from clipsaver.tui.sources.simulated import Scene, SimulatedFleet
from clipsaver.tui.sources.wanted import View, Wanted
from tests.tui.held import looked
from tests.tui.pictures import held_against, strips_of, styles_of, text_of
from tests.tui.running import run_aio

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from clipsaver.queue.produce import JobStatus
    from clipsaver.tui.sources.seen import Seen
    from clipsaver.tui.sources.wishes import Preview, Result, Wish

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "ascii": {"is_ascii": True},
    "read-only": {"why_read_only": "--read-only was given"},
}
SIZES = {"120x40": (120, 40), "80x24": (80, 24)}
PALETTES = ("dark", "light")
IN_LIGHT = ("busy", "marked", "dialog", "redis-away")


class Clock:
    """It stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Switched:
    """A source and an operator that can be exchanged behind a running application."""

    fleet: SimulatedFleet

    async def look(self, wanted: Wanted) -> Seen:
        return await self.fleet.source.look(wanted)

    async def progress(self, _: Sequence[str]) -> Mapping[str, JobStatus]:
        return {}

    async def picture(self, storage_key: str) -> bytes | None:
        return await self.fleet.source.picture(storage_key)

    async def preview(self, wish: Wish) -> Preview:
        return await self.fleet.operator.preview(wish)

    async def do(self, wish: Wish) -> Result:
        return await self.fleet.operator.do(wish)


@dataclass(frozen=True)
class Stage:
    """An application in front of fleets that stand still."""

    app: ClipsaverApp
    switched: Switched
    clock: Clock
    pilot: Pilot[None]

    @property
    def fleet(self) -> SimulatedFleet:
        return self.switched.fleet

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def look(self) -> None:
        await looked(self.pilot)

    async def begin(self, view: View) -> None:
        """As if it had just been started there."""
        while len(self.app.screen_stack) > self._fewest:
            self.app.pop_screen()
        self.app.looker.state, self.app.framing.said = Looking(), None
        self.app.go(view)
        await self.pilot.pause()
        while self.app.current.leave():
            pass
        await self.look()
        self.app.current.perform("move.first")

    _fewest = 2
    """Textual's own screen, and one of the eight."""


Step = Callable[[Stage], Awaitable[None]]


async def nothing_more(_: Stage) -> None:
    """The screen as it comes."""


async def redis_goes(stage: Stage) -> None:
    stage.fleet.faults.goes_away("redis")
    stage.clock.now_s += 14
    await stage.look()
    stage.fleet.faults.is_back("redis")


async def database_goes(stage: Stage) -> None:
    stage.fleet.faults.goes_away("database")
    stage.clock.now_s += 5
    await stage.look()
    stage.fleet.faults.is_back("database")


async def filter_it(stage: Stage) -> None:
    await stage.press("slash", *FILTERS[stage.app.view], "enter")
    await stage.look()


async def mark_two(stage: Stage) -> None:
    await stage.press("space", "j", "space")


async def open_row(stage: Stage) -> None:
    await stage.press("enter")
    await stage.look()


async def ask_first(stage: Stage) -> None:
    await stage.press(*DIALOGS[stage.app.view])
    for _ in range(50):  # until the preview has come and the dialog is there
        await stage.pilot.pause()
        if len(stage.app.screen_stack) > 2:
            break
    await stage.pilot.pause()


MARKED = (View.JOBS, View.PENDING, View.DEAD, View.WORKERS, View.CLIPS)
FILTERS: Mapping[View, tuple[str, ...]] = {
    View.JOBS: tuple("running"),
    View.PENDING: tuple("idle>1s"),
    View.DEAD: tuple("bad"),
    View.LIMITS: tuple("get"),
    View.WORKERS: tuple("gone"),
    View.CLIPS: tuple("ready"),
    View.LOGS: tuple("done"),
}
DIALOGS: Mapping[View, tuple[str, ...]] = {
    View.OVERVIEW: ("question_mark",),
    View.JOBS: ("X",),
    View.PENDING: ("space", "j", "space", "D"),
    View.DEAD: ("D",),
    View.LIMITS: ("colon",),
    View.WORKERS: ("P",),
    View.CLIPS: ("Y", "Y"),
    View.LOGS: ("ctrl+p",),
}


@dataclass(frozen=True)
class State:
    """One row of the state table."""

    scene: Scene = Scene.BUSY
    step: Step = nothing_more
    views: tuple[View, ...] = tuple(View)


STATES = {
    "busy": State(),
    "empty": State(Scene.EMPTY),
    "filtered": State(step=filter_it, views=tuple(FILTERS)),
    "marked": State(step=mark_two, views=MARKED),
    "opened": State(step=open_row),
    "dialog": State(step=ask_first),
    "redis-away": State(step=redis_goes),
    "never-seen": State(Scene.REDIS_AWAY),
    "database-away": State(step=database_goes),
    "no-worker": State(Scene.NO_WORKER, views=(View.OVERVIEW, View.PENDING, View.WORKERS)),
    "token-rejected": State(Scene.TOKEN_REJECTED, views=(View.OVERVIEW, View.LIMITS, View.WORKERS)),
    "versions-differ": State(Scene.VERSIONS_DIFFER, views=(View.OVERVIEW, View.WORKERS, View.LOGS)),
    "strange": State(Scene.STRANGE),
}  # fmt: skip


KINDS = [("plain", "dark"), ("plain", "light"), ("ascii", "dark"), ("read-only", "dark")]


def states_of(kind: str, palette: str) -> Mapping[str, State]:
    if kind != "plain":
        return {kind: State()}
    return STATES if palette == "dark" else {name: STATES[name] for name in IN_LIGHT}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("kind", "palette"), KINDS)
@run_aio
async def test_every_screen(kind: str, palette: str, size: str) -> None:
    clock, switched = Clock(), Switched()
    settings = TuiSettings(tick_s=30.0, theme=palette, images="off", **SETTINGS[kind])
    app = ClipsaverApp(switched, switched, settings, clock=clock)
    switched.fleet = SimulatedFleet(Scene.EMPTY, 1, clock)
    differences = []
    async with app.run_test(size=SIZES[size]) as pilot:
        stage = Stage(app, switched, clock, pilot)
        for name, state in states_of(kind, palette).items():
            switched.fleet = SimulatedFleet(state.scene, 1, clock)
            for view in state.views:
                await stage.begin(view)
                await state.step(stage)
                shown = text_of(app) if palette == PALETTES[0] else []
                sections = [("screen", shown)] if shown else []
                sections.append((palette, styles_of(strips_of(app))))
                differences.append(held_against(f"{view.value}/{name}-{size}.{palette}", sections))
    assert not any(differences), "\n".join(filter(None, differences))
