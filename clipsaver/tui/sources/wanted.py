"""What the visible screen needs, and so what is fetched; nothing else is."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from clipsaver.database.clip_filter import ClipKey


class View(enum.StrEnum):
    """The screens, in the order of their numbers from 1."""

    OVERVIEW = "overview"
    JOBS = "jobs"
    PENDING = "pending"
    DEAD = "dead"
    LIMITS = "limits"
    WORKERS = "workers"
    CLIPS = "clips"
    LOGS = "logs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One look. Bounds narrow what a source fetches; what is fetched is filtered again by who
    shows it."""

    view: View
    rows: int = 200
    """At most so many rows of the list."""
    chosen: str | None = None
    """The row whose detail is open, by its key: a run id, a pending entry's key, a letter's id or
    fingerprint, a worker's name, a clip's id."""
    is_grouped: bool = True
    """Of dead letters: by cause, or each."""
    idle_over_ms: int | None = None
    """Of pending entries: only those that were left alone for longer."""
    worker: str | None = None
    """Of pending entries and jobs: only what this one holds; of events: only what it said."""
    types: frozenset[str] = frozenset()
    """Of entries, jobs and dead letters; none = all."""
    guild_id: int | None = None
    channel_id: int | None = None
    author_id: int | None = None
    """These three of clips."""
    before: ClipKey | None = None
    """Of clips: the `rows` that are older than this one; None = the newest."""
    run_id: str | None = None
    """Of events: only those of this run."""

    @property
    def is_narrowed(self) -> bool:
        """Whether rows that are there are left out by what they say."""
        bounds = (self.idle_over_ms, self.worker, self.types or None)
        others = (self.guild_id, self.channel_id, self.author_id, self.run_id)
        return any(bound is not None for bound in (*bounds, *others))
