"""Every screen in every state that the state table has, at both sizes.

Each is held in every palette. `CLIPSAVER_TEST_SNAPSHOTS=write` writes them anew; what that changes
is then to be looked at in the difference.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from textual.screen import Screen

from clipsaver.tui.actions.moving import LISTS
from clipsaver.tui.app import ClipsaverApp
from clipsaver.tui.painting.theme import PALETTES
from clipsaver.tui.settings import TuiSettings
from clipsaver.tui.sources.seen import Seen
from clipsaver.tui.sources.simulated import Scene, SimulatedFleet
from clipsaver.tui.sources.wanted import View, Wanted
from tests.tui.held import looked
from tests.tui.pictures import held_against, strips_of, styles_of, text_of, wear
from tests.tui.running import nothing_is_due, run_aio, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

SIZES = {"120x40": (120, 40), "80x24": (80, 24)}
FIRST = next(iter(PALETTES))
"""The palette that each application is started with."""


class Clock:
    """It stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass(frozen=True)
class Stage:
    """An application in front of a fleet that stands still between two steps."""

    app: ClipsaverApp
    fleet: SimulatedFleet
    clock: Clock
    pilot: Pilot[None]
    may_look: asyncio.Event
    """While it is not set, a look takes its time."""

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def look(self) -> None:
        await looked(self.pilot)

    async def begin(self, view: View) -> None:
        """On a screen that nobody was on before, when all that went before is no news any more."""
        self.clock.now_s += 30
        self.app.framing.said = None  # a timer of its own takes it off, which here is too slow
        self.app.go(view)
        await self.pilot.pause()

    async def settled(self) -> list[str]:
        """What it shows once what is fetched for the row under the cursor is there, too."""
        before = None
        for _ in range(_FEW):
            if self.app.looker.state.is_down or not self.may_look.is_set():
                # Another look would be another try, or would not end.
                self.app.paint()
                await self.pilot.pause()
            else:
                await self.look()
            if (now := text_of(self.app)) == before:
                return now
            before = now
        raise AssertionError("it goes on changing, although nothing does")

    async def leave_dialogs(self) -> None:
        """As a person does: what is behind a dialog waits for its answer."""
        while len(self.app.screen_stack) > _SCREENS:
            await self.press("escape")


_FEW = 6
_SCREENS = 2
"""Textual's own, and one of the eight."""

Step = Callable[[Stage], Awaitable[None]]


async def nothing_more(_: Stage) -> None:
    """The screen as it comes."""


async def try_four_times(stage: Stage) -> None:
    """The next try of its own is seconds away then."""
    for passed_s in (1, 2, 4, 7):
        await stage.look()
        stage.clock.now_s += passed_s


async def redis_goes(stage: Stage) -> None:
    stage.fleet.faults.goes_away("redis")
    await try_four_times(stage)


async def database_goes(stage: Stage) -> None:
    stage.fleet.faults.goes_away("database")
    stage.clock.now_s += 5
    await stage.look()


async def come_back_to_it(stage: Stage) -> None:
    """A quarter of a minute later, while the look that is to tell of it is on its way."""
    await stage.look()
    view = stage.app.view
    stage.app.go(View.LIMITS if view is View.OVERVIEW else View.OVERVIEW)
    stage.clock.now_s += 16
    await stage.look()
    stage.may_look.clear()
    stage.app.go(view)
    await stage.pilot.pause()


def look_again(stage: Stage) -> None:
    stage.may_look.set()


def leave_it(_: Stage) -> None:
    """The next screen begins as it is."""


def all_is_back(stage: Stage) -> None:
    stage.fleet.faults.is_back("redis")
    stage.fleet.faults.is_back("database")


async def filter_it(stage: Stage) -> None:
    stage.app.go(stage.app.view, filter_text=FILTERS[stage.app.view])
    await stage.pilot.pause()
    await stage.look()


async def mark_two(stage: Stage) -> None:
    if stage.app.view is View.LOGS:  # its cursor is on the last row
        await stage.press("k", "k", "k")
    await stage.press("space", "j", "space")


async def open_row(stage: Stage) -> None:
    await stage.press("enter")
    await stage.look()


async def ask_first(stage: Stage) -> None:
    await stage.press(*DIALOGS[stage.app.view])
    await until(lambda: len(stage.app.screen_stack) > _SCREENS, "a dialog is there")
    await stage.pilot.pause()


