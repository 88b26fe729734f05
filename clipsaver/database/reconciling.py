"""What is stored of a channel, for those who compare it with what Discord shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.multirange import from_multirange, to_text
from clipsaver.ranges import Range, RangeSet
from clipsaver.records import Clip, KnownClip
from clipsaver.snowflake import MAX_ID

MOST_AT_ONCE = 5_000
"""Stored clips that are compared with one page, newest first."""
MOST_STRAYS = 1_000
"""More than these are not kept apart in a run's `remaining`, which each page writes anew."""


async def clips_between(conn: AsyncConnection[Any], channel_id: int, ids: Range) -> list[KnownClip]:
    """The clips that are stored as being there in a stretch of a channel, newest first."""
    upper = MAX_ID if ids.upper is None else ids.upper - 1
    found = await conn.execute(
        """
        select clip_id, message_id from clips
        where channel_id = %s and message_id between %s and %s and deleted_at is null
        order by message_id desc, clip_id desc
        limit %s
        """,
        [channel_id, ids.lower, upper, MOST_AT_ONCE],
    )
    return [KnownClip(*row) for row in await found.fetchall()]


async def clips_of(
    conn: AsyncConnection[Any], channel_id: int, message_ids: Collection[int]
) -> list[KnownClip]:
    """The clips that are stored as being there of these messages of the channel.

    A message of another channel is unknown in this one, which says nothing of it.
    """
    found = await conn.execute(
        """
        select clip_id, message_id from clips
        where message_id = any(%s::bigint[]) and channel_id = %s and deleted_at is null
        """,
        [list(message_ids), channel_id],
    )
    return [KnownClip(*row) for row in await found.fetchall()]


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What is known of clips that somebody shows, by their ids."""

    stored: frozenset[str]
    """As being there, or as deleted at Discord."""
    read: frozenset[str]
    """Those whose messages were read under the settings: they would be stored, had they been there.
    """


async def on_record(
    conn: AsyncConnection[Any], clips: Sequence[Clip], settings_hash: str
) -> OnRecord:
    """What is known of these clips, of whatever channels.

    Row by row, by the key: a join could be planned while the tables are young, and read all of them
    ever after.
    """
    found = await conn.execute(
        """
        select shown.clip_id,
               s.clip_id is not null and s.deleted_reason is distinct from 'settings'
                                     and s.deleted_reason is distinct from 'purge',
               v.covered is not null
        from unnest(%s::text[], %s::bigint[], %s::bigint[])
             as shown(clip_id, channel_id, message_id)
        left join lateral (
            select c.clip_id, c.deleted_reason from clips c
            where c.clip_id = shown.clip_id limit 1
        ) s on true
        left join lateral (
            select c.covered from scan_coverage c
            where c.channel_id = shown.channel_id and c.settings_hash = %s
              and c.covered @> shown.message_id limit 1
        ) v on true
        """,
        [
            [clip.clip_id for clip in clips],
            [clip.channel_id for clip in clips],
            [clip.message_id for clip in clips],
            settings_hash,
        ],
    )
    rows = await found.fetchall()
    return OnRecord(
        frozenset(clip_id for clip_id, is_stored, _ in rows if is_stored),
        frozenset(clip_id for clip_id, _, is_read in rows if is_read),
    )


async def known_stretch(conn: AsyncConnection[Any], channel_id: int) -> RangeSet:
    """All that was ever read of a channel, under whatever settings.

    To what is covered come the messages that were read alone and hold clips; where there are many
    of those, with all that lies between the first and the last.
    """
    found = await conn.execute(
        """
        select coalesce(range_agg(piece), '{}') from scan_coverage, unnest(covered) as piece
        where channel_id = %s
        """,
        [channel_id],
    )
    row = await found.fetchone()
    assert row is not None
    covered = from_multirange(row[0])
    strays = await conn.execute(
        """
        select distinct message_id from clips
        where channel_id = %s and (deleted_at is null or deleted_reason = 'settings')
          and not %s::int8multirange @> message_id
        order by message_id
        """,
        [channel_id, to_text(covered)],
    )
    alone = RangeSet(Range(one, one + 1) for (one,) in await strays.fetchall())
    if len(alone) > MOST_STRAYS and (hull := alone.hull) is not None:
        alone = RangeSet((hull,))
    return covered | alone
