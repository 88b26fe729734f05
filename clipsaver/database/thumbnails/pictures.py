"""Reading the pictures of the newest clips, for who shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection


@dataclass(frozen=True, slots=True)
class ShownClip:
    """A clip with its small picture, or with the reason for having none."""

    clip_id: str
    filename: str
    channel_name: str | None
    author_name: str
    posted_at: datetime
    width: int | None
    height: int | None
    duration_seconds: float | None
    codec: str | None
    state: str
    """As `clips.thumbnail_state`."""
    error: str | None
    storage_key: str | None
    """Of the small picture; None = there is none."""
    picture_width: int | None
    picture_height: int | None
    picture_bytes: int | None
    source: str | None
    """decode or discord."""

    @property
    def is_over(self) -> bool:
        """Whether it has a picture, or an attempt that brought none."""
        return self.state != "pending" or self.error is not None


async def newest_pictures(conn: AsyncConnection[Any], *, limit: int) -> list[ShownClip]:
    """Of the newest clips that are there, at most `limit`."""
    found = await conn.execute(
        """
        select c.clip_id, c.filename, h.name, coalesce(a.global_name, a.username), c.posted_at,
               c.width, c.height, c.duration_seconds, c.codec, c.thumbnail_state,
               c.thumbnail_error, t.storage_key, t.width, t.height, t.size_bytes, t.source
        from clips c join channels h using (channel_id)
        join authors a on a.author_id = c.author_id
        left join thumbnails t on t.clip_id = c.clip_id and t.size = 'small'
        where c.deleted_at is null
        order by c.message_id desc, c.clip_id desc
        limit %s
        """,
        [limit],
    )
    return [ShownClip(*row) for row in await found.fetchall()]
