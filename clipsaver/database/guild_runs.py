"""What guild jobs need of `runs`: the scans that are under way, and the place for their own counts.

Changes name run and fence, as in `runs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.multirange import from_multirange
from clipsaver.errors import LeaseLost
from clipsaver.ranges import RangeSet
from clipsaver.records import GuildCounts


@dataclass(frozen=True, slots=True)
class Underway:
    """A batch job that was begun and is not over."""

    run_id: str
    channel_id: int
    job: str
    """As JSON."""
    remaining: RangeSet | None
    """None: it has not planned yet what to read."""


async def batches_underway(
    conn: AsyncConnection[Any], channel_ids: Sequence[int]
) -> list[Underway]:
    """The unfinished batch jobs of these channels, the latest begun first."""
    found = await conn.execute(
        """
        select run_id, channel_id, job::text, remaining from runs
        where state in ('QUEUED', 'RUNNING') and type = 'batch'
          and channel_id = any(%s::bigint[])
        order by created_at desc, run_id
        """,
        [list(channel_ids)],
    )
    return [
        Underway(run_id, channel_id, job, None if left is None else from_multirange(left))
        for run_id, channel_id, job, left in await found.fetchall()
    ]


async def record_counts(
    conn: AsyncConnection[Any], run_id: str, fence: int, counts: GuildCounts, *, requests: int
) -> None:
    """Stores what the run has found up to now, over all its deliveries. Raises LeaseLost."""
    found = await conn.execute(
        """
        update runs set channels = %s, channels_unreadable = %s, jobs_added = %s, requests = %s,
               updated_at = now()
        where run_id = %s and fence = %s and state = 'RUNNING'
        """,
        [counts.channels, counts.unreadable, counts.jobs, requests, run_id, fence],
    )
    if not found.rowcount:
        raise LeaseLost(f"run {run_id} is no longer held under fence {fence}")
