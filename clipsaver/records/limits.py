"""What was learnt of Discord's limits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LearntLimit:
    """A limit of Discord's that only a 429 has shown; it binds its route on all channels."""

    route: str
    """Method and path template."""
    count: int
    """So many requests to one channel or guild in the window."""
    window_s: float
    patience_s: float
    """How long after the last lesson it is tried whether Discord is more generous now."""
