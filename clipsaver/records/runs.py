"""Runs: one job's life over all its deliveries."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from clipsaver.ranges import RangeSet
from clipsaver.records.pages import PageChanges, PageResult


class RunState(enum.StrEnum):
    """The life of a run, as stored in `runs.state`."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_over(self) -> bool:
        return self not in (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class RunProgress:
    """What a run has done over all its deliveries, as committed."""

    pages: int = 0
    messages: int = 0
    clips: int = 0
    requests: int = 0
    changes: PageChanges = field(default_factory=PageChanges)

    def plus(self, page: PageResult, changes: PageChanges) -> RunProgress:
        """The same with one more committed page."""
        return self.plus_parts((page,), changes)

    def plus_parts(self, parts: Sequence[PageResult], changes: PageChanges) -> RunProgress:
        """The same with one more committed page, which came in parts."""
        return RunProgress(
            pages=parts[0].page_number,
            messages=self.messages + sum(part.messages_read for part in parts),
            clips=self.clips + sum(len(part.clips) for part in parts),
            requests=self.requests + sum(part.requests for part in parts),
            changes=self.changes + changes,
        )


@dataclass(frozen=True, slots=True)
class GuildCounts:
    """What a guild job found in its guild, and what it did about it."""

    channels: int = 0
    """Channels and threads that can hold messages."""
    unreadable: int = 0
    """Channels and threads that the bot may not read."""
    jobs: int = 0
    """Jobs that it added: one for each that has something new, and one that searches."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a run to this worker: what the queue says of it."""

    run_id: str
    fence: int
    """Greater than that of any earlier delivery of this run."""
    attempts: int
    """Failed attempts so far; waits, hand-backs and slices do not count."""
    asked_at: float = 0.0
    """Unix time in seconds at which somebody wanted it: of a job that a guild job or the watch
    added, when these began. What was purged since is not read."""


@dataclass(frozen=True, slots=True)
class RunStart:
    """What a run has left to do at the beginning of a delivery."""

    remaining: RangeSet | None
    """None on the first delivery: the plan has not been made yet."""
    progress: RunProgress = field(default_factory=RunProgress)
    search_left: str | None = None
    """What an earlier delivery kept of its search; None = it has not begun, or there is none."""
