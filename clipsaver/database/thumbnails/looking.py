"""What an operator sees before asking for thumbnails again; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, sql

from clipsaver.database.thumbnails.states import (
    NamedAgain,
    ThumbnailFilter,
    by_fate,
    conditions_of,
)
from clipsaver.records import ThumbnailState


@dataclass(frozen=True, slots=True)
class ShownClip:
    """A clip, and how its last attempt ended."""

    clip_id: str
    state: ThumbnailState
    error: str | None
    message: str | None
    """The error in words."""
    attempts: int
    due_at: datetime | None
    filename: str


async def clips_chosen(
    conn: AsyncConnection[Any], chosen: ThumbnailFilter, *, limit: int
) -> list[ShownClip]:
    """The first of those that `ask_again` would ask for."""
    query = sql.SQL(
        """
        select c.clip_id, c.thumbnail_state, c.thumbnail_error, c.thumbnail_error_message,
               c.thumbnail_attempts, c.thumbnail_due_at, c.filename
        from clips c where {} order by c.clip_id limit {}
        """
    ).format(conditions_of(chosen), sql.Literal(limit))
    return await _shown(conn, query, {})


async def clips_named(conn: AsyncConnection[Any], clip_ids: Sequence[str]) -> list[ShownClip]:
    """Those of the clips that are there, in the same order."""
    query = sql.SQL(
        """
        select clip_id, thumbnail_state, thumbnail_error, thumbnail_error_message,
               thumbnail_attempts, thumbnail_due_at, filename
        from clips where clip_id = any(%(clips)s::text[]) and deleted_at is null
        order by clip_id
        """
    )
    return await _shown(conn, query, {"clips": list(clip_ids)})


async def fates_of_named(
    conn: AsyncConnection[Any], clip_ids: Sequence[str], *, with_ready: bool = False
) -> NamedAgain:
    """What `ask_for_named` would do with each."""
    found = await conn.execute(
        """
        select clip_id,
               case when deleted_at is not null then 'deleted'
                    when thumbnail_state = 'ready' and not %(with_ready)s then 'ready'
                    else 'asked' end
        from clips where clip_id = any(%(clips)s::text[])
        """,
        {"clips": list(clip_ids), "with_ready": with_ready},
    )
    return by_fate(clip_ids, dict(await found.fetchall()))


async def _shown(
    conn: AsyncConnection[Any], query: sql.SQL | sql.Composed, values: dict[str, Any]
) -> list[ShownClip]:
    found = await conn.execute(query, values)
    return [
        ShownClip(clip_id, ThumbnailState(state), *rest)
        for clip_id, state, *rest in await found.fetchall()
    ]
