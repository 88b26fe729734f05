"""Ending runs from outside, whoever holds them: what they committed stays, and nothing more comes.

The row is what decides: once it is CANCELLED or FAILED, pages and outcomes of its holder are
refused, and who is given the entry finds the run finished.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.text import storable
from clipsaver.jobs import AnyJob, canonical, channel_of, job_type
from clipsaver.records import RunState

CANCELLED = "cancelled"
"""`runs.error` of a run that a person ended."""
BURIED = "buried"
"""Of one that a person sent to the dead letters."""

_END = """
with asked as (
    select * from unnest(%(runs)s::text[], %(job_ids)s::text[], %(jobs)s::jsonb[],
                         %(types)s::text[], %(guilds)s::bigint[], %(channels)s::bigint[])
        as a (run_id, job_id, job, type, guild_id, channel_id)
), open as (  -- locked in order, as the writers do
    select run_id from runs
    where run_id = any(%(runs)s::text[]) and state in ('QUEUED', 'RUNNING')
    order by run_id for update
), ended as (
    update runs r set state = %(state)s, error = %(error)s, error_message = %(message)s,
           updated_at = now(), ended_at = now()
    from open o where r.run_id = o.run_id and r.state in ('QUEUED', 'RUNNING')
)
insert into runs (run_id, job_id, job, type, guild_id, channel_id, state, fence, deliveries,
                  error, error_message, ended_at)
select run_id, job_id, job, type, guild_id, channel_id, %(state)s, 0, 0, %(error)s, %(message)s,
       now()
from asked order by run_id
on conflict do nothing
"""


async def cancel_runs(
    conn: AsyncConnection[Any], runs: Mapping[str, AnyJob], message: str
) -> dict[str, RunState]:
    """Ends the runs that are not over, also those that never began; returns how each one ended.

    `message` says who did it and why. May be repeated; call it with some hundred at most.
    """
    return await _end(conn, runs, RunState.CANCELLED, CANCELLED, message)


async def bury_runs(
    conn: AsyncConnection[Any], runs: Mapping[str, AnyJob], message: str
) -> dict[str, RunState]:
    """The same with FAILED: whoever is given such a run's entry sends it to the dead letters."""
    return await _end(conn, runs, RunState.FAILED, BURIED, message)


async def _end(
    conn: AsyncConnection[Any],
    runs: Mapping[str, AnyJob],
    state: RunState,
    error: str,
    message: str,
) -> dict[str, RunState]:
    ordered = sorted(runs.items())
    names = [run_id for run_id, _ in ordered]
    jobs: Sequence[AnyJob] = [job for _, job in ordered]
    values = {
        "runs": names,
        "job_ids": [job.job_id for job in jobs],
        "jobs": [canonical(job) for job in jobs],
        "types": [job_type(job) for job in jobs],
        "guilds": [int(job.guild_id) for job in jobs],
        "channels": [channel_of(job) for job in jobs],
        "state": state.value,
        "error": error,
        "message": storable(message),
    }
    while True:  # again only where a run was begun in the very moment
        await conn.execute(_END, values)
        found = await conn.execute("select run_id, state from runs where run_id = any(%s)", [names])
        states = {run_id: RunState(state) for run_id, state in await found.fetchall()}
        if all(state.is_over for state in states.values()):
            return states
