"""What the writers count."""

from __future__ import annotations

from dataclasses import dataclass

COMMIT_BOUNDS_S = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""By which commits are told from slower ones."""


@dataclass(frozen=True, slots=True)
class WriterStatistics:
    """What the writers did since they were made."""

    groups: int
    """Transactions committed."""
    pages: int
    """Pages committed; those refused or rejected do not count."""
    messages: int
    """Messages read with them."""
    clips: int
    """Clips found in them."""
    rows: int
    """Authors, messages and clips handed in with them."""
    commit_seconds: float
    """Time from sending a group to knowing that it is in, summed over the writers."""
    commit_times: tuple[int, ...]
    """Of the groups, how many took so long: up to each of COMMIT_BOUNDS_S, and longer."""
    last_commit_ms: float | None
    """What the last of these took; None where there was none."""
    waiting: int
    """Pages handed in and not settled, now."""
    is_away: bool
    """Whether the database cannot serve, now."""
