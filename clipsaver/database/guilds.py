"""Guilds, and all of their channels at once, as Discord lists them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.channels import Access
from clipsaver.database.text import storable
from clipsaver.records import Channel

_COLUMNS = "channel_id, guild_id, parent_id, type, name, nsfw, last_message_id"


async def record_guild(conn: AsyncConnection[Any], guild_id: int, name: str) -> None:
    """Stores what Discord calls the guild."""
    await conn.execute(
        """
        insert into guilds as stored (guild_id, name) values (%s, %s)
        on conflict (guild_id) do update set name = excluded.name, updated_at = now()
        where stored.name is distinct from excluded.name
        """,
        [guild_id, storable(name)],
    )


async def guild_standing(conn: AsyncConnection[Any], guild_id: int) -> tuple[datetime | None, bool]:
    """When the guild was purged, where nobody had it scanned since; and whether it is just now."""
    found = await conn.execute(
        """
        select (select purged_at from guilds where guild_id = %(guild)s),
               exists (select from purges where ended_at is null and scope = 'guild'
                       and stage in ('fence', 'count', 'rows') and guild_id = %(guild)s)
        """,
        {"guild": guild_id},
    )
    row = await found.fetchone()
    assert row is not None
    purged_at, is_being_purged = row
    return purged_at, is_being_purged


async def scan_again(conn: AsyncConnection[Any], guild_id: int, asked_at: float) -> None:
    """Notes that somebody wants a guild scanned that was purged before then (Unix seconds)."""
    await conn.execute(
        """
        update guilds set purged_at = null, updated_at = now()
        where guild_id = %s and purged_at < to_timestamp(%s)
        """,
        [guild_id, asked_at],
    )


async def note_guild(conn: AsyncConnection[Any], guild_id: int) -> None:
    """Stores that there is such a guild, for its channels; what it is called stays."""
    await conn.execute(
        "insert into guilds (guild_id) values (%s) on conflict do nothing", [guild_id]
    )


async def record_channels(conn: AsyncConnection[Any], channels: Iterable[Channel]) -> None:
    """Stores what Discord lists of the channels of recorded guilds; their epochs stay."""
    rows = sorted(channels, key=lambda channel: channel.channel_id)  # all lock in one order
    await conn.execute(
        f"""
        insert into channels as stored ({_COLUMNS})
        select * from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::smallint[], %s::text[],
                             %s::boolean[], %s::bigint[])
        on conflict (channel_id) do update set
            guild_id = excluded.guild_id, parent_id = excluded.parent_id, type = excluded.type,
            name = case when stored.purged_at is null then excluded.name end,
            nsfw = excluded.nsfw, checked_at = now(), updated_at = now(),
            last_message_id = greatest(stored.last_message_id, excluded.last_message_id)
        """,  # noqa: S608 -- a constant
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


async def note_denied(
    conn: AsyncConnection[Any], channel_ids: Sequence[int], access: Access, error: str
) -> None:
    """Stores that these may not be read or are gone; `error` is the error's `reason`."""
    await conn.execute(
        """
        update channels set access = %s, access_error = %s, checked_at = now(), updated_at = now()
        where channel_id = any(%s::bigint[])
        """,
        [access.value, error, sorted(channel_ids)],
    )


async def note_allowed(conn: AsyncConnection[Any], channel_ids: Sequence[int]) -> None:
    """Stores that these may be read, as far as permissions tell: a denial is out of date."""
    await conn.execute(
        """
        update channels set access = 'unknown', access_error = null, updated_at = now()
        where channel_id = any(%s::bigint[]) and access in ('denied', 'gone')
        """,
        [sorted(channel_ids)],
    )


async def closed_channels(conn: AsyncConnection[Any], channel_ids: Sequence[int]) -> set[int]:
    """Those of them that may not be read, as far as is known."""
    found = await conn.execute(
        """
        select channel_id from unnest(%s::bigint[]) as asked (channel_id)
        where exists (select from channels c
                      where c.channel_id = asked.channel_id and c.access = 'denied')
           or exists (select from denials d where d.channel_id = asked.channel_id)
        """,
        [list(channel_ids)],
    )
    return {row[0] for row in await found.fetchall()}


@dataclass(frozen=True, slots=True)
class Missing:
    """A channel on record that no list has shown."""

    channel: Channel
    is_denied: bool
    """It was denied when it was last asked for."""
    checked_at: datetime


async def missing_channels(
    conn: AsyncConnection[Any], guild_id: int, seen: Collection[int]
) -> list[Missing]:
    """The channels of a guild that are on record, were not seen and are not gone; threads last."""
    found = await conn.execute(
        f"""
        select {_COLUMNS}, access = 'denied', checked_at from channels
        where guild_id = %s and access <> 'gone'
          and not exists (select from unnest(%s::bigint[]) as one (id) where one.id = channel_id)
        order by type in (10, 11, 12), channel_id
        """,  # noqa: S608 -- a constant
        [guild_id, list(seen)],
    )
    return [
        Missing(Channel(*described), is_denied, checked_at)
        for *described, is_denied, checked_at in await found.fetchall()
    ]
