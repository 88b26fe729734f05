"""Channels and threads as Discord last described them."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.text import storable
from clipsaver.records import Channel, KnownChannel
from clipsaver.records.channels import THREADS

_CHANNEL = "channel_id, guild_id, parent_id, type, name, nsfw, last_message_id"
"""They are purged with their channel; what is in a category is not purged with that."""
PASSED_OVER = """(
    coalesce(c.purged_at > coalesce(c.wanted_at, '-infinity'), false)
    or coalesce(p.purged_at > coalesce(greatest(p.wanted_at, c.wanted_at), '-infinity'), false)
    or coalesce(g.purged_at > coalesce(greatest(g.wanted_at, p.wanted_at, c.wanted_at),
                                       '-infinity'), false))"""
"""Whether the channel c of the guild g, a thread of p or of none, was purged and nobody wanted it
since. A purge of it is made up for by who wants it; one of p or g also by who wants these.
"""
# In one look, so that who sees the epoch of a purge sees its mark as well.
_KNOWN = f"""
    select {", ".join(f"c.{column}" for column in _CHANNEL.split(", "))}, c.epoch, c.checked_at,
           greatest(c.purged_at, p.purged_at, g.purged_at), {PASSED_OVER},
           exists (select from purges u
                   where u.ended_at is null and u.stage in ('fence', 'count', 'rows')
                     and (u.scope = 'guild' and u.guild_id = c.guild_id
                          or u.scope = 'channel' and u.channel_id in (c.channel_id, p.channel_id)))
    from channels c join guilds g on g.guild_id = c.guild_id
    left join channels p on p.channel_id = c.parent_id and c.type in {THREADS}
    where c.channel_id = %s
"""  # noqa: S608 -- constants
# One by one, by the key: a join could be planned while the tables are young.
_LOOKED_UP = """
    left join lateral (select * from channels where channel_id = t.channel_id limit 1) c on true
    left join lateral (select * from channels where channel_id = t.thread_of limit 1) p on true
    left join lateral (select * from guilds where guild_id = t.guild_id limit 1) g on true
"""
_RECORD = f"""
    with t as materialized (
        select * from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::smallint[], %s::text[],
                             %s::boolean[], %s::bigint[]) as told({_CHANNEL})
    ), guild as (
        insert into guilds (guild_id) select distinct guild_id from t order by guild_id
        on conflict do nothing
    )
    insert into channels as stored ({_CHANNEL})
    select t.channel_id, t.guild_id, t.parent_id, t.type,
           case when not {PASSED_OVER} then t.name end, t.nsfw, t.last_message_id
    from (select *, case when type in {THREADS} then parent_id end as thread_of from t) t
    {_LOOKED_UP}
    order by t.channel_id
    on conflict (channel_id) do update set
        guild_id = excluded.guild_id, parent_id = excluded.parent_id, type = excluded.type,
        name = excluded.name, nsfw = excluded.nsfw, checked_at = now(), updated_at = now(),
        last_message_id = greatest(stored.last_message_id, excluded.last_message_id)
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
    *described, epoch, checked_at, purged_at, is_passed_over, is_being_purged = row
    return KnownChannel(
        Channel(*described),
        epoch=epoch,
        checked_at=checked_at,
        purged_at=purged_at,
        is_passed_over=is_passed_over,
        is_being_purged=is_being_purged,
    )


async def passed_over(
    conn: AsyncConnection[Any], guild_id: int, asked: Mapping[int, int | None]
) -> set[int]:
    """Those of a guild's channels that were purged and that nobody wanted since.

    `asked` are the channels, each with the one that it is a thread of, or None; they need not be on
    record.
    """
    found = await conn.execute(
        f"""
        select t.channel_id from unnest(%s::bigint[], %s::bigint[]) as one(channel_id, thread_of)
        cross join lateral (select one.*, %s::bigint as guild_id) t
        {_LOOKED_UP}
        where {PASSED_OVER}
        """,  # noqa: S608 -- constants
        [list(asked), list(asked.values()), guild_id],
    )
    return {row[0] for row in await found.fetchall()}


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
    """Stores what Discord just said of the channel, and its guild; its epoch stays.

    What it is called is stored unless it was purged and nobody wanted it since.
    """
    await record_channels(conn, [channel])
    known = await known_channel(conn, channel.channel_id)
    assert known is not None  # rows of channels are never deleted
    return known


async def record_channels(conn: AsyncConnection[Any], channels: Iterable[Channel]) -> None:
    """The same of many channels, as Discord lists them."""
    rows = sorted(channels, key=lambda channel: channel.channel_id)  # all lock in one order
    await conn.execute(
        _RECORD,
        [
            [row.channel_id for row in rows],
            [row.guild_id for row in rows],
            [row.parent_id for row in rows],
            [row.type for row in rows],
            [None if row.name is None else storable(row.name) for row in rows],
            [row.nsfw for row in rows],
            [row.last_message_id for row in rows],
        ],
    )


async def guild_and_type_of(
    conn: AsyncConnection[Any], channel_id: int
) -> tuple[int, int | None] | None:
    """Of a channel that is on record, or of whose threads one is, with no type; None = none is."""
    found = await conn.execute(
        f"""
        (select guild_id, type from channels where channel_id = %(channel)s)
        union all (select guild_id, null from channels
                   where parent_id = %(channel)s and type in {THREADS} limit 1)
        limit 1
        """,  # noqa: S608 -- a constant
        {"channel": channel_id},
    )
    row = await found.fetchone()
    return None if row is None else (row[0], row[1])


async def read_again(
    conn: AsyncConnection[Any], channel_id: int, asked_at: float | None = None
) -> None:
    """Notes that somebody wants a channel read (Unix seconds; None = now) although it was purged.

    Discord is asked for it anew, since what it is called was deleted.
    """
    await conn.execute(
        """
        update channels set wanted_at = greatest(wanted_at, coalesce(to_timestamp(%s), now())),
               checked_at = 'epoch', updated_at = now()
        where channel_id = %s
        """,
        [asked_at, channel_id],
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
