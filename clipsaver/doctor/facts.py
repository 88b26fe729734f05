"""What the checks saw, as frozen records that are judged elsewhere. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clipsaver.database.migrations import SchemaStatus
from clipsaver.discord_rest.intent import Intent
from clipsaver.errors import DiscordError
from clipsaver.queue.server import Memory
from clipsaver.thumbnails.decoder.layers.probe import Isolation
from clipsaver.trio_io.sentinel_view import SentinelView


@dataclass(frozen=True, slots=True)
class Offset:
    """How far another clock is ahead of ours, in seconds: somewhere from `low` to `high`."""

    low: float
    high: float

    @property
    def seconds(self) -> float:
        """The least that explains it, below 0 where it is behind; 0 where both may be right."""
        if self.low <= 0 <= self.high:
            return 0.0
        return self.low if self.low > 0 else self.high


def offset_of(told: float, *, sent: float, received: float, precision_s: float = 0.0) -> Offset:
    """From a clock that said `told` (Unix seconds) between two moments of ours.

    `precision_s`: it may have been up to so much later, as where it tells whole seconds only.
    """
    return Offset(told - received, told + precision_s - sent)


@dataclass(frozen=True, slots=True)
class Bot:
    """Who the token belongs to."""

    user_id: str
    name: str
    application_id: str
    intent: Intent


@dataclass(frozen=True, slots=True)
class ChannelLook:
    """A channel or active thread that Discord shows to the bot, and what it lacks there."""

    channel_id: int
    name: str | None
    type: int
    parent_id: int | None
    missing: tuple[str, ...]
    """Permissions by the names that Discord's client gives them; empty = it may be read."""
    hides_private_threads: bool = False
    """Archived private threads are found only where the bot is a member of them."""


@dataclass(frozen=True, slots=True)
class GuildLook:
    """A guild of the bot's."""

    guild_id: int
    name: str
    channels: tuple[ChannelLook, ...] = ()
    error: str = ""
    """Why nothing more is known of it."""


class Search(enum.StrEnum):
    """Whether the bot may search a guild."""

    WORKS = "works"
    INCOMPLETE = "incomplete"
    """Discord still indexes old messages."""
    NOT_INDEXED = "not_indexed"
    DENIED = "denied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SearchLook:
    """What came of a search in one guild."""

    state: Search
    words: str = ""
    """What Discord said instead of an answer."""


@dataclass(frozen=True, slots=True)
class DiscordFacts:
    """What Discord said, as far as it went."""

    api_url: str
    bot: Bot | None = None
    guilds: tuple[GuildLook, ...] = ()
    not_looked_at: int = 0
    """Guilds for which there was no time."""
    error: DiscordError | None = None
    """Why it did not go further."""
    is_late: bool = False
    """Whether its time was over."""
    clock: Offset | None = None
    searches: Mapping[int, SearchLook] = field(default_factory=dict)
    """By guild; those that are missing were not asked about."""

    @property
    def readable(self) -> list[int]:
        """Channels and threads that the bot may read."""
        shown = (channel for guild in self.guilds for channel in guild.channels)
        return [channel.channel_id for channel in shown if not channel.missing]


@dataclass(frozen=True, slots=True)
class RedisFacts:
    """What Redis says of itself."""

    server: str
    """Its address, without the password."""
    kind: str
    """Redis or Valkey."""
    version: str
    """Of itself."""
    speaks: str
    """The version of Redis that it is compatible with."""
    memory: Memory
    used_bytes: int
    is_append_only: bool
    writes_fail: bool
    """Its last write to disk failed."""
    is_replica: bool
    clock: Offset
    sentinels: SentinelView | None = None
    """What watches over it; None where it is named itself."""


@dataclass(frozen=True, slots=True)
class PostgresFacts:
    """What PostgreSQL says of itself and of our schema."""

    place: str
    status: SchemaStatus
    migrates: bool
    """Whether workers bring the schema up to date."""
    is_read_only: bool
    lacking: tuple[str, ...]
    """Rights that a worker needs there and its user does not have."""
    size_bytes: int
    free_bytes: int | None
    """On its disk; None where that cannot be known from here."""
    clock: Offset


@dataclass(frozen=True, slots=True)
class StorageFacts:
    """The folder for data of ours."""

    folder: Path
    is_needed: bool
    """Whether a server of our own keeps its data there."""
    obstacle: str
    """Why nothing can be written there; empty = it can."""
    free_bytes: int | None


@dataclass(frozen=True, slots=True)
class ThumbnailFacts:
    """What thumbnails need here."""

    place: str
    """Where they are stored."""
    storage_obstacle: str
    """Why a few bytes could not be stored, read and deleted there; empty = they could."""
    isolation: Isolation | None
    """Of the decoders; None where none could be started."""
    decoders_obstacle: str
    """Why; empty = they could."""


@dataclass(frozen=True, slots=True)
class Library:
    """A package that clipsaver needs."""

    name: str
    installed: str | None
    """Its version; None = it is not there."""
    wanted: str
    """As in pyproject.toml: `>=0.28,<0.29`."""


@dataclass(frozen=True, slots=True)
class Machine:
    """This host and what is installed on it."""

    python: str
    clipsaver: str
    storage: StorageFacts
    libraries: tuple[Library, ...] = field(default=())
