"""How much of a guild is on record, what a channel is, where messages are, and what was left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import AsyncConnection

from clipsaver.records.channels import THREADS


class Place(NamedTuple):
    """A channel or thread."""

    guild_id: int
    type: int
    """Discord's channel type."""
    threads: int
    """Those on record that are in it."""

    @property
    def is_thread(self) -> bool:
        return self.type in THREADS


async def place_of(conn: AsyncConnection[Any], channel_id: int) -> Place | None:
    """None where the channel is not on record."""
    found = await conn.execute(
        f"""
        select guild_id, type, (select count(*) from channels t
                                where t.parent_id = c.channel_id and t.type in {THREADS})
        from channels c where channel_id = %s
        """,  # noqa: S608 -- a constant
        [channel_id],
    )
    row = await found.fetchone()
    return None if row is None else Place(*row)


async def channels_of(conn: AsyncConnection[Any], guild_id: int) -> tuple[int, int]:
    """How many channels, and how many threads, of the guild are on record."""
    found = await conn.execute(
        f"""
        select count(*) filter (where type not in {THREADS}),
               count(*) filter (where type in {THREADS})
        from channels where guild_id = %s
        """,  # noqa: S608 -- a constant
        [guild_id],
    )
    row = await found.fetchone()
    assert row is not None
    return row[0], row[1]


async def channels_of_messages(
    conn: AsyncConnection[Any], message_ids: Sequence[int]
) -> dict[int, int]:
    """The channel of each of these messages that is on record."""
    found = await conn.execute(
        "select message_id, channel_id from messages where message_id = any(%s)",
        [list(message_ids)],
    )
    return dict(await found.fetchall())


class LeftGuild(NamedTuple):
    """A guild that the bot is not in any more, as far as workers saw."""

    guild_id: int
    name: str | None
    left_at: datetime


async def left_guilds(conn: AsyncConnection[Any]) -> list[LeftGuild]:
    """Those that were not purged since, in the order in which the bot left them."""
    found = await conn.execute(
        """
        select guild_id, name, left_at from guilds
        where left_at is not null and (purged_at is null or purged_at < left_at)
        order by left_at, guild_id
        """
    )
    return [LeftGuild(*row) for row in await found.fetchall()]
