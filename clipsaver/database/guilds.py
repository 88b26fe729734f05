"""Guilds, and all of their channels at once, as Discord lists them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.channels import Access
from clipsaver.database.text import storable
from clipsaver.records import Channel
from clipsaver.records.channels import THREADS

_COLUMNS = "channel_id, guild_id, parent_id, type, name, nsfw, last_message_id"
WANTED = "(g.purged_at is null or coalesce(g.wanted_at > g.purged_at, false))"


async def record_guild(conn: AsyncConnection[Any], guild_id: int, name: str) -> None:
    """Stores what Discord calls the guild, unless it was purged and nobody wanted it since."""
    await conn.execute(
        f"""
        insert into guilds as g (guild_id, name) values (%s, %s)
        on conflict (guild_id) do update set name = excluded.name, updated_at = now()
        where g.name is distinct from excluded.name and {WANTED}
        """,  # noqa: S608 -- a constant
        [guild_id, storable(name)],
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What a guild's purges say of it."""

    purged_at: datetime | None
    """The latest: what was asked for before is not read. None = it never was."""
    is_passed_over: bool
    """Nobody has asked for it since."""
    is_being_purged: bool
    """Just now: jobs wait until that is over."""
    as_of: datetime
    """By the database's clock, by which it is purged as well."""


async def guild_standing(conn: AsyncConnection[Any], guild_id: int) -> Standing:
    """As of now."""
    found = await conn.execute(
        f"""
        select g.purged_at, coalesce(not {WANTED}, false),
               exists (select from purges where ended_at is null and scope = 'guild'
                       and stage in ('fence', 'count', 'rows') and guild_id = asked.guild_id),
               now()
        from (values (%s::bigint)) as asked (guild_id) left join guilds g using (guild_id)
        """,  # noqa: S608 -- a constant
        [guild_id],
    )
    row = await found.fetchone()
    assert row is not None
    return Standing(*row)


async def scan_again(
    conn: AsyncConnection[Any], guild_id: int, asked_at: float | None = None
) -> None:
    """Notes that somebody wants a guild scanned (Unix seconds; None = now), where it was purged."""
    await conn.execute(
        """
        update guilds set wanted_at = greatest(wanted_at, coalesce(to_timestamp(%s), now())),
               updated_at = now()
        where guild_id = %s and purged_at is not null
        """,
        [asked_at, guild_id],
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
        order by type in {THREADS}, channel_id
        """,  # noqa: S608 -- constants
        [guild_id, list(seen)],
    )
    return [
        Missing(Channel(*described), is_denied, checked_at)
        for *described, is_denied, checked_at in await found.fetchall()
    ]
