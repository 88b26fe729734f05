"""Lists of guilds, channels and threads: decoded once, each once, held to what was asked for.

Pure. A list that cannot be believed raises ValueError, since what it leaves out would be missed: a
null in place of threads is no empty archive. Fields that only describe a channel are mended.
Sources: Discord's documentation, "Get Guild Channels", "List Active Guild Threads", "List Public
Archived Threads" and its siblings, "Get Current User Guilds"; its OpenAPI description.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

import msgspec

from clipsaver import snowflake
from clipsaver.discord_rest import models
from clipsaver.discord_rest.decoding import decode
from clipsaver.discord_rest.mending import mend

MOST_GUILDS = 200
MOST_THREADS = 100

HARMLESS = frozenset({"message_count", "name", "nsfw", "total_message_sent"})
"""What only describes a guild, a channel or a thread."""

_OVERLAP = timedelta(milliseconds=1)
"""Threads that were archived in one go can share a time, and a page can end among them."""

_M = TypeVar("_M", models.Channel, models.Guild)
_Lists = TypeVar("_Lists")


class _Threads(msgspec.Struct):
    threads: msgspec.Raw = msgspec.Raw()
    has_more: bool | None = None


_channels_decoder = msgspec.json.Decoder(list[models.Channel] | None)
_threads_decoder = msgspec.json.Decoder(list[models.Channel])
_guilds_decoder = msgspec.json.Decoder(list[models.Guild])
_envelope_decoder = msgspec.json.Decoder(_Threads)


class Archive(enum.Enum):
    """The lists of a channel's archived threads."""

    PUBLIC = "public"
    """Of announcement channels their threads. Needs Read Message History."""
    PRIVATE = "private"
    """All private ones. Needs Manage Threads too."""
    JOINED = "joined"
    """Those private ones that the bot is a member of."""


@dataclass(frozen=True, slots=True)
class ChannelList:
    """Channels or threads, each once."""

    channels: list[models.Channel]
    has_more: bool = False
    """Archived threads: whether Discord says that more follow, or does not say that none do."""
    spared: tuple[str, ...] = ()
    """Fields that could not be read and were left out: `channel 123: name`."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page of archived threads begins."""

    before: str
    """ISO 8601, or an id."""
    is_strict: bool
    """Whether the page cannot repeat what was on the one before."""
    seen: frozenset[str]
    """Ids of the page before."""

    @property
    def query(self) -> str:
        """As it is sent: the `+` of a time zone would be read as a space."""
        return f"&before={quote(self.before, safe='')}"


def read_channels(guild_id: int, body: bytes) -> ChannelList:
    """The channels of a guild; null is an empty list. Raises ValueError for another guild's."""
    channels, spared = _mended(_channels_decoder, body, "channel")
    return ChannelList(_checked(channels or [], guild_id), spared=spared)


def read_threads(guild_id: int, body: bytes) -> ChannelList:
    """Threads of a guild, active ones or a page of archived ones.

    Raises ValueError for another guild's, and where there is no list.
    """
    envelope = decode(_envelope_decoder, body)
    if not bytes(envelope.threads):
        raise ValueError("it lists no threads, not even none")
    threads, spared = _mended(_threads_decoder, bytes(envelope.threads), "thread")
    has_more = envelope.has_more is not False and bool(threads)
    return ChannelList(_checked(threads, guild_id), has_more, spared)


def read_thread_list(guild_id: int, body: bytes) -> ChannelList:
    """Threads that are told beside something else; where none are, there is no list.

    Raises ValueError for another guild's.
    """
    if body in (b"", b"null"):
        return ChannelList([])
    threads, spared = _mended(_threads_decoder, body, "thread")
    return ChannelList(_checked(threads, guild_id), spared=spared)


def read_guilds(after: int, body: bytes) -> list[models.Guild]:
    """A page of the bot's guilds, by id. Raises ValueError where the cursor was ignored."""
    guilds, _ = _mended(_guilds_decoder, body, "guild")
    by_id = {_id(guild): guild for guild in guilds}
    if by_id and min(by_id) <= after:
        raise ValueError(f"guild {min(by_id)} is not after {after}")
    return [by_id[guild_id] for guild_id in sorted(by_id)]


def next_by_time(page: ChannelList, cursor: Cursor | None) -> Cursor | None:
    """The page after one that is ordered by the time of archiving, newest first; None = the end.

    It begins a millisecond before the last one ended, since threads can share a time; only where
    that brings nothing new, right behind it. Raises ValueError for a page that goes in circles.
    """
    if not page.has_more:
        return None
    times = [time for thread in page.channels if (time := archived_at(thread)) is not None]
    if not times:
        raise ValueError("more threads follow, and none of these says when it was archived")
    seen = frozenset(thread.id for thread in page.channels)
    has_new = cursor is None or not seen <= cursor.seen
    if has_new:
        return Cursor((min(times) + _OVERLAP).isoformat(), is_strict=False, seen=seen)
    if cursor is not None and cursor.is_strict:
        raise ValueError(f"it repeats the page before {cursor.before}, and says that more follow")
    return Cursor(min(times).isoformat(), is_strict=True, seen=seen)


def next_by_id(page: ChannelList, cursor: Cursor | None) -> Cursor | None:
    """The page after one that is ordered by id, newest first; None = the end.

    Raises ValueError where the cursor was ignored.
    """
    if not page.has_more:
        return None
    lowest = min(int(thread.id) for thread in page.channels)
    if cursor is not None and lowest >= int(cursor.before):
        raise ValueError(f"thread {lowest} is not before {cursor.before}")
    seen = frozenset(thread.id for thread in page.channels)
    return Cursor(str(lowest), is_strict=True, seen=seen)


def archived_at(thread: models.Channel) -> datetime | None:
    """When the thread was archived, or last taken out; None where Discord does not tell.

    Raises ValueError for what is no time.
    """
    metadata = thread.thread_metadata
    if metadata is None or metadata.archive_timestamp is None:
        return None
    said = metadata.archive_timestamp
    try:
        time = datetime.fromisoformat(said)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise ValueError(f"thread {thread.id}: {said[:40]!r} is no time with its zone")
    return time


def _mended(
    decoder: msgspec.json.Decoder[_Lists], body: bytes, what: str
) -> tuple[_Lists, tuple[str, ...]]:
    try:
        return decode(decoder, body), ()
    except msgspec.ValidationError as error:
        return mend(decoder, body, error, harmless=HARMLESS, what=what)


def _checked(channels: Iterable[models.Channel], guild_id: int) -> list[models.Channel]:
    """Each once, and with ids that are some."""
    by_id: dict[int, models.Channel] = {}
    for channel in channels:
        by_id[_id(channel)] = channel
        for told in (channel.parent_id, channel.last_message_id):
            if isinstance(told, str):
                _read(told, f"channel {channel.id}")
        if channel.guild_id is not None and channel.guild_id != str(guild_id):
            raise ValueError(f"channel {channel.id} is in guild {channel.guild_id}")
    return list(by_id.values())


def _id(one: _M) -> int:
    return _read(one.id, "one of the list")


def _read(text: str, of: str) -> int:
    try:
        return snowflake.read(text)
    except ValueError as error:
        raise ValueError(f"{of}: {error}") from None
