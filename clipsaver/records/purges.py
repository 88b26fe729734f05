"""Purges: what is to be deleted for good, how far that is, and what it proves."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime


class PurgeScope(enum.StrEnum):
    """What a purge is about, as stored in `purges.scope`."""

    GUILD = "guild"
    """All that is stored of a guild."""
    CHANNEL = "channel"
    """All that is stored of a channel and its threads."""
    AUTHOR = "author"
    """All that a person posted, in one guild or in all."""
    MESSAGES = "messages"
    """Single messages of one channel."""


class PurgeStage(enum.StrEnum):
    """How far a purge is, as stored in `purges.stage`; each is over before the next begins."""

    FENCE = "fence"
    """Epochs are raised, so that pages that were read before cannot be committed any more."""
    COUNT = "count"
    """What is there is counted, after nothing can be added to it."""
    ROWS = "rows"
    """Rows are deleted; the keys of their pictures go to the outbox."""
    FILES = "files"
    """Pictures are deleted. Nothing waits for that any more."""
    DONE = "done"

    @property
    def holds_up_jobs(self) -> bool:
        """Whether jobs that would read in a purged guild or channel wait."""
        return self in (PurgeStage.FENCE, PurgeStage.COUNT, PurgeStage.ROWS)


@dataclass(frozen=True, slots=True)
class PurgeTarget:
    """What is to be deleted."""

    scope: PurgeScope
    guild_id: int | None = None
    """None = in every guild, which only an author can be."""
    channel_id: int | None = None
    author_id: int | None = None
    message_ids: tuple[int, ...] = ()
    is_forgotten: bool = False
    """Of a purge that is over: who, or which messages it was is not kept."""

    def __post_init__(self) -> None:
        if self.is_forgotten:
            return
        named = {
            PurgeScope.GUILD: self.guild_id is not None,
            PurgeScope.CHANNEL: self.channel_id is not None,
            PurgeScope.AUTHOR: self.author_id is not None,
            PurgeScope.MESSAGES: self.channel_id is not None and bool(self.message_ids),
        }
        if not named[self.scope]:
            raise ValueError(f"a purge of scope {self.scope} has to say of what")


@dataclass(frozen=True, slots=True)
class PurgeCounts:
    """Rows and files, as counted before, or deleted so far, or left."""

    clips: int = 0
    messages: int = 0
    pictures: int = 0
    """Rows of `thumbnails`."""
    authors: int = 0
    """Who has no message left on record. Not counted before: that cannot be told in advance."""
    files: int = 0
    """Of the storage; also those of pictures that were being made."""


@dataclass(frozen=True, slots=True)
class Purge:
    """A row of `purges`."""

    purge_id: int
    target: PurgeTarget
    """Of one that is over, without the author and the messages: they are not kept."""
    asked_by: str
    """`command`, `job`, `left_guild` or `message_deletion`."""
    run_id: str | None
    asked_at: datetime
    """What was asked for before that is not stored."""
    stage: PurgeStage
    found: PurgeCounts | None
    """None before it is counted."""
    deleted: PurgeCounts = field(default_factory=PurgeCounts)
    left: PurgeCounts | None = None
    """Counted after all rows were deleted: nothing, or it goes on. None before that."""
    files_left: int = 0
    """Keys that wait in the outbox."""
    error: str | None = None
    """What keeps it, in words, such as a storage that is away; None = nothing does."""
    ended_at: datetime | None = None
