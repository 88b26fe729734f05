"""How often to look. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

SHORTEST_S: Final = 0.25
LONGEST_S: Final = 30.0
UNWATCHED_S: Final = 5.0
"""Nobody sees a terminal that has no focus, and looking costs a server something."""
_STEPS_S: Final = (SHORTEST_S, 0.5, 1.0, 2.0, 5.0, 10.0, LONGEST_S)


@dataclass(frozen=True, slots=True)
class Pace:
    """The tick that a person chose, and what slows it down."""

    tick_s: float = 1.0
    is_paused: bool = False
    is_watched: bool = True
    """Whether the terminal has the focus."""

    @property
    def interval_s(self) -> float | None:
        """From one look to the next; None = none comes by itself."""
        if self.is_paused:
            return None
        return self.tick_s if self.is_watched else max(self.tick_s, UNWATCHED_S)

    def faster(self) -> Pace:
        return self._with_tick(max((s for s in _STEPS_S if s < self.tick_s), default=SHORTEST_S))

    def slower(self) -> Pace:
        return self._with_tick(min((s for s in _STEPS_S if s > self.tick_s), default=LONGEST_S))

    def _with_tick(self, tick_s: float) -> Pace:
        return replace(self, tick_s=tick_s)
