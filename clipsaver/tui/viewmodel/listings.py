"""The lists of all screens that have one."""

from __future__ import annotations

from collections.abc import Mapping

from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel import dead, jobs, pending
from clipsaver.tui.viewmodel.rows import Listing

LISTINGS: Mapping[View, Listing] = {
    View.JOBS: jobs.LISTING,
    View.PENDING: pending.LISTING,
    View.DEAD: dead.LISTING,
}
"""Of every screen but the overview; of dead letters by cause."""
DEAD_EACH = dead.EACH
"""Dead letters one by one."""
