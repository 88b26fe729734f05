"""Reading the clips: the newest first, page by page, and all that is known of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, sql

from clipsaver.database.clip_filter import ClipFilter, ClipKey, where


@dataclass(frozen=True, slots=True)
class StoredClip:
    """A clip as a list shows it, with the names of its channel and author."""

    clip_id: str
    message_id: int
    channel_id: int
    channel_name: str | None
    guild_id: int
    author_id: int
    author_name: str
    source: str
    filename: str
    title: str | None
    content_type: str
    size_bytes: int | None
    width: int | None
    height: int | None
    duration_seconds: float | None
    url: str
    url_expires_at: datetime | None
    thumbnail_state: str
    posted_at: datetime

    @property
    def key(self) -> ClipKey:
        """As `before` of the next page."""
        return ClipKey(self.message_id, self.clip_id)


_SELECT = sql.SQL("""
    select c.clip_id, c.message_id, c.channel_id, h.name, c.guild_id, c.author_id,
           coalesce(a.global_name, a.username), c.source, c.filename, c.title, c.content_type,
           c.size_bytes, c.width, c.height, c.duration_seconds, c.url, c.url_expires_at,
           c.thumbnail_state, c.posted_at
    from clips c join channels h using (channel_id) join authors a on a.author_id = c.author_id
    where {conditions}
    order by c.message_id desc, c.clip_id desc
    limit {limit}
""")


async def newest_clips(
    conn: AsyncConnection[Any],
    *,
    limit: int,
    guild_id: int | None = None,
    channel_id: int | None = None,
    author_id: int | None = None,
    before: ClipKey | None = None,
) -> list[StoredClip]:
    """The newest clips that are there, at most `limit`; those older than `before` if given."""
    channel_ids = None if channel_id is None else (channel_id,)
    chosen = ClipFilter(guild_id=guild_id, channel_ids=channel_ids, author_id=author_id)
    conditions, values = where(chosen, before=before)
    query = _SELECT.format(conditions=conditions, limit=sql.Literal(limit))
    found = await conn.execute(query, values, prepare=False)  # each filter has its own plan
    return [StoredClip(*row) for row in await found.fetchall()]


async def clips_with_ids(conn: AsyncConnection[Any], clip_ids: Sequence[str]) -> list[StoredClip]:
    """Those of the clips that are there, the newest first."""
    if not clip_ids:
        return []
    conditions = sql.SQL("c.deleted_at is null and c.clip_id = any(%s::text[])")
    query = _SELECT.format(conditions=conditions, limit=sql.Literal(len(clip_ids)))
    found = await conn.execute(query, [list(clip_ids)])
    return [StoredClip(*row) for row in await found.fetchall()]


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What a list does not show of a clip, with its largest picture."""

    clip_id: str
    codec: str | None
    thumbnail_error: str | None
    thumbnail_attempts: int
    thumbnail_due_at: datetime | None
    first_seen_at: datetime | None
    content: str | None
    """Of its message; None where it is not kept."""
    storage_key: str | None
    """None = there is no picture."""
    picture_width: int | None
    picture_height: int | None
    picture_bytes: int | None
    picture_source: str | None
    """decode or discord."""


async def clip_facts(conn: AsyncConnection[Any], clip_id: str) -> ClipFacts | None:
    """More about one clip; None where it is not on record. Its error is in words if it has any."""
    found = await conn.execute(
        """
        select c.clip_id, c.codec, coalesce(c.thumbnail_error_message, c.thumbnail_error),
               c.thumbnail_attempts, c.thumbnail_due_at, c.first_seen_at, m.content,
               t.storage_key, t.width, t.height, t.size_bytes, t.source
        from clips c join messages m using (message_id)
        left join lateral (
            select * from thumbnails where clip_id = c.clip_id order by size = 'small' limit 1
        ) t on true
        where c.clip_id = %s
        """,
        [clip_id],
    )
    row = await found.fetchone()
    return None if row is None else ClipFacts(*row)


async def about_how_many(conn: AsyncConnection[Any]) -> int:
    """The clips that are there: counted where that is quick, else PostgreSQL's own estimate, which
    has also those that are deleted."""
    found = await conn.execute(
        """
        select case when pg_relation_size('clips') > 16 * 1024 * 1024 and reltuples >= 0
                    then reltuples::bigint
                    else (select count(*) from clips where deleted_at is null) end
        from pg_class where oid = 'clips'::regclass
        """
    )
    row = await found.fetchone()
    return 0 if row is None else int(row[0])