ALL_LISTS = tuple(view for view in View if view in LISTS)
"""All that can be filtered and marked."""
FILTERS: Mapping[View, str] = {
    View.JOBS: "running",
    View.PENDING: "idle>1s",
    View.DEAD: "bad",
    View.LIMITS: "get",
    View.WORKERS: "gone",
    View.CLIPS: "ready",
    View.LOGS: "done",
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
    settings: Mapping[str, Any] = field(default_factory=dict)
    undo: Callable[[Stage], None] = leave_it


STATES = {
    "busy": State(),
    "empty": State(Scene.EMPTY),
    "filtered": State(step=filter_it, views=ALL_LISTS),
    "marked": State(step=mark_two, views=ALL_LISTS),
    "opened": State(step=open_row),
    "dialog": State(step=ask_first),
    "redis-away": State(step=redis_goes, undo=all_is_back),
    "never-seen": State(Scene.REDIS_AWAY, try_four_times),
    "database-away": State(step=database_goes, undo=all_is_back),
    "stale": State(step=come_back_to_it, undo=look_again),
    "no-worker": State(Scene.NO_WORKER, views=(View.OVERVIEW, View.PENDING, View.WORKERS)),
    "token-rejected": State(Scene.TOKEN_REJECTED, views=(View.OVERVIEW, View.LIMITS, View.WORKERS)),
    "versions-differ": State(Scene.VERSIONS_DIFFER, views=(View.OVERVIEW, View.WORKERS, View.LOGS)),
    "strange": State(Scene.STRANGE),
    "read-only": State(settings={"why_read_only": "--read-only was given"}),
    "ascii": State(settings={"is_ascii": True}),
}


@asynccontextmanager
async def staged(scene: Scene, size: str, **settings: Any) -> AsyncIterator[Stage]:
    """For the time of the block; looks wait while the stage's `may_look` is not set."""
    clock, may_look = Clock(), asyncio.Event()
    fleet = SimulatedFleet(scene, 1, clock)
    look = fleet.source.look
    may_look.set()

    async def look_once_it_may(wanted: Wanted) -> Seen:
        await may_look.wait()
        return await look(wanted)

    fleet.source.look = look_once_it_may
    shown = TuiSettings(tick_s=30.0, images="off", **settings)
    app = ClipsaverApp(fleet.source, fleet.operator, shown, clock=clock)
    async with app.run_test(size=SIZES[size]) as pilot:
        yield Stage(app, fleet, clock, pilot, may_look)


@pytest.fixture
def _only_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks when the test says so, and never by itself a moment after the cursor has moved.

    Nor does it paint between two pictures: half of the time went into that, some 800 times.
    """

    def refresh(screen: Screen[Any]) -> None:
        screen._dirty_widgets.clear()
        screen._compositor._dirty_regions.clear()

    monkeypatch.setattr(Screen, "_compositor_refresh", refresh)
    monkeypatch.setattr(ClipsaverApp, "look_soon", lambda _: None)
    at_once = partial(nothing_is_due, within_s=0.0)
    monkeypatch.setattr("textual.app.wait_for_idle", at_once)
    monkeypatch.setattr("textual.pilot.wait_for_idle", at_once)


@pytest.mark.usefixtures("_only_as_told")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STATES)
@run_aio
async def test_every_screen(name: str, size: str) -> None:
    state, differences = STATES[name], []
    async with staged(
        state.scene, size, first=state.views[0], theme=FIRST, **state.settings
    ) as stage:
        for view in state.views:
            await stage.begin(view)
            if state.step is not nothing_more:
                await stage.look()
            await state.step(stage)
            sections = [("screen", await stage.settled())]
            pictures = []
            for palette in PALETTES:
                await wear(stage.pilot, palette)
                pictures.append(strips_of(stage.app))
            sections.append((" | ".join(PALETTES), styles_of(pictures)))
            differences.append(held_against(f"{view.value}/{name}-{size}", sections))
            await wear(stage.pilot, FIRST)
            await stage.leave_dialogs()
            state.undo(stage)
    assert not any(differences), "\n".join(filter(None, differences))


@pytest.mark.usefixtures("_only_as_told")
@pytest.mark.parametrize("view", [View.PENDING, View.LOGS])
@run_aio
async def test_a_palette_that_is_put_on_is_that_of_an_application_that_began_with_it(
    view: View,
) -> None:
    """Over a list is a dialog: one of ours, and Textual's own."""
    begun, put_on = [], []
    for first in PALETTES:
        async with staged(Scene.BUSY, "80x24", first=view, theme=first) as stage:
            await stage.look()
            await ask_first(stage)
            await stage.settled()
            begun.append(styles_of([strips_of(stage.app)]))
            for palette in PALETTES if first == FIRST else ():
                await wear(stage.pilot, palette)
                put_on.append(styles_of([strips_of(stage.app)]))
    assert put_on == begun
    assert len(set(map(tuple, begun))) == len(PALETTES)
