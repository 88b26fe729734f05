"""What was kept long enough, in bounded steps.

Messages are told apart by their ids, which hold when they were posted.
"""

from __future__ import annotations

from typing import Any, LiteralString

from psycopg import AsyncConnection


async def forget_texts(conn: AsyncConnection[Any], older_than: int, *, limit: int) -> int:
    """Empties the texts of the oldest messages with smaller ids; returns how many, up to `limit`.

    One that is being written now is left for the next time.
    """
    found = await conn.execute(
        """
        update messages m set content = null, updated_at = now()
        from (select message_id from messages
              where content is not null and message_id < %s
              order by message_id limit %s for update skip locked) old
        where m.message_id = old.message_id
        """,
        [older_than, limit],
    )
    return found.rowcount


async def uncover(
    conn: AsyncConnection[Any], older_than: int, after: tuple[int, str], *, limit: int
) -> tuple[int, str] | None:
    """Takes what is older off the coverage of the next channels; None = there are no more.

    A stretch whose clips were removed was not read any more, as who wants them again sees it.
    """
    found = await conn.execute(
        """
        with next as materialized (
            select channel_id, settings_hash, covered from scan_coverage
            where (channel_id, settings_hash) > (%(channel)s, %(settings)s)
            order by channel_id, settings_hash limit %(limit)s
        ), held as materialized (
            select s.channel_id, s.settings_hash, s.covered from scan_coverage s
            join next using (channel_id, settings_hash)
            where lower(next.covered) < %(older_than)s
            order by s.channel_id, s.settings_hash for update of s
        ), emptied as (
            delete from scan_coverage s using held h
            where (s.channel_id, s.settings_hash) = (h.channel_id, h.settings_hash)
              and h.covered <@ int8range(null, %(older_than)s)
        ), cut as (
            update scan_coverage s
            set covered = s.covered - int8multirange(int8range(null, %(older_than)s))
            from held h
            where (s.channel_id, s.settings_hash) = (h.channel_id, h.settings_hash)
              and not h.covered <@ int8range(null, %(older_than)s)
        )
        select channel_id, settings_hash from next
        order by channel_id desc, settings_hash desc limit 1
        """,
        {"channel": after[0], "settings": after[1], "older_than": older_than, "limit": limit},
    )
    row = await found.fetchone()
    return None if row is None else (row[0], row[1])


async def old_clips(conn: AsyncConnection[Any], older_than: int, *, limit: int) -> list[str]:
    """Clips of messages with smaller ids, the oldest first."""
    return await _clips(conn, OLD_CLIPS, {"older_than": older_than, "limit": limit})


async def clips_gone(conn: AsyncConnection[Any], before: float, *, limit: int) -> list[str]:
    """Clips that were found to be deleted at Discord before then (Unix seconds), in that order.

    What some settings do not want is still there, and stays.
    """
    return await _clips(conn, CLIPS_GONE, {"before": before, "limit": limit})


OLD_CLIPS = """
    select clip_id from clips where message_id < %(older_than)s
    order by message_id, clip_id limit %(limit)s
"""
CLIPS_GONE = """
    select clip_id from clips
    where deleted_reason in ('message', 'attachment') and deleted_at < to_timestamp(%(before)s)
    order by deleted_at, clip_id limit %(limit)s
"""


async def _clips(
    conn: AsyncConnection[Any], query: LiteralString, values: dict[str, float]
) -> list[str]:
    found = await conn.execute(query, values)
    return [row[0] for row in await found.fetchall()]
