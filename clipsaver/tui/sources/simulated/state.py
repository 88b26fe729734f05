"""Runs and workers of a made-up fleet as they stand. Times are Unix ms."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from clipsaver.queue.entries import Entry
from clipsaver.queue.operating.sketch import Sketch
from clipsaver.queue.operating.verdicts import Rules
from clipsaver.queue.operating.workers import WorkerState
from clipsaver.queue.progress import Obstacle
from clipsaver.queue.series import Done

RULES = Rules(lease_ms=30_000, max_attempts=8, max_deliveries=5)
"""A longer lease than the default, so that one can watch it run out."""
BACKOFF_S = (2.0, 600.0)
EXPIRES_MS = 15_000
"""Without a heartbeat for so long a worker is gone."""


class Spot(enum.Enum):
    """Which part of the stream an entry is in."""

    HELD = enum.auto()
    LINE = enum.auto()
    UNREAD = enum.auto()
    DELAYED = enum.auto()


@dataclass(slots=True)
class Run:
    """A run that is not over."""

    run_id: str
    first_ms: int
    """When its first entry was pushed."""
    entry_id: str
    """While it is delayed: its last one."""
    job: bytes
    sketch: Sketch
    per_page: float
    """Messages of a page."""
    to_read: float
    """Pages in all."""
    density: float
    """Clips of a message."""
    spot: Spot
    since_ms: int
    """When it came there."""
    holder: str = ""
    deliveries: int = 0
    """Without a committed page or an outcome."""
    attempts: int = 0
    waits: int = 0
    retry_of: str = ""
    retries: int = 0
    hosts: tuple[str, ...] = ()
    reason: str = ""
    error: str = ""
    due_ms: int = 0
    has_failed: bool = False
    """Of one that is delayed: whether it failed, or is put off."""
    has_body: bool = True
    was_taken: bool = False
    pages: float = 0.0
    """As of `mark_ms`; from then on `rate` pages a second are added."""
    mark_ms: int = 0
    rate: float = 0.0
    pages_at_take: float = 0.0
    obstacle: Obstacle | None = None
    doom: Exception | None = None
    """What it fails of whenever it is begun."""
    written: tuple[object, Entry] | None = None
    """What was made of it for those who look, and of which facts."""
    turn: int = 0
    """Counts what began with it: what was planned for an earlier turn is void."""

    def pages_at(self, now_ms: int) -> float:
        """Pages read by then."""
        return min(self.to_read, self.pages + self.rate * max(0, now_ms - self.mark_ms) / 1000)


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that is over, as the database has it."""

    run: Run
    state: str
    """done, dead or cancelled."""
    at_ms: int
    worker: str
    note: str = ""
    reason: str | None = None


@dataclass(slots=True)
class Tally:
    """What was done, in some minute or since a start."""

    outcomes: Counter[str] = field(default_factory=Counter)
    pages: float = 0.0
    messages: float = 0.0
    clips: float = 0.0
    refused: int = 0
    failures: int = 0
    waits: int = 0
    waited_s: float = 0.0

    def read(self, pages: float, run: Run) -> None:
        """So many pages of the run."""
        messages = pages * run.per_page
        self.pages += pages
        self.messages += messages
        self.clips += messages * run.density

    def add(self, other: Tally) -> None:
        """All of the other as well."""
        self.outcomes.update(other.outcomes)
        for name in ("pages", "messages", "clips", "refused", "failures", "waits", "waited_s"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def done(self) -> Done:
        """As a worker writes it."""
        pages = int(self.pages)
        return Done(
            outcomes={name: count for name, count in self.outcomes.items() if count},
            pages=pages,
            messages=int(self.messages),
            clips=int(self.clips),
            requests=pages + self.refused + self.failures + self.outcomes.total(),
            refused=self.refused,
            failures=self.failures,
            waits=self.waits,
            waited_s=round(self.waited_s, 3),
            commits=pages // 3 + self.outcomes.total(),
        )


@dataclass(slots=True)
class Hand:
    """A worker."""

    name: str
    host: str
    pid: int
    slots: int
    """One of them is for live jobs only."""
    started_ms: int
    seen_ms: int
    """Its last heartbeat."""
    renewed_ms: int
    """When it renewed its leases last."""
    version: str
    state: WorkerState = WorkerState.RUNNING
    is_dead: bool = False
    is_silent: bool = False
    """It beats, and its parts say nothing that this version understands."""
    grace_until_ms: int = 0
    """Of one that stops: until then its jobs may go on."""
    total: Tally = field(default_factory=Tally)
    """Since its start."""
    memory_mb: float = 140.0
    life: int = 0
    """Counts its starts: what was planned for an earlier one is void."""

    def is_alive(self, now_ms: int) -> bool:
        """Whether its heartbeat is there."""
        return now_ms - self.seen_ms < EXPIRES_MS


def moment(at_ms: int) -> datetime:
    """Unix ms as the database gives times."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)
