"""What jobs that delete for good need of `runs`."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.runs import lost


async def record_deleted(conn: AsyncConnection[Any], run_id: str, fence: int, clips: int) -> None:
    """Stores how many clips the run's purge has deleted up to now. Raises LeaseLost.

    What it marked as deleted before is counted once: that is what it then deleted.
    """
    found = await conn.execute(
        """
        update runs set clips_deleted = greatest(clips_deleted, %s), updated_at = now()
        where run_id = %s and fence = %s and state = 'RUNNING'
        """,
        [clips, run_id, fence],
    )
    if not found.rowcount:
        raise lost(run_id, fence)


async def forget_who(conn: AsyncConnection[Any], run_id: str) -> None:
    """Takes the person and the messages out of a job whose purge is over, or will not be.

    Whoever holds the run, or ended it: nobody needs them any more, and so they are not kept.
    """
    await conn.execute(
        """
        update runs set job = job - 'author_id' - 'message_ids', remaining = null,
               updated_at = now()
        where run_id = %s and (job ?| array['author_id', 'message_ids'] or remaining is not null)
        """,
        [run_id],
    )
