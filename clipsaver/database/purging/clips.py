"""Deletes clips with all that is only theirs: pictures, messages without a clip, their authors.

Rows are locked in the order in which the writers of pages lock them: clips, messages, authors, each
by their ids. What is read after a lock is had is another statement: it sees what was stored before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection

from clipsaver.database.purging.authors import Authors, delete_authors, wait_for_authors
from clipsaver.database.purging.standing import ALONG_INDEXES, only_row
from clipsaver.records import PurgeCounts

KeyRanges = Callable[[str], Sequence[tuple[str, str]]]
"""Of a clip: between which keys its pictures lie, from the first up to the second, by bytes."""
_TRIES = 10

_DELETE = """
with picture as (
    delete from thumbnails where clip_id = any(%(clips)s::text[]) returning storage_key
), given_up as (
    insert into file_outbox (storage_key, purge_id, stored)
    select storage_key, %(purge)s::bigint, true from picture returning 1
), waiting as materialized (
    select f.file_id from unnest(%(low)s::text[], %(high)s::text[]) as r(low, high)
    cross join lateral (
        select file_id, purge_id from file_outbox o
        where o.storage_key collate "C" >= r.low collate "C"
          and o.storage_key collate "C" < r.high collate "C" offset 0) f
    where f.purge_id is null
), held as materialized (
    select file_id from file_outbox f join waiting using (file_id)
    order by file_id for update of f
), taken_over as (
    update file_outbox f
    set purge_id = %(purge)s::bigint,
        due_at = case when f.stored and f.attempts = 0 then least(f.due_at, now()) else f.due_at end
    from held where f.file_id = held.file_id returning 1
), gone as (
    delete from clips where clip_id = any(%(clips)s::text[]) returning 1
)
select (select count(*) from gone), (select count(*) from picture),
       (select count(*) from given_up) + (select count(*) from taken_over),
       extract(epoch from clock_timestamp() - statement_timestamp())::float8
"""


@dataclass(frozen=True, slots=True)
class Gone:
    """What one step deleted."""

    counts: PurgeCounts
    """`files` are those that were given up."""
    held: tuple[int, ...] = ()
    """Authors whom somebody held: to be looked at again."""
    took_s: float = 0.0
    """The server alone, for what takes it longest; foreign keys are checked after that."""


async def delete_clips(
    conn: AsyncConnection[Any], clip_ids: Collection[str], *, key_ranges: KeyRanges
) -> PurgeCounts:
    """Deletes some hundreds of clips in a transaction of its own, or none of them.

    An author whom a page of some worker holds is waited for, without a row of ours that this page
    may want: then all begins anew. Raises psycopg's LockNotAvailable where that never ends.
    """
    for _ in range(_TRIES):
        async with conn.transaction() as whole:
            await conn.execute(f"select {ALONG_INDEXES}")
            gone = await delete_with_theirs(conn, clip_ids, key_ranges=key_ranges)
            if gone.held:
                raise psycopg.Rollback(whole)
        if not gone.held:
            return gone.counts
        await wait_for_authors(conn, gone.held)
    raise psycopg.errors.LockNotAvailable("the authors of these clips are always held by pages")


async def delete_with_theirs(
    conn: AsyncConnection[Any],
    clip_ids: Collection[str],
    *,
    key_ranges: KeyRanges,
    purge_id: int | None = None,
    with_authors: bool = True,
) -> Gone:
    """Deletes them in the caller's transaction.

    Keys of their pictures go to the outbox, also of those that are being made, which then name the
    purge.
    """
    if not clip_ids:
        return Gone(PurgeCounts())
    # From here on no picture comes to belong to them, and none is announced.
    found = await conn.execute(
        "select clip_id, message_id, author_id from clips where clip_id = any(%s::text[]) "
        "order by clip_id for update",
        [sorted(clip_ids)],
    )
    clips = await found.fetchall()
    if not clips:
        return Gone(PurgeCounts())
    ranges = [one for clip_id, _, _ in clips for one in key_ranges(clip_id)]
    found = await conn.execute(
        _DELETE,
        {
            "clips": [clip_id for clip_id, _, _ in clips],
            "purge": purge_id,
            "low": [low for low, _ in ranges],
            "high": [high for _, high in ranges],
        },
    )
    clips_gone, pictures, files, took_s = await only_row(found)
    messages = await _delete_messages(conn, {message_id for _, message_id, _ in clips})
    authors = Authors()
    if with_authors:
        last = max(message_id for _, message_id, _ in clips)
        authors = await delete_authors(conn, {author for _, _, author in clips}, later_than=last)
    counts = PurgeCounts(clips_gone, messages, pictures, authors.deleted, files)
    return Gone(counts, authors.held, took_s)


async def _delete_messages(conn: AsyncConnection[Any], messages: Collection[int]) -> int:
    """Those that have no clip left; a clip that is stored in one now waits for the lock."""
    await conn.execute(
        "select from messages where message_id = any(%s::bigint[]) order by message_id for update",
        [sorted(messages)],
    )
    found = await conn.execute(
        """
        delete from messages m using unnest(%s::bigint[]) as one(message_id)
        left join lateral (
            select true as has_clip from clips c where c.message_id = one.message_id limit 1
        ) left_over on true
        where m.message_id = one.message_id and left_over.has_clip is null
        """,
        [sorted(messages)],
    )
    return found.rowcount
