"""Bars, curves and marks, in block characters or in ASCII. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_EIGHTHS = "▁▂▃▄▅▆▇█"
_ASCII_LEVELS = "_.-=+*%#"


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters that a terminal can show."""

    is_ascii: bool = False

    @property
    def ellipsis(self) -> str:
        return "~" if self.is_ascii else "…"

    def bar(self, share: float, width: int) -> str:
        """A bar of `width` cells, of which `share` (0 to 1) is full."""
        full = round(max(0.0, min(1.0, share)) * width)
        done, rest = ("#", ".") if self.is_ascii else ("█", "░")
        return done * full + rest * (width - full)

    def moving(self, at_ms: int, width: int) -> str:
        """The bar of something whose end is unknown: a block that wanders with time."""
        size = max(1, width // 6)
        span = max(1, width - size)
        step = (at_ms // 250) % (2 * span)
        start = step if step <= span else 2 * span - step
        done, rest = ("#", ".") if self.is_ascii else ("█", "░")
        return rest * start + done * size + rest * (width - size - start)

    def curve(self, values: Sequence[float], width: int) -> str:
        """The last `width` values as heights beside the largest of them; none is flat."""
        levels = _ASCII_LEVELS if self.is_ascii else _EIGHTHS
        shown = list(values)[-width:]
        most = max(shown, default=0) or 1
        heights = [levels[min(7, max(0, round(one / most * 7)))] for one in shown]
        return "".join(heights).rjust(width, levels[0])
