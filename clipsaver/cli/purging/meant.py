"""What a person means to purge, by what is on record; and how much that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from clipsaver.cli.purging.asked import Asked, messages_named
from clipsaver.cli.recorded import channel_recorded, guild_recorded, person_recorded
from clipsaver.database.places import Place, channels_of, channels_of_messages, place_of
from clipsaver.database.purging.purges import list_purges
from clipsaver.database.recorded_names import Recorded
from clipsaver.errors import UsageError
from clipsaver.records.channels import CATEGORY
from clipsaver.records.purges import Purge, PurgeScope, PurgeTarget
from clipsaver.terminal_text import printable

_MOST_OPEN = 1000
"""Open purges that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What a purge is about, as people know it."""

    target: PurgeTarget
    guild: Recorded | None = None
    """None = of an author: in all guilds."""
    channel: Recorded | None = None
    author: Recorded | None = None
    is_thread: bool = False
    channels: int = 0
    """Of a guild."""
    threads: int = 0
    """Of a guild or a channel."""


async def what_is_meant(conn: AsyncConnection[Any], asked: Asked) -> Meant:
    """Raises UsageError for what is not on record, or not one thing."""
    match asked.scope:
        case PurgeScope.GUILD:
            return await _guild(conn, asked.names[0])
        case PurgeScope.CHANNEL:
            return await _channel(conn, asked)
        case PurgeScope.AUTHOR:
            return await _author(conn, asked)
        case PurgeScope.MESSAGES:
            return await _messages(conn, asked)


async def _guild(conn: AsyncConnection[Any], name: str) -> Meant:
    guild = await guild_recorded(conn, name, named="GUILD")
    channels, threads = await channels_of(conn, guild.id)
    target = PurgeTarget(PurgeScope.GUILD, guild_id=guild.id)
    return Meant(target=target, guild=guild, channels=channels, threads=threads)


async def _channel(conn: AsyncConnection[Any], asked: Asked) -> Meant:
    within = None if asked.guild is None else (await guild_recorded(conn, asked.guild)).id
    channel = await channel_recorded(conn, asked.names[0], guild_id=within, named="CHANNEL")
    place = await _place(conn, channel.id)
    if place.type == CATEGORY:
        raise UsageError(
            f"{printable(channel.name or '-')} ({channel.id}) is a category: it holds no messages; "
            "purge the channels in it, each by itself"
        )
    return Meant(
        target=PurgeTarget(PurgeScope.CHANNEL, guild_id=place.guild_id, channel_id=channel.id),
        guild=Recorded(place.guild_id, channel.place),
        channel=channel,
        is_thread=place.is_thread,
        threads=place.threads,
    )


async def _author(conn: AsyncConnection[Any], asked: Asked) -> Meant:
    guild = None if asked.guild is None else await guild_recorded(conn, asked.guild)
    author = await person_recorded(conn, asked.names[0])
    target = PurgeTarget(PurgeScope.AUTHOR, guild_id=guild and guild.id, author_id=author.id)
    return Meant(target=target, guild=guild, author=author)


async def _messages(conn: AsyncConnection[Any], asked: Asked) -> Meant:
    named = messages_named(asked.names)
    channels = set(named.channels)
    if asked.channel is not None:
        channels.add((await channel_recorded(conn, asked.channel, guild_id=None)).id)
    stored = await channels_of_messages(conn, named.ids)
    channels |= set(stored.values())
    if len(channels) > 1:
        listed = ", ".join(map(str, sorted(channels)))
        raise UsageError(
            f"the messages are of several channels ({listed}): purge those of each by themselves"
        )
    if not channels:
        raise UsageError(
            "none of these messages is on record: nothing of them is stored; with --channel C they "
            "are purged all the same, should a scan be about to store them"
        )
    (channel_id,) = channels
    channel = await channel_recorded(conn, str(channel_id), guild_id=None, named="channel")
    place = await _place(conn, channel.id)
    return Meant(
        target=PurgeTarget(
            PurgeScope.MESSAGES,
            guild_id=place.guild_id,
            channel_id=channel.id,
            message_ids=named.ids,
        ),
        guild=Recorded(place.guild_id, channel.place),
        channel=channel,
        is_thread=place.is_thread,
    )


async def _place(conn: AsyncConnection[Any], channel_id: int) -> Place:
    place = await place_of(conn, channel_id)
    assert place is not None  # rows of channels are never deleted
    return place


async def open_purges(conn: AsyncConnection[Any]) -> list[Purge]:
    """Those that are not over, the newest first."""
    return [one for one in await list_purges(conn, limit=_MOST_OPEN) if one.ended_at is None]
