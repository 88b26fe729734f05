"""What every kind of scan shares: its surroundings, its rules and how it can end."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from clipsaver.config import ScanConfig
from clipsaver.database import Database
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.job_settings import compile_pattern, settings_hash
from clipsaver.jobs import (
    AnyJob,
    BatchJob,
    GuildJob,
    MessageDeletionJob,
    MessageJob,
    RescanJob,
)
from clipsaver.records import (
    ClipSource,
    Delivery,
    PageChanges,
    PageResult,
    RunProgress,
    RunStart,
)
from clipsaver.scanning.access import Doors, Turn
from clipsaver.scanning.extract import Rules
from clipsaver.scanning.retention import KEEP_ALL, Retention

ChannelScan = BatchJob | MessageJob | MessageDeletionJob | RescanJob
"""The jobs that read messages of a channel."""
ScanJob = ChannelScan | GuildJob
"""The jobs that read messages; a guild job only where it searches."""


class ScanEnd(enum.Enum):
    """How a scan came to its end without an error."""

    FINISHED = "finished"
    PAUSED = "paused"
    """Asked to stop at a page; the rest stays in `runs.remaining`."""
    CHANNEL_GONE = "channel_gone"
    """The channel was deleted at Discord: there is nothing left to read."""


class Committer(Protocol):
    """Commits a page in one transaction; returns what it changed when that is durable."""

    async def commit(self, page: PageResult) -> PageChanges: ...

    async def commit_parts(self, parts: Sequence[PageResult]) -> PageChanges:
        """One page of a search, whose hits lie in several channels: a part for each."""
        ...


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan works with; one for each delivery of a run."""

    discord: DiscordClient
    database: Database
    writers: Committer
    defaults: ScanConfig
    delivery: Delivery
    start: RunStart
    clock: Callable[[], float]
    """Unix seconds."""
    after_page: Callable[[RunProgress, float], Awaitable[bool]]
    """Told after each committed page: totals of the run, and the share done from 0 to 1.

    Answers whether to pause here.
    """
    doors: Doors
    """The worker's: who asks for a channel first."""
    turn: Turn | None = None
    """While this delivery is the one that asks."""
    retention: Retention = KEEP_ALL
    """What is too old to be read and stored."""


def rules_for(job: AnyJob, defaults: ScanConfig) -> Rules:
    """What counts as a clip for this job: its own settings, else the configuration's."""
    settings = job.settings
    pattern = settings.match_regex
    return Rules(
        allowed_mime_types=frozenset(_allowed(job, defaults)),
        sources=frozenset(ClipSource(source) for source in defaults.sources),
        pattern=None if pattern is None else compile_pattern(pattern),
        store_content=defaults.store_content and settings.enable_message_content_storage,
    )


def hash_for(job: AnyJob, defaults: ScanConfig) -> str:
    """The name of these rules in `scan_coverage`."""
    return settings_hash(_allowed(job, defaults), job.settings.match_regex, defaults.sources)


def _allowed(job: AnyJob, defaults: ScanConfig) -> tuple[str, ...]:
    own = job.settings.allowed_mime_types
    return defaults.allowed_mime_types if own is None else tuple(type_.lower() for type_ in own)
