"""Channels and threads as Discord last described them."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.text import storable
from clipsaver.records import Channel, KnownChannel

_CHANNEL = "channel_id, guild_id, parent_id, type, name, nsfw, last_message_id"
# In one look, so that who sees the epoch of a purge sees its mark as well.
_KNOWN = f"""
    select {", ".join(f"c.{column}" for column in _CHANNEL.split(", "))}, c.epoch, c.checked_at,
           greatest(c.purged_at, p.purged_at, g.purged_at),
           exists (select from purges u
                   where u.ended_at is null and u.stage in ('fence', 'count', 'rows')
                     and ((u.scope = 'guild' and u.guild_id = c.guild_id)
                          or (u.scope = 'channel' and u.channel_id in (c.channel_id, c.parent_id))))
    from channels c join guilds g on g.guild_id = c.guild_id
    left join channels p on p.channel_id = c.parent_id
    where c.channel_id = %s
"""  # noqa: S608 -- constants


class Access(enum.StrEnum):
    """What reading a channel's history ended with; the values of `channels.access`."""

    UNKNOWN = "unknown"
    READABLE = "readable"
    DENIED = "denied"
    GONE = "gone"


async def known_channel(conn: AsyncConnection[Any], channel_id: int) -> KnownChannel | None:
    """The channel as recorded last, None if it never was."""
    found = await conn.execute(_KNOWN, [channel_id])
    row = await found.fetchone()
    if row is None:
        return None
    *described, epoch, checked_at, purged_at, is_being_purged = row
    return KnownChannel(
        Channel(*described),
        epoch=epoch,
        checked_at=checked_at,
        purged_at=purged_at,
        is_being_purged=is_being_purged,
    )


async def channel_places(
    conn: AsyncConnection[Any], channel_ids: Sequence[int]
) -> dict[int, tuple[str | None, str | None]]:
    """Names of guild and channel, None where they were never told, of the channels on record."""
    found = await conn.execute(
        """
        select channel_id, g.name, c.name from channels c left join guilds g using (guild_id)
        where channel_id = any(%s::bigint[])
        """,
        [list(channel_ids)],
    )
    return {channel_id: (guild, name) for channel_id, guild, name in await found.fetchall()}


async def record_channel(conn: AsyncConnection[Any], channel: Channel) -> KnownChannel:
    """Stores what Discord just said of the channel, and its guild; its epoch stays."""
    await conn.execute(
        f"""
        with guild as (
            insert into guilds (guild_id) values (%(guild_id)s) on conflict do nothing
        )
        insert into channels as stored ({_CHANNEL})
        values (%(channel_id)s, %(guild_id)s, %(parent_id)s, %(type)s, %(name)s, %(nsfw)s,
                %(last_message_id)s)
        on conflict (channel_id) do update set
            guild_id = excluded.guild_id, parent_id = excluded.parent_id, type = excluded.type,
            name = case when stored.purged_at is null then excluded.name end,
            nsfw = excluded.nsfw, checked_at = now(), updated_at = now(),
            last_message_id = greatest(stored.last_message_id, excluded.last_message_id)
        """,  # noqa: S608 -- a constant
        {
            "guild_id": channel.guild_id,
            "channel_id": channel.channel_id,
            "parent_id": channel.parent_id,
            "type": channel.type,
            "name": None if channel.name is None else storable(channel.name),
            "nsfw": channel.nsfw,
            "last_message_id": channel.last_message_id,
        },
    )
    known = await known_channel(conn, channel.channel_id)
    assert known is not None  # rows of channels are never deleted
    return known


async def read_again(conn: AsyncConnection[Any], channel_id: int, asked_at: float) -> None:
    """Notes that somebody wants a channel read that was purged before then (Unix seconds).

    Discord is asked for it anew, since what it is called was deleted.
    """
    await conn.execute(
        """
        update channels set purged_at = null, checked_at = 'epoch', updated_at = now()
        where channel_id = %s and purged_at < to_timestamp(%s)
        """,
        [channel_id, asked_at],
    )


async def record_access(
    conn: AsyncConnection[Any], channel_id: int, access: Access, error: str | None = None
) -> None:
    """Stores what reading the channel ended with; `error` is the error's `reason`, if any."""
    await conn.execute(
        """
        update channels set access = %(access)s, access_error = %(error)s, updated_at = now()
        where channel_id = %(channel_id)s
          and (access, access_error) is distinct from (%(access)s::text, %(error)s::text)
        """,
        {"channel_id": channel_id, "access": access.value, "error": error},
    )
