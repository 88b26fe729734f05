"""What was read of a channel, per way of reading."""

from __future__ import annotations

from collections.abc import Sequence
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
