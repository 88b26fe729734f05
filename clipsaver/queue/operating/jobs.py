"""How far runs are: by what the stream holds, and by what their workers report. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.sketch import Sketch
from clipsaver.queue.operating.verdicts import Place
from clipsaver.queue.operating.words import what_comes


class Phase(enum.StrEnum):
    """What a run does, for a person."""

    RUNNING = "running"
    WAITING = "waiting"
    """For a slot."""
    PUT_OFF = "put_off"
    """For an obstacle to go, until it is due."""
    RETRY = "retry"
    """Until it is tried again after a failure."""
    LOST = "lost"
    """Somebody deleted its entry."""


_PHASES: Mapping[Place, Phase] = {
    Place.HELD: Phase.RUNNING,
    Place.LATE: Phase.RUNNING,
    Place.ORPHANED: Phase.WAITING,
    Place.TAKEOVER: Phase.WAITING,
    Place.WAITING: Phase.WAITING,
    Place.UNREAD: Phase.WAITING,
    Place.RETRY: Phase.RETRY,
    Place.PUT_OFF: Phase.PUT_OFF,
    Place.GONE: Phase.LOST,
}


_OF_EVERY_PAGE = frozenset(("pace", "bucket", "asked", "channel"))
"""What a scan at full speed waits for: what it makes of it is its rate."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A run in a list, whether it is over or not."""

    run_id: str
    state: str
    """A Phase, or the state in which it ended."""
    job: Sketch
    share: float | None
    """How much of the work is done, 0 to 1; None where that cannot be told."""
    pages: int
    messages: int
    clips: int
    worker: str | None
    note: str
    """What happens to it next, or why it ended as it did."""
    ended_at: datetime | None = None
    stage: str | None = None
    """What its last delivery is at, or came to: begin, scan, search, list or thumbnails."""
    messages_per_s: float | None = None
    """Lately; None where it does not run, or that cannot be told."""
    eta_at_ms: int | None = None
    """Unix time at which it is done if it goes on like this."""
    waits_for: str | None = None
    """What keeps it from going on, by its stable name."""
    waits_of: str | None = None
    """Which one of these: a route and channel, or a run."""
    waits_since_ms: int | None = None
    """Unix time."""
    waits_until_ms: int | None = None
    """Unix time; None where that cannot be told."""
    attempts: int = 0
    """That failed since it last got on."""
    clips_by_search: int = 0
    """Clips that were not known before its search showed them."""

    @property
    def is_held_up(self) -> bool:
        """Whether what it waits for keeps it from getting on at all."""
        if not self.waits_for:
            return False
        return not (self.messages_per_s and self.waits_for in _OF_EVERY_PAGE)


def row_of(one: PendingEntry) -> JobRow:
    """The run of an entry, as far as its worker has reported."""
    status = one.status
    phase = _PHASES[one.verdict.place]
    now = None if phase is Phase.WAITING else status  # whose worker died has its last words there
    obstacle = now.obstacle if now else None
    return JobRow(
        run_id=one.run_id,
        state=phase.value,
        job=one.job,
        share=status.share if status else None,
        pages=status.pages if status else 0,
        messages=status.messages if status else 0,
        clips=status.clips if status else 0,
        worker=one.worker,
        note=what_comes(one),
        stage=status.stage if status else None,
        messages_per_s=now.rate if now else None,
        eta_at_ms=now.eta_ms if now else None,
        waits_for=obstacle.name if obstacle else None,
        waits_of=(obstacle.of or None) if obstacle else None,
        waits_since_ms=obstacle.since_ms if obstacle else None,
        waits_until_ms=(obstacle.until_ms or one.due_at_ms) if obstacle else None,
        attempts=one.attempts,
        clips_by_search=status.by_search if status else 0,
    )
