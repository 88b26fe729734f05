"""Guilds, channels and authors on record by the names that people know them by.

There is no index on names: of a million authors, a tenth of a second.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from psycopg import AsyncConnection

from clipsaver.database.text import storable
from clipsaver.records.channels import THREADS

_MOST_FOUND = 100
_MOST_NAMES = 20_000
"""Among so many a name that is nearly right is looked for."""


class Recorded(NamedTuple):
    """A guild, a channel or an author on record."""

    id: int
    name: str | None
    """As it was last told; None = it never was."""
    place: str | None = None
    """More to tell it by: a channel's guild, an author's username."""


async def guilds_called(
    conn: AsyncConnection[Any], name: str, guild_id: int | None
) -> list[Recorded]:
    """The guilds with this id or this name, in whatever case."""
    return await _found(
        conn,
        """
        select guild_id, name, null from guilds
        where guild_id = %(id)s or lower(name) = lower(%(name)s)
        order by guild_id limit %(most)s
        """,
        {"id": guild_id, "name": storable(name)},
    )


async def channels_called(
    conn: AsyncConnection[Any], name: str, channel_id: int | None, *, guild_id: int | None
) -> list[Recorded]:
    """The channels and threads with this id or name, in whatever case, of one guild or of all."""
    return await _found(
        conn,
        """
        select channel_id, c.name, g.name from channels c join guilds g using (guild_id)
        where (channel_id = %(id)s or lower(c.name) = lower(%(name)s))
          and (%(guild)s::bigint is null or guild_id = %(guild)s)
        order by channel_id limit %(most)s
        """,
        {"id": channel_id, "name": storable(name), "guild": guild_id},
    )


async def channels_within(conn: AsyncConnection[Any], channel_id: int) -> tuple[int, ...]:
    """This channel and what is in it: its threads, or the channels of a category with theirs."""
    found = await conn.execute(
        """
        with recursive within as (
            select %s::bigint as channel_id
            union
            select c.channel_id from channels c join within on c.parent_id = within.channel_id
        )
        select channel_id from within order by channel_id
        """,
        [channel_id],
    )
    return tuple([row[0] for row in await found.fetchall()])


async def authors_called(
    conn: AsyncConnection[Any], name: str, author_id: int | None
) -> list[Recorded]:
    """The authors with this id, username or display name, in whatever case."""
    return await _found(
        conn,
        """
        select author_id, coalesce(global_name, username), username from authors
        where author_id = %(id)s or lower(username) = lower(%(name)s)
           or lower(global_name) = lower(%(name)s)
        order by author_id limit %(most)s
        """,
        {"id": author_id, "name": storable(name)},
    )


async def guild_names(conn: AsyncConnection[Any]) -> list[str]:
    """Names of guilds, for one that is nearly right."""
    return await _names(conn, "select name from guilds where name is not null limit %(most)s")


async def channel_names(conn: AsyncConnection[Any], *, guild_id: int | None) -> list[str]:
    """Names of channels, of one guild or of all, those of threads last."""
    return await _names(
        conn,
        f"""
        select name from channels
        where name is not null and (%(guild)s::bigint is null or guild_id = %(guild)s)
        order by type in {THREADS}, channel_id limit %(most)s
        """,  # noqa: S608 -- a constant
        guild=guild_id,
    )


async def author_names(conn: AsyncConnection[Any]) -> list[str]:
    """Usernames of authors."""
    return await _names(conn, "select username from authors order by author_id limit %(most)s")


async def _found(conn: AsyncConnection[Any], query: str, values: dict[str, Any]) -> list[Recorded]:
    found = await conn.execute(query, {**values, "most": _MOST_FOUND})
    return [Recorded(*row) for row in await found.fetchall()]


async def _names(conn: AsyncConnection[Any], query: str, **values: Any) -> list[str]:
    found = await conn.execute(query, {**values, "most": _MOST_NAMES})
    return [name for (name,) in await found.fetchall()]
