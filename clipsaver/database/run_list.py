"""Runs for those who look at them: the latest, those of a name, those that are not over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from clipsaver.records import RunState

_COLUMNS = (
    *("run_id", "job_id", "type", "guild_id", "channel_id", "state", "attempts", "deliveries"),
    *("pages", "messages", "clips", "requests", "error", "error_message"),
    *("created_at", "updated_at", "ended_at", "clips_by_search"),
)
_LISTED = ", ".join(_COLUMNS)


_TO_READ = """
remaining is not null, (select count(*) from unnest(remaining)), lower(remaining),
upper(remaining), coalesce(job->>'direction', job#>>'{settings,scan_mode}') = 'forward'
"""
"""A run may have thousands of gaps: they are counted where they are."""


@dataclass(frozen=True, slots=True)
class ToRead:
    """The messages that a run has still to read."""

    gaps: int
    """Stretches of ids."""
    lower: int | None
    """The lowest id; None where there is none."""
    upper: int | None
    """Where the last of them ends; None = it has no end, or there is none."""
    is_forward: bool = False
    """It goes on at the lowest; otherwise at the end of the last."""


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A row of `runs` without what is long."""

    run_id: str
    job_id: str | None
    type: str
    guild_id: int
    channel_id: int | None
    state: RunState
    attempts: int
    deliveries: int
    pages: int
    messages: int
    clips: int
    requests: int
    error: str | None
    error_message: str | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    clips_by_search: int = 0
    """Clips that were not known before a search showed them."""
    to_read: ToRead | None = None
    """None where that was not asked, was not planned yet, or is no stretch of messages."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A run that is not over."""

    run_id: str
    state: RunState
    idle_s: float
    """Seconds since the row was last changed."""


async def ended_runs(
    conn: AsyncConnection[Any],
    *,
    limit: int,
    states: Sequence[RunState] = (),
    types: Sequence[str] = (),
    guilds: Sequence[int] = (),
    channels: Sequence[int] = (),
    job_ids: Sequence[str] = (),
) -> list[ListedRun]:
    """The runs that ended last, the latest first; an empty filter leaves none out."""
    filters = {
        "state": [state.value for state in states],
        "type": list(types),
        "guild_id": list(guilds),
        "channel_id": list(channels),
        "job_id": list(job_ids),
    }
    conditions = ["ended_at is not null", *(f"{n} = any(%({n})s)" for n, v in filters.items() if v)]
    found = await conn.execute(
        f"select {_LISTED} from runs where {' and '.join(conditions)}"  # noqa: S608 -- constants
        " order by ended_at desc limit %(limit)s",
        {**filters, "limit": limit},
    )
    return [_listed(row) for row in await found.fetchall()]


async def runs_named(
    conn: AsyncConnection[Any], run_id: str | None, job_id: str, *, limit: int = 5
) -> list[tuple[ListedRun, str]]:
    """Runs of this run id or job_id, those that are not over first, each with its job's JSON."""
    found = await conn.execute(
        f"select {_LISTED}, {_TO_READ}, job::text from runs"  # noqa: S608 -- constants
        " where run_id = %s or job_id = %s"
        " order by ended_at is not null, created_at desc limit %s",
        [run_id, job_id, limit],
    )
    return [_with_job(*row) for row in await found.fetchall()]


async def read_to_the_end(
    conn: AsyncConnection[Any], channel_ids: Sequence[int], since: datetime
) -> dict[tuple[str, int], datetime]:
    """When a run last began that was begun since then and went through all of its channel.

    By type and channel. Of `batch` jobs only those count that had neither a limit nor an end.
    """
    found = await conn.execute(
        """
        select type, channel_id, max(created_at) from runs
        where state = 'SUCCEEDED' and created_at > %s and channel_id = any(%s::bigint[])
          and (type <> 'batch' or job @> '{"limit": null}'
               and not job ?| '{before_message_id,after_message_id}')
        group by type, channel_id
        """,
        [since, list(channel_ids)],
    )
    return {(type_, channel): began for type_, channel, began in await found.fetchall()}


async def unfinished_runs(
    conn: AsyncConnection[Any], stream: str, *, after: str = "", limit: int = 500
) -> list[Unfinished]:
    """Runs of this stream that are not over, by run id from `after` on."""
    found = await conn.execute(
        """
        select run_id, state, extract(epoch from clock_timestamp() - updated_at)::float8
        from runs
        where state in ('QUEUED', 'RUNNING') and run_id > %s and starts_with(run_id, %s)
        order by run_id limit %s
        """,
        [after, f"{stream}/", limit],
    )
    return [
        Unfinished(run_id, RunState(state), idle_s)
        for run_id, state, idle_s in await found.fetchall()
    ]


async def jobs_to_put_back(
    conn: AsyncConnection[Any], run_ids: Sequence[str]
) -> list[tuple[str, str, int]]:
    """Run id, the job as JSON and its failed attempts, of those that are still not over."""
    found = await conn.execute(
        """
        select run_id, job::text, attempts from runs
        where run_id = any(%s) and state in ('QUEUED', 'RUNNING') order by run_id
        """,
        [list(run_ids)],
    )
    return [(run_id, job, attempts) for run_id, job, attempts in await found.fetchall()]


def _with_job(*row: Any) -> tuple[ListedRun, str]:
    listed = _listed(row[: len(_COLUMNS)])
    is_planned, gaps, lower, upper, is_forward, job = row[len(_COLUMNS) :]
    left = ToRead(gaps, lower, upper, bool(is_forward)) if is_planned else None
    return replace(listed, to_read=left), job


def _listed(row: Sequence[Any]) -> ListedRun:
    values = dict(zip(_COLUMNS, row, strict=True))
    return ListedRun(**{**values, "state": RunState(values["state"])})
