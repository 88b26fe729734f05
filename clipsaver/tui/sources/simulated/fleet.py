"""A made-up fleet behind the protocols of the terminal UI."""

from __future__ import annotations

from collections.abc import Callable

from clipsaver.tui.sources.simulated.faults import Faults
from clipsaver.tui.sources.simulated.operator import SimulatedOperator
from clipsaver.tui.sources.simulated.scenes import FEWEST_ROWS, Scene, begin
from clipsaver.tui.sources.simulated.source import SimulatedSource

BEGAN_AT_MS = 1_769_429_077_000
"""2026-01-26 12:04:37 UTC."""


class SimulatedFleet:
    """One scene, which begins now and goes on with the clock.

    `clock` gives seconds from anywhere on; tests freeze it. `began_at_ms` is the Unix time that the
    fleet takes its beginning for. `rows` is about how many entries there are, from 31 on.
    """

    def __init__(
        self,
        scene: Scene,
        seed: int,
        clock: Callable[[], float],
        *,
        began_at_ms: int = BEGAN_AT_MS,
        rows: int = FEWEST_ROWS,
    ) -> None:
        self._clock = clock
        self._began_at = clock()
        self._began_at_ms = began_at_ms
        begun = begin(scene, seed, began_at_ms, rows)
        self._world = begun.world
        self._faults = begun.faults
        self.source = SimulatedSource(begun.world, self._arrive)
        self.operator = SimulatedOperator(begun, self._arrive)

    @property
    def faults(self) -> Faults:
        """To let something go wrong now, such as `faults.goes_away("redis")`."""
        self._arrive()
        return self._faults

    def _arrive(self) -> None:
        passed_ms = round((self._clock() - self._began_at) * 1000)
        self._world.advance(self._began_at_ms + passed_ms)
