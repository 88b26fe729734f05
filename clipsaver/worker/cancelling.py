"""Stops jobs that somebody has cancelled, within moments of it."""

from __future__ import annotations

import trio

from clipsaver.errors import RedisUnavailable
from clipsaver.queue.cancelled import FROM_THE_FIRST, hear_of_cancelled
from clipsaver.queue.link import Link
from clipsaver.worker.leases import LeaseKeeper

_BLOCK_MS = 5_000
_AGAIN_S = 1.0


async def heed_cancels(
    link: Link,
    leases: LeaseKeeper,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Ends the work of runs that are cancelled, until it is cancelled itself.

    While Redis is away nobody can cancel; what was missed shows at the next renewal.
    """
    task_status.started()
    cursor = FROM_THE_FIRST
    while True:
        try:
            heard = await hear_of_cancelled(link, cursor, block_ms=_BLOCK_MS)
        except RedisUnavailable:
            await trio.sleep(_AGAIN_S)
            continue
        cursor = heard.cursor
        for run_id in heard.runs:
            leases.cancel(run_id)
