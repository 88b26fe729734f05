"""What the background check comes by: channels and clips in order, and what its jobs came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.channels import PASSED_OVER
from clipsaver.records import RunState


@dataclass(frozen=True, slots=True)
class CheckedChannel:
    """A channel that holds clips."""

    channel_id: int
    guild_id: int
    may_be_read: bool
    """As far as is known: not denied, gone, purged, or of a guild that was left."""


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """What became of a job."""

    state: RunState
    messages: int
    requests: int
    clips_deleted: int


async def channel_from(conn: AsyncConnection[Any], channel_id: int) -> CheckedChannel | None:
    """The channel with this id or the next one that holds clips; None = there is no more."""
    found = await conn.execute(
        f"""
        select c.channel_id, c.guild_id,
               c.access not in ('denied', 'gone') and g.left_at is null and not {PASSED_OVER}
               and not exists (select from denials d where d.channel_id = c.channel_id)
        from (select channel_id from clips where channel_id >= %s
              order by channel_id, message_id, clip_id limit 1) one
        join channels c on c.channel_id = one.channel_id
        join guilds g on g.guild_id = c.guild_id
        left join channels p on p.channel_id = c.parent_id
        """,  # noqa: S608 -- a constant
        [channel_id],
    )
    row = await found.fetchone()
    return None if row is None else CheckedChannel(*row)


async def clips_behind(
    conn: AsyncConnection[Any],
    channel_id: int,
    message_id: int,
    *,
    newest: int,
    looked_at_before: float,
    limit: int,
) -> list[tuple[int, bool]]:
    """The channel's next clips, those deleted included: the message of each, and whether it is due.

    It is if it is there, as far as is known, and nothing new was learnt of it since
    `looked_at_before` (Unix seconds). Only messages up to `newest`.
    """
    found = await conn.execute(
        """
        select message_id, deleted_at is null and updated_at < to_timestamp(%s)
        from clips where channel_id = %s and message_id > %s and message_id <= %s
        order by message_id, clip_id limit %s
        """,
        [looked_at_before, channel_id, message_id, newest, limit],
    )
    return [(row[0], row[1]) for row in await found.fetchall()]


async def checked_run(conn: AsyncConnection[Any], job_id: str, since: float) -> CheckedRun | None:
    """The run of that name that began since then (Unix seconds); None = none has begun."""
    found = await conn.execute(
        """
        select state, messages, requests, clips_deleted from runs
        where job_id = %s and created_at >= to_timestamp(%s)
        order by created_at desc limit 1
        """,
        [job_id, since],
    )
    row = await found.fetchone()
    return None if row is None else CheckedRun(RunState(row[0]), *row[1:])


async def forget_run(conn: AsyncConnection[Any], job_id: str) -> None:
    """Forgets a job's run that ended well and found all that it looked for."""
    await conn.execute(
        "delete from runs where job_id = %s and type = 'message' and state = 'SUCCEEDED' "
        "and clips_deleted = 0",
        [job_id],
    )
