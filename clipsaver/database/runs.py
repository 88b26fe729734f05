"""Runs: one job's life over all its deliveries, and the fence that only its holder passes.

How deliveries begin and leave them is in `run_changes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from psycopg import AsyncConnection

from clipsaver.database.multirange import from_multirange, to_text
from clipsaver.errors import ClipsaverError, LeaseLost
from clipsaver.ranges import RangeSet
from clipsaver.records import PageChanges, RunProgress, RunStart, RunState


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run ended or has to be tried again, as stored in `runs`."""

    reason: str
    """Stable name, such as access_denied."""
    message: str

    @classmethod
    def of(cls, error: BaseException) -> Self:
        reason = error.reason if isinstance(error, ClipsaverError) else ClipsaverError.reason
        return cls(reason, str(error) or type(error).__name__)


@dataclass(frozen=True, slots=True)
class Run:
    """A row of `runs`."""

    run_id: str
    job_id: str | None
    type: str
    guild_id: int
    channel_id: int | None
    state: RunState
    fence: int
    attempts: int
    deliveries: int
    remaining: RangeSet | None
    search_left: str | None
    progress: RunProgress
    error: str | None
    error_message: str | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


_COUNTS = (
    *("pages", "messages", "clips", "requests"),
    *("clips_added", "clips_restored", "clips_deleted", "clips_by_search"),
)
_RUN_COLUMNS = (
    *("run_id", "job_id", "type", "guild_id", "channel_id", "state", "fence", "attempts"),
    *("deliveries", "remaining", "search_left", *_COUNTS, "error"),
    *("error_message", "created_at", "updated_at", "ended_at"),
)
_RUN = ", ".join(_RUN_COLUMNS)
START = ", ".join(("remaining", "search_left", *_COUNTS))
"""Columns that say where a run stands."""


async def plan_run(
    conn: AsyncConnection[Any], run_id: str, fence: int, remaining: RangeSet
) -> RangeSet:
    """Fixes what the run is to read, once; returns what is in force."""
    found = await conn.execute(
        """
        update runs set remaining = coalesce(remaining, %s::int8multirange), updated_at = now()
        where run_id = %s and fence = %s and state = 'RUNNING'
        returning remaining
        """,
        [to_text(remaining), run_id, fence],
    )
    row = await found.fetchone()
    if row is None:
        raise lost(run_id, fence)
    return from_multirange(row[0])


async def read_run(conn: AsyncConnection[Any], run_id: str) -> Run | None:
    """The run as committed, None if it never began or was pruned."""
    found = await conn.execute(f"select {_RUN} from runs where run_id = %s", [run_id])  # noqa: S608 -- a constant
    row = await found.fetchone()
    if row is None:
        return None
    values = dict(zip(_RUN_COLUMNS, row, strict=True))
    progress = _progress([values.pop(name) for name in _COUNTS])
    state, remaining = RunState(values.pop("state")), values.pop("remaining")
    return Run(
        state=state,
        remaining=None if remaining is None else from_multirange(remaining),
        progress=progress,
        **values,
    )


async def prune_runs(conn: AsyncConnection[Any], keep_days: float, *, step_rows: int = 1000) -> int:
    """Deletes runs that ended longer ago, a bounded step at a time; returns how many.

    On a connection in autocommit mode each step is a transaction of its own.
    """
    pruned = 0
    while True:
        found = await conn.execute(
            """
            delete from runs where run_id in (
                select run_id from runs where ended_at < now() - %s * interval '1 day'
                order by ended_at limit %s for update skip locked)
            """,
            [keep_days, step_rows],
        )
        pruned += found.rowcount
        if found.rowcount < step_rows:
            return pruned


def start_of(row: Sequence[Any]) -> RunStart:
    """From the columns of `START`."""
    remaining, search_left, *counts = row
    left = None if remaining is None else from_multirange(remaining)
    return RunStart(left, _progress(counts), search_left)


def _progress(counts: Sequence[int]) -> RunProgress:
    """From the columns of `_COUNTS`."""
    pages, messages, clips, requests, *changed = counts
    return RunProgress(pages, messages, clips, requests, PageChanges(*changed))


def lost(run_id: str, fence: int) -> LeaseLost:
    """The error of a change whose fence is not the row's."""
    return LeaseLost(
        f"run {run_id} is no longer held under fence {fence}: it was taken by another worker, "
        "ended or pruned"
    )
