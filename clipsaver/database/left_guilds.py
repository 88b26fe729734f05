"""Guilds that the bot is not in any more: `guilds.left_at`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.guilds import WANTED
from clipsaver.records import RecordedGuild


async def recorded_guilds(conn: AsyncConnection[Any]) -> list[RecordedGuild]:
    """All there are."""
    found = await conn.execute(
        f"""
        select guild_id, name, left_at,
               {WANTED} and exists (select from channels c where c.guild_id = g.guild_id)
        from guilds g order by guild_id
        """  # noqa: S608 -- a constant
    )
    return [RecordedGuild(*row) for row in await found.fetchall()]


async def note_left(conn: AsyncConnection[Any], guild_id: int) -> datetime | None:
    """The bot is not in it any more; returns since when, None where that was known before."""
    found = await conn.execute(
        """
        update guilds set left_at = now(), updated_at = now()
        where guild_id = %s and left_at is null
        returning left_at
        """,
        [guild_id],
    )
    row = await found.fetchone()
    return None if row is None else row[0]


async def note_back(conn: AsyncConnection[Any], guild_id: int) -> bool:
    """The bot is in it; False where that was known before."""
    found = await conn.execute(
        """
        update guilds set left_at = null, updated_at = now()
        where guild_id = %s and left_at is not null
        """,
        [guild_id],
    )
    return bool(found.rowcount)
