"""Which clips a list is of, and where it goes on. Values are parameters, never part of the SQL."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import sql

from clipsaver import snowflake
from clipsaver.records import ThumbnailState


class ClipKey(NamedTuple):
    """Where a list of clips goes on: ids sort by time, so this needs no offset."""

    message_id: int
    clip_id: str


class Presence(enum.StrEnum):
    """Whether a clip is there still."""

    PRESENT = "present"
    DELETED = "deleted"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ClipFilter:
    """What all clips of a list have; None = whatever it is."""

    guild_id: int | None = None
    channel_ids: tuple[int, ...] | None = None
    """One of these; a thread is a channel of its own."""
    author_id: int | None = None
    posted_after: datetime | None = None
    """From then on; with a zone."""
    posted_before: datetime | None = None
    """Up to but not including then; with a zone."""
    min_size: int | None = None
    """In bytes. A clip whose size is not known is in no list that asks for one."""
    max_size: int | None = None
    """In bytes, including it."""
    state: Presence = Presence.PRESENT
    thumbnail: ThumbnailState | None = None


_PRESENCE = {
    Presence.PRESENT: (sql.SQL("c.deleted_at is null"),),
    Presence.DELETED: (sql.SQL("c.deleted_at is not null"),),
    Presence.ALL: (),
}
_EQUAL = {
    "guild_id": sql.SQL("c.guild_id = %(guild_id)s"),
    "author_id": sql.SQL("c.author_id = %(author_id)s"),
    "thumbnail": sql.SQL("c.thumbnail_state = %(thumbnail)s"),
}
_BOUNDS = {
    "from_id": sql.SQL("c.message_id >= %(from_id)s"),
    "until_id": sql.SQL("c.message_id < %(until_id)s"),
    "min_size": sql.SQL("c.size_bytes >= %(min_size)s"),
    "max_size": sql.SQL("c.size_bytes <= %(max_size)s"),
}
_KEYS = {
    "before": sql.SQL("(c.message_id, c.clip_id) < (%(before_message)s, %(before_clip)s)"),
    "after": sql.SQL("(c.message_id, c.clip_id) > (%(after_message)s, %(after_clip)s)"),
}

# Clips of one channel come out of its index in order; those of several have to be put in order.
_CHANNEL = sql.SQL("c.channel_id = %(channel_id)s")
_CHANNELS = sql.SQL("c.channel_id = any(%(channel_ids)s::bigint[])")

# There is no index of what is pending, only one of what was never tried and one of what was: said
# so, PostgreSQL can put the two together where little or nothing is pending.
_PENDING = sql.SQL("(c.thumbnail_due_at is null or c.thumbnail_due_at is not null)")


def where(
    chosen: ClipFilter, *, before: ClipKey | None = None, after: ClipKey | None = None
) -> tuple[sql.Composed, dict[str, Any]]:
    """A condition on `clips c`, and its parameters.

    A time becomes the smallest id of its moment: the indexes have ids, and no `posted_at`.
    """
    conditions: list[sql.Composable] = [*_PRESENCE[chosen.state]]
    values: dict[str, Any] = {}
    for name, equal in _EQUAL.items():
        if (value := getattr(chosen, name)) is not None:
            conditions.append(equal)
            values[name] = value if isinstance(value, int) else str(value)
    match chosen.channel_ids:
        case None:
            pass
        case (channel_id,):
            conditions.append(_CHANNEL)
            values["channel_id"] = channel_id
        case channel_ids:
            conditions.append(_CHANNELS)
            values["channel_ids"] = list(channel_ids)
    if chosen.thumbnail is ThumbnailState.PENDING:
        conditions.append(_PENDING)
    for name, bound in _BOUNDS.items():
        if (limit := _bound(chosen, name)) is not None:
            conditions.append(bound)
            values[name] = min(limit, snowflake.MAX_ID)  # a greater one is no bigint
    for name, key in (("before", before), ("after", after)):
        if key is not None:
            conditions.append(_KEYS[name])
            values |= {f"{name}_message": key.message_id, f"{name}_clip": key.clip_id}
    return sql.SQL(" and ").join(conditions or [sql.SQL("true")]), values


def _bound(chosen: ClipFilter, name: str) -> int | None:
    match name:
        case "from_id":
            at = chosen.posted_after
        case "until_id":
            at = chosen.posted_before
        case _:
            size: int | None = getattr(chosen, name)
            return size
    return None if at is None else snowflake.from_unix(at.timestamp())
