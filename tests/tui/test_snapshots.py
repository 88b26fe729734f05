"""Every screen in every state that the state table has, at both sizes.

The light palette is held to the states that between them have every tone: which tone a text has is
in the dark ones. `CLIPSAVER_TEST_SNAPSHOTS=write` writes them anew; what that changes is then to be
looked at in the difference.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from textual.screen import Screen

from clipsaver.tui.app import ClipsaverApp
from clipsaver.tui.settings import TuiSettings
from clipsaver.tui.sources.simulated import Scene, SimulatedFleet
from clipsaver.tui.sources.wanted import View
from tests.tui.held import looked
from tests.tui.pictures import held_against, strips_of, styles_of, text_of
from tests.tui.running import run_aio

if TYPE_CHECKING:
    from textual.pilot import Pilot

SIZES = {"120x40": (120, 40), "80x24": (80, 24)}


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

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def look(self) -> None:
        await looked(self.pilot)

    async def begin(self, view: View) -> None:
        """On a screen that nobody was on before, when all that went before is no news any more."""
        self.clock.now_s += 30
        self.app.go(view)
        await self.pilot.pause()

    async def settled(self) -> list[str]:
        """What it shows once what is fetched for the row under the cursor is there, too."""
        before = None
        for _ in range(_FEW):
            if self.app.looker.state.is_down:  # another look would be another try
                self.app.paint()
                await self.pilot.pause()
            else:
                await self.look()
            if (now := text_of(self.app)) == before:
                return now
            before = now
        raise AssertionError("it goes on changing, although nothing does")

    async def leave_dialogs(self) -> None:
        while len(self.app.screen_stack) > _SCREENS:
            self.app.pop_screen()
            await self.pilot.pause()


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
    "filtered": State(step=filter_it, views=tuple(FILTERS)),
    "marked": State(step=mark_two, views=MARKED),
    "opened": State(step=open_row),
    "dialog": State(step=ask_first),
    "redis-away": State(step=redis_goes, undo=all_is_back),
    "never-seen": State(Scene.REDIS_AWAY, try_four_times),
    "database-away": State(step=database_goes, undo=all_is_back),
    "no-worker": State(Scene.NO_WORKER, views=(View.OVERVIEW, View.PENDING, View.WORKERS)),
    "token-rejected": State(Scene.TOKEN_REJECTED, views=(View.OVERVIEW, View.LIMITS, View.WORKERS)),
    "versions-differ": State(Scene.VERSIONS_DIFFER, views=(View.OVERVIEW, View.WORKERS, View.LOGS)),
    "strange": State(Scene.STRANGE),
    "read-only": State(settings={"why_read_only": "--read-only was given"}),
    "ascii": State(settings={"is_ascii": True}),
}
IN_LIGHT = ("busy", "marked", "dialog", "redis-away")
CASES = [
    *((name, "dark", size) for name in STATES for size in SIZES),
    *((name, "light", "120x40") for name in IN_LIGHT),
]


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


@pytest.mark.usefixtures("_only_as_told")
@pytest.mark.parametrize(("name", "palette", "size"), CASES)
@run_aio
async def test_every_screen(name: str, palette: str, size: str) -> None:
    state, clock = STATES[name], Clock()
    fleet = SimulatedFleet(state.scene, 1, clock)
    first = state.views[0]
    settings = TuiSettings(tick_s=30.0, theme=palette, images="off", first=first, **state.settings)
    app = ClipsaverApp(fleet.source, fleet.operator, settings, clock=clock)
    differences = []
    async with app.run_test(size=SIZES[size]) as pilot:
        stage = Stage(app, fleet, clock, pilot)
        for view in state.views:
            await stage.begin(view)
            if state.step is not nothing_more:
                await stage.look()
            await state.step(stage)
            shown = await stage.settled()
            sections = [("screen", shown)] if palette == "dark" else []
            sections.append((palette, styles_of(strips_of(app))))
            differences.append(held_against(f"{view.value}/{name}-{size}.{palette}", sections))
            await stage.leave_dialogs()
            state.undo(stage)
    assert not any(differences), "\n".join(filter(None, differences))
