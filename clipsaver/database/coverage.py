"""What was read of a channel, per way of reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.multirange import from_multirange
from clipsaver.ranges import RangeSet


async def read_coverage(
    conn: AsyncConnection[Any], channel_id: int, settings_hash: str
) -> RangeSet:
    """The message ids that were read under these settings; empty where none were."""
    found = await conn.execute(
        "select covered from scan_coverage where channel_id = %s and settings_hash = %s",
        [channel_id, settings_hash],
    )
    row = await found.fetchone()
    return RangeSet() if row is None else from_multirange(row[0])


@dataclass(frozen=True, slots=True)
class SoFar:
    """What is known of a channel's length."""

    channel_id: int
    last_message_id: int | None
    """The newest that Discord named."""
    covered: RangeSet
    """Message ids that were read, under whichever settings most were."""
    messages: int
    """Read by batch jobs that are on record."""


async def so_far(conn: AsyncConnection[Any], channel_id: int) -> SoFar | None:
    """None where the channel is not on record."""
    found = await conn.execute(
        """
        select c.last_message_id,
               (select s.covered from scan_coverage s where s.channel_id = c.channel_id
                order by upper(s.covered) - lower(s.covered) desc nulls last limit 1),
               (select coalesce(sum(r.messages), 0)::bigint from runs r
                where r.channel_id = c.channel_id and r.type = 'batch')
        from channels c where c.channel_id = %s
        """,
        [channel_id],
    )
    row = await found.fetchone()
    if row is None:
        return None
    last, covered, messages = row
    ranges = RangeSet() if covered is None else from_multirange(covered)
    return SoFar(channel_id, last, ranges, messages)


async def read_coverages(
    conn: AsyncConnection[Any], channel_ids: Sequence[int], settings_hash: str
) -> dict[int, RangeSet]:
    """The same of many channels; those of which nothing was read are left out."""
    found = await conn.execute(
        """
        select channel_id, covered from scan_coverage
        where channel_id = any(%s::bigint[]) and settings_hash = %s
        """,
        [list(channel_ids), settings_hash],
    )
    return {channel_id: from_multirange(covered) for channel_id, covered in await found.fetchall()}
