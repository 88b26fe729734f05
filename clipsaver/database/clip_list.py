"""Lists of clips with all that is known of each, by any filter, page by page."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, sql

from clipsaver.database.clip_filter import ClipFilter, ClipKey, where
from clipsaver.database.thumbnails.results import StoredPicture
from clipsaver.message_link import message_link

OLDEST = ClipKey(0, "")
"""As `after`: from the first clip on."""


@dataclass(frozen=True, slots=True)
class ListedClip:
    """A clip with its message, its place, its author and its pictures.

    Names, texts and links are strangers'. None means not known unless it says what else.
    """

    clip_id: str
    message_id: int
    channel_id: int
    guild_id: int
    author_id: int
    source: str
    """attachment, forward, component or embed."""
    attachment_id: int | None
    filename: str
    title: str | None
    content_type: str
    size_bytes: int | None
    width: int | None
    height: int | None
    duration_seconds: float | None
    codec: str | None
    url: str
    url_expires_at: datetime | None
    """None = it does not."""
    placeholder: str | None
    """A thumbhash in base64."""
    spoiler: bool
    discord_clip: bool
    posted_at: datetime
    edited_at: datetime | None
    """None = never."""
    content: str | None
    """Of its message; None where it is not kept."""
    guild_name: str | None
    channel_name: str | None
    channel_type: int
    nsfw: bool
    """Of the channel, or of the one that it is a thread of."""
    parent_id: int | None
    """A thread's channel, or a channel's category; None = neither."""
    parent_name: str | None
    author_name: str
    """As Discord shows it: the display name, else the username."""
    author_username: str
    author_is_bot: bool
    thumbnail_state: str
    thumbnail_error: str | None
    thumbnail_error_message: str | None
    thumbnail_attempts: int
    thumbnail_due_at: datetime | None
    first_seen_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    """None = it is there."""
    deleted_reason: str | None
    """message, attachment, settings or purge."""
    small: StoredPicture | None
    large: StoredPicture | None

    @property
    def key(self) -> ClipKey:
        """As `before` or `after` of the next page."""
        return ClipKey(self.message_id, self.clip_id)

    @property
    def message_link(self) -> str:
        """Where its message is to be read in Discord; it lasts, where `url` expires."""
        return message_link(self.guild_id, self.channel_id, self.message_id)


# The page is cut before anything is joined to it: a join to a table of any size costs no more than
# the page has rows, and cannot talk PostgreSQL out of the index that the page is read from.
_SELECT = sql.SQL("""
    select c.clip_id, c.message_id, c.channel_id, c.guild_id, c.author_id, c.source,
           c.attachment_id, c.filename, c.title, c.content_type, c.size_bytes, c.width, c.height,
           c.duration_seconds, c.codec, c.url, c.url_expires_at, c.placeholder, c.spoiler,
           c.discord_clip, c.posted_at, m.edited_at, m.content, g.name, h.name, h.type,
           h.nsfw or coalesce(p.nsfw, false), h.parent_id, p.name,
           coalesce(a.global_name, a.username), a.username, a.is_bot, c.thumbnail_state,
           c.thumbnail_error, c.thumbnail_error_message, c.thumbnail_attempts, c.thumbnail_due_at,
           c.first_seen_at, c.updated_at, c.deleted_at, c.deleted_reason,
           s.size, s.storage_key, s.width, s.height, s.size_bytes, s.content_type, s.source,
           l.size, l.storage_key, l.width, l.height, l.size_bytes, l.content_type, l.source
    from (
        select * from clips c where {conditions}
        order by c.message_id {order}, c.clip_id {order} limit {limit}
    ) c
    join messages m on m.message_id = c.message_id
    join channels h on h.channel_id = c.channel_id
    join guilds g on g.guild_id = c.guild_id
    join authors a on a.author_id = c.author_id
    left join channels p on p.channel_id = h.parent_id
    left join thumbnails s on s.clip_id = c.clip_id and s.size = 'small'
    left join thumbnails l on l.clip_id = c.clip_id and l.size = 'large'
    order by c.message_id {order}, c.clip_id {order}
""")
_CLIP_COLUMNS = len(fields(ListedClip)) - 2
_SMALL_END = _CLIP_COLUMNS + len(fields(StoredPicture))


async def read_clips(
    conn: AsyncConnection[Any],
    chosen: ClipFilter,
    *,
    limit: int,
    before: ClipKey | None = None,
    after: ClipKey | None = None,
) -> list[ListedClip]:
    """The newest clips of the filter, at most `limit`; those older than `before` if given.

    With `after` the oldest instead that are newer than it; `OLDEST` is where that begins. A page
    that is not full is the last one. Clips that are found or go meanwhile neither repeat one nor
    leave one out.
    """
    conditions, values = where(chosen, before=before, after=after)
    return await _read(conn, conditions, values, limit=limit, is_oldest_first=after is not None)


async def clips_of_message(conn: AsyncConnection[Any], message_id: int) -> list[ListedClip]:
    """All clips of a message, also the deleted ones."""
    conditions = sql.SQL("c.message_id = %(message_id)s")
    values = {"message_id": message_id}
    return await _read(conn, conditions, values, limit=None, is_oldest_first=True)


async def read_clip(conn: AsyncConnection[Any], clip_id: str) -> ListedClip | None:
    """One clip, also a deleted one; None where it is not on record."""
    conditions = sql.SQL("c.clip_id = %(clip_id)s")
    found = await _read(conn, conditions, {"clip_id": clip_id}, limit=1, is_oldest_first=True)
    return found[0] if found else None


async def _read(
    conn: AsyncConnection[Any],
    conditions: sql.Composable,
    values: dict[str, Any],
    *,
    limit: int | None,
    is_oldest_first: bool,
) -> list[ListedClip]:
    query = _SELECT.format(
        conditions=conditions,
        order=sql.SQL("asc" if is_oldest_first else "desc"),
        limit=sql.SQL("%(limit)s::bigint"),
    )
    # Each filter has a plan of its own, which depends on its values.
    found = await conn.execute(query, {**values, "limit": limit}, prepare=False)
    return [_listed(row) for row in await found.fetchall()]


def _listed(row: tuple[Any, ...]) -> ListedClip:
    clip, small, large = row[:_CLIP_COLUMNS], row[_CLIP_COLUMNS:_SMALL_END], row[_SMALL_END:]
    return ListedClip(*(*clip, _picture(small), _picture(large)))


def _picture(columns: tuple[Any, ...]) -> StoredPicture | None:
    return None if columns[0] is None else StoredPicture(*columns)
