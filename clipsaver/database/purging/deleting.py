"""The step that deletes clips, with all that is only theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.purging.authors import delete_authors
from clipsaver.database.purging.looks import SeenClip
from clipsaver.database.purging.place import Part, Place
from clipsaver.database.purging.standing import Standing, move, only_row, step_at
from clipsaver.records import PurgeScope

KeyRanges = Callable[[str], Sequence[tuple[str, str]]]
"""Of a clip: between which keys its pictures lie, from the first up to the second, by bytes."""


async def delete_clips(
    conn: AsyncConnection[Any],
    at: Standing,
    seen: Sequence[SeenClip],
    behind: Place | None,
    *,
    key_ranges: KeyRanges,
) -> Standing:
    """Deletes those of the clips that are meant, with all that is only theirs.

    Keys of their pictures go to the outbox, also of those that are being made. `behind` is where it
    goes on, None if these were the last.
    """
    meant = [clip for clip in seen if clip.is_meant]
    place = at.place.at(part=Part.AUTHORS) if behind is None else behind
    async with step_at(conn, at):
        if not meant:
            return await move(conn, at, place)
        gone = await _delete_clips(conn, at.purge.purge_id, meant, key_ranges)
        messages = await _delete_messages(conn, {clip.message_id for clip in meant})
        candidates = {*at.place.authors, *(clip.author_id for clip in meant)}
        if at.purge.target.scope is PurgeScope.AUTHOR:
            candidates = set()  # looked at once, at the end
        last = max(clip.message_id for clip in meant)
        authors = await delete_authors(conn, candidates, later_than=last)
        return await move(
            conn,
            at,
            place.at(authors=authors.held),
            sums={**gone, "messages": messages, "authors": authors.deleted},
        )


async def _delete_clips(
    conn: AsyncConnection[Any], purge_id: int, clips: Sequence[SeenClip], key_ranges: KeyRanges
) -> dict[str, int]:
    ids = sorted(clip.clip_id for clip in clips)
    # From here on no picture comes to belong to them, and none is announced.
    await conn.execute(
        "select from clips where clip_id = any(%s::text[]) order by clip_id for update", [ids]
    )
    ranges = [one for clip_id in ids for one in key_ranges(clip_id)]
    found = await conn.execute(
        """
        with picture as (
            delete from thumbnails where clip_id = any(%(clips)s::text[]) returning storage_key
        ), given_up as (
            insert into file_outbox (storage_key, purge_id, stored)
            select storage_key, %(purge)s, true from picture returning 1
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
            set purge_id = %(purge)s,
                due_at = case when f.stored and f.attempts = 0 then least(f.due_at, now())
                              else f.due_at end
            from held where f.file_id = held.file_id returning 1
        ), gone as (
            delete from clips where clip_id = any(%(clips)s::text[]) returning 1
        )
        select (select count(*) from gone), (select count(*) from picture),
               (select count(*) from given_up) + (select count(*) from taken_over)
        """,
        {
            "clips": ids,
            "purge": purge_id,
            "low": [low for low, _ in ranges],
            "high": [high for _, high in ranges],
        },
    )
    clips_gone, pictures, files = await only_row(found)
    return {"clips": clips_gone, "pictures": pictures, "files_given_up": files}


async def _delete_messages(conn: AsyncConnection[Any], messages: set[int]) -> int:
    """Those that have no clip left; a clip that is stored in one now waits for the lock."""
    await conn.execute(
        "select from messages where message_id = any(%s::bigint[]) order by message_id for update",
        [list(messages)],
    )
    found = await conn.execute(
        """
        delete from messages m using unnest(%s::bigint[]) as one(message_id)
        left join lateral (
            select true as has_clip from clips c where c.message_id = one.message_id limit 1
        ) left_over on true
        where m.message_id = one.message_id and left_over.has_clip is null
        """,
        [list(messages)],
    )
    return found.rowcount
