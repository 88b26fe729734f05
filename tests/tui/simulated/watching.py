"""A made-up fleet with a clock that only the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from clipsaver.tui.sources.seen import Seen
from clipsaver.tui.sources.simulated import Scene, SimulatedFleet
from clipsaver.tui.sources.wanted import View, Wanted
from clipsaver.tui.sources.wishes import Deed, Preview, Result, Wish

T = TypeVar("T")


def answer(asked: Coroutine[Any, Any, T]) -> T:
    """What it comes to."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(asked)


class Watched:
    """One fleet, at `at_s` seconds since its start."""

    def __init__(self, scene: Scene, seed: int = 1, *, rows: int = 31) -> None:
        self.at_s = 0.0
        self.fleet = SimulatedFleet(scene, seed, lambda: self.at_s, rows=rows)

    def look(self, view: View, **wanted: Any) -> Seen:
        return answer(self.fleet.source.look(Wanted(view=view, **wanted)))

    def body(self, view: View, **wanted: Any) -> Any:
        return self.look(view, **wanted).body

    def preview(self, deed: Deed, *keys: str, **wish: Any) -> Preview:
        return answer(self.fleet.operator.preview(Wish(deed, keys, **wish)))

    def do(self, deed: Deed, *keys: str, **wish: Any) -> Result:
        return self.grant(Wish(deed, keys, **wish))

    def grant(self, wish: Wish) -> Result:
        return answer(self.fleet.operator.do(wish))

    def pass_s(self, seconds: float) -> None:
        self.at_s += seconds
