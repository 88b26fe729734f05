"""What a row says to those who act on it or look for more of it. Pure."""

from __future__ import annotations

from clipsaver.queue.operating.jobs import JobRow
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.tui.filters.terms import quoted
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.rows import Row


def place_of(row: Row | None) -> dict[str, str]:
    """Guild and channel of a job, as fields of a new one."""
    job = row.raw.job if row and isinstance(row.raw, JobRow) else None
    found = {"guild_id": job and job.guild_id, "channel_id": job and job.channel_id}
    return {name: value for name, value in found.items() if value}


def holder_of(row: Row | None) -> str | None:
    """The worker that has the entry."""
    return row.raw.worker if row and isinstance(row.raw, PendingEntry) else None


def log_filter_of(row: Row | None, view: View) -> str:
    """What shows in Logs only what concerns it; empty = nothing does."""
    if row is None:
        return ""
    if view is View.WORKERS:
        return f"worker={quoted(row.key)}"
    return f"run={quoted(str(run))}" if (run := row.values.get("run")) else ""
