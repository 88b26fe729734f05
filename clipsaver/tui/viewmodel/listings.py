"""The lists of all screens that have one."""

from __future__ import annotations

from collections.abc import Mapping

from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel import clips, dead, jobs, limits, logs, pending, workers
from clipsaver.tui.viewmodel.rows import Listing

LISTINGS: Mapping[View, Listing] = {
    View.JOBS: jobs.LISTING,
    View.PENDING: pending.LISTING,
    View.DEAD: dead.LISTING,
    View.LIMITS: limits.LISTING,
    View.WORKERS: workers.LISTING,
    View.CLIPS: clips.LISTING,
    View.LOGS: logs.LISTING,
}
"""Of every screen but the overview; of dead letters by cause."""
DEAD_EACH = dead.EACH
"""Dead letters one by one."""
