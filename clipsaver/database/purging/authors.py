"""Authors of whom no message is left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection

from clipsaver.database.purging.bounded import bounded

_AT_ONCE = 50
_LOOK = """
    select count(*) from unnest(%(authors)s::bigint[]) as one(author_id)
    cross join lateral (select from messages m where m.author_id = one.author_id limit 1) message
"""


@dataclass(frozen=True, slots=True)
class Authors:
    """What became of those that were looked at; the others have messages."""

    deleted: int = 0
    held: tuple[int, ...] = ()
    """Somebody else had them: to be looked at again."""


async def delete_authors(
    conn: AsyncConnection[Any], authors: Collection[int], *, later_than: int
) -> Authors:
    """Deletes those who have no message left, in a transaction that deleted messages of theirs.

    Whoever has a clip in a message later than that one has a message, which an index tells without
    reading what is gone. Those whom somebody holds are left: a page that holds one may wait for
    another. Of two purges that take messages of one author, one finds that the other holds the
    author's row, or sees what it did.
    """
    held = await _lock(conn, authors, "for no key update skip locked")
    found = await conn.execute(
        """
        select one.author_id from unnest(%(authors)s::bigint[]) as one(author_id)
        left join lateral (
            select true as is_there from clips c
            where c.author_id = one.author_id and c.message_id > %(later)s limit 1
        ) later on true
        where later.is_there is null
        """,
        {"authors": held, "later": later_than},
    )
    candidates = [row[0] for row in await found.fetchall()]
    # Now also against pages that store a message of theirs; these are then refused, and repeated.
    mine = await _lock(conn, candidates, "for update skip locked")
    deleted = await _delete(conn, mine)
    return Authors(deleted, await _existing(conn, {*authors} - ({*held} - {*candidates}) - {*mine}))


async def delete_author(conn: AsyncConnection[Any], author_id: int) -> int:
    """The same for one, who is waited for, in a transaction that holds no row of another table."""
    return await _delete(conn, await _lock(conn, [author_id], "for update"))


async def clear_the_way(conn: AsyncConnection[Any], authors: Collection[int]) -> bool:
    """Looks for a message of each of them, for a moment, before a step that deletes some.

    Looking somebody up in an index reads what is gone of theirs, and marks it, so that nobody reads
    it again. A hundred thousand messages of one author would hold up the step that deletes the
    author: so each step has marked what the ones before it deleted. False = it is of no use, since
    somebody's open transaction, as that of a backup, forbids to mark.
    """
    try:
        await bounded(conn, _LOOK, {"authors": sorted(authors)})
    except psycopg.errors.QueryCanceled:
        return False
    return True


async def wait_for_authors(conn: AsyncConnection[Any], authors: Collection[int]) -> None:
    """Returns once nobody else holds them; who calls holds no row."""
    async with conn.transaction():
        await _lock(conn, authors, "for update")


async def _lock(conn: AsyncConnection[Any], authors: Collection[int], how: str) -> list[int]:
    """Those that are there and were got. What is read after it is as of then, or later."""
    if not authors:
        return []
    found = await conn.execute(
        f"select author_id from authors where author_id = any(%s::bigint[]) order by author_id {how}",  # noqa: S608, E501 -- words of ours
        [sorted(authors)],
    )
    return [row[0] for row in await found.fetchall()]


async def _delete(conn: AsyncConnection[Any], authors: Sequence[int]) -> int:
    """Those who have no message left, some at a time: what is gone of theirs is read for that."""
    deleted = 0
    for start in range(0, len(authors), _AT_ONCE):
        deleted += await _delete_some(conn, authors[start : start + _AT_ONCE])
    return deleted


async def _delete_some(conn: AsyncConnection[Any], authors: Sequence[int]) -> int:
    found = await conn.execute(
        """
        delete from authors a using unnest(%s::bigint[]) as one(author_id)
        left join lateral (
            select true as has_message from messages m where m.author_id = one.author_id limit 1
        ) left_over on true
        where a.author_id = one.author_id and left_over.has_message is null
        """,
        [authors],
    )
    return found.rowcount


async def _existing(conn: AsyncConnection[Any], authors: Collection[int]) -> tuple[int, ...]:
    if not authors:
        return ()
    found = await conn.execute(
        "select author_id from authors where author_id = any(%s::bigint[]) order by author_id",
        [list(authors)],
    )
    return tuple(row[0] for row in await found.fetchall())
