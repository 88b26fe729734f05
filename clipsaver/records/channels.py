"""Channels and threads, and what Discord says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

CATEGORY = 4
"""Discord's type of a channel that has channels below it and no messages."""
THREADS = (10, 11, 12)
"""Discord's types of threads: of a news channel, public and private. As text it is SQL's list."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What Discord said about a channel or thread when it was last asked."""

    channel_id: int
    guild_id: int
    parent_id: int | None
    type: int
    name: str | None
    nsfw: bool
    last_message_id: int | None


@dataclass(frozen=True, slots=True)
class KnownChannel:
    """A channel as the database knows it."""

    channel: Channel
    epoch: int
    """Raised by a purge; a page that was read under an older epoch is not committed."""
    checked_at: datetime
    purged_at: datetime | None = None
    """Of itself, its parent or its guild, the latest: what was asked for before that is not read.
    None = it never was."""
    is_passed_over: bool = False
    """Nobody has asked for it since: who goes through its guild leaves it out."""
    is_being_purged: bool = False
    """Jobs wait until that is over."""


@dataclass(frozen=True, slots=True)
class Denial:
    """What Discord said when it denied a channel, and when it is asked again."""

    error: str
    """The error's `reason`, or `channel_gone` where a known channel was deleted."""
    words: str
    route: str
    status: int | None
    code: int | None
    denied_at: datetime
    """The first time."""
    ask_again_at: datetime
