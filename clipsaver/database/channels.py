"""Channels and threads as Discord last described them."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.text import storable
from clipsaver.records import Channel, KnownChannel

_COLUMNS = "channel_id, guild_id, parent_id, type, name, nsfw, last_message_id, epoch, checked_at"


class Access(enum.StrEnum):
    """What reading a channel's history ended with; the values of `channels.access`."""

    UNKNOWN = "unknown"
    READABLE = "readable"
    DENIED = "denied"
    GONE = "gone"


async def known_channel(conn: AsyncConnection[Any], channel_id: int) -> KnownChannel | None:
    """The channel as recorded last, None if it never was."""
    found = await conn.execute(
        f"select {_COLUMNS} from channels where channel_id = %s",  # noqa: S608 -- a constant
        [channel_id],
    )
    row = await found.fetchone()
    return None if row is None else _known(row)


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
    found = await conn.execute(
        f"""
        with guild as (
            insert into guilds (guild_id) values (%(guild_id)s) on conflict do nothing
        )
        insert into channels as stored
            (channel_id, guild_id, parent_id, type, name, nsfw, last_message_id)
        values (%(channel_id)s, %(guild_id)s, %(parent_id)s, %(type)s, %(name)s, %(nsfw)s,
                %(last_message_id)s)
        on conflict (channel_id) do update set
            guild_id = excluded.guild_id, parent_id = excluded.parent_id, type = excluded.type,
            name = excluded.name, nsfw = excluded.nsfw, checked_at = now(), updated_at = now(),
            last_message_id = greatest(stored.last_message_id, excluded.last_message_id)
        returning {_COLUMNS}
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
    row = await found.fetchone()
    assert row is not None
    return _known(row)


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


def _known(row: tuple[Any, ...]) -> KnownChannel:
    *described, epoch, checked_at = row
    return KnownChannel(Channel(*described), epoch=epoch, checked_at=checked_at)
