"""Which channels of a guild have something new, and the job that reads it. Pure.

A job that reads a whole channel skips what was read before, so there is something new where any id
up to the channel's newest was not read yet: a gap counts like a new message.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from clipsaver import snowflake
from clipsaver.jobs import BatchJob, GuildJob, Strategy
from clipsaver.ranges import EVERYTHING, RangeSet
from clipsaver.scanning.guild_map import Found

_HISTORY_S = 86_400.0
"""What was posted in a longer time than this is worth a search: a guild that is surveyed each day
is searched once."""

_SHORT = 300
"""Messages that history reads in as few requests as a search has questions."""


class News(enum.Enum):
    """What is to be done about a channel."""

    EMPTY = "empty"
    """Nothing was ever posted."""
    READ = "read"
    """All of it was read before, or is too old to be kept."""
    UNDERWAY = "underway"
    """A job that is not over will read what is new."""
    QUEUED = "queued"
    """So will one that was added before and waits: nobody has begun it."""
    NEW = "new"
    """A job is needed."""
    PURGED = "purged"
    """It was purged by itself, and nobody has asked for it since: it is left out."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A job under way that reads one whole channel, by the settings in question."""

    run_id: str
    remaining: RangeSet | None
    """What it has still to read; None = it has not begun."""


def news_of(
    found: Found, covered: RangeSet, readers: Iterable[Reader], *, kept: RangeSet = EVERYTHING
) -> tuple[News, str | None]:
    """What is to be done, and the run that is under way if that is the answer.

    `covered` is what was read by the same settings, `kept` what is young enough to be. A job under
    way will read what is new only if it has not passed it by: one that reads backward never comes
    back to the newest message.
    """
    if found.is_empty:
        return News.EMPTY, None
    newest = found.channel.last_message_id
    wanted = RangeSet.of(0, None if newest is None else newest + 1)
    unread = (wanted & kept) - covered
    if not unread:
        return News.READ, None
    for reader in readers:
        if reader.remaining is None or not unread - reader.remaining:
            return News.UNDERWAY, reader.run_id
    return News.NEW, None


def has_history(found: Found, covered: RangeSet, *, kept: RangeSet = EVERYTHING) -> bool:
    """Whether more than the latest is unread of a channel that has something new.

    `covered` is what was read by the same settings, `kept` what is young enough to be.
    """
    if not covered:
        return True
    newest = found.channel.last_message_id
    life = RangeSet.of(found.channel.channel_id, None if newest is None else newest + 1)
    unread = (life & kept) - covered
    return any(
        snowflake.to_unix(one.upper) - snowflake.to_unix(one.lower) > _HISTORY_S
        for one in unread
        if one.upper is not None
    )


def is_short(found: Found) -> bool:
    """Whether to search it would take as many requests as to read it; False where nobody knows."""
    return found.messages is not None and found.messages <= _SHORT


def reads_whole_channel(job: BatchJob) -> bool:
    """Whether the job leaves nothing of its channel out but what was read before."""
    is_bounded = job.limit is not None or job.before_message_id or job.after_message_id
    return not is_bounded and job.known == "skip" and job.strategy != "search"


def search_for(job: GuildJob) -> GuildJob:
    """The job that searches the guild before its history is read.

    While it is unfinished, the same one joins it, whoever asks for it.
    """
    return GuildJob(
        guild_id=job.guild_id,
        job_id=f"search {job.guild_id} by {_settings_name(job)}",
        settings=job.settings,
        strategy="search",
    )


def job_for(found: Found, job: GuildJob, strategy: Strategy = "history") -> BatchJob:
    """The job that reads what is new in a channel.

    Its name says what was new: while such a job is unfinished, the same one joins it, whether this
    guild job was delivered again or another asks for the same. Something newer is another job.
    """
    channel = found.channel
    newest = "?" if channel.last_message_id is None else channel.last_message_id
    how = "" if strategy == "history" else f" with {strategy}"
    name = f"guild {channel.guild_id}: {channel.channel_id} up to {newest} by {_settings_name(job)}"
    return BatchJob(
        guild_id=str(channel.guild_id),
        channel_id=str(channel.channel_id),
        job_id=f"{name}{how}",
        settings=job.settings,
        direction="backward",
        limit=None,
        strategy=strategy,
    )


def _settings_name(job: GuildJob) -> str:
    return hashlib.sha256(msgspec.json.encode(job.settings)).hexdigest()[:8]
