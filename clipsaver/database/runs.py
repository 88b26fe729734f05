"""Runs: one job's life over all its deliveries, and the fence that only its holder passes.

Every change names run and fence. Where the row has another fence the change does nothing and
raises LeaseLost: another worker holds the run. A change that was made already, as after a
connection that broke while it was being committed, is not an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from psycopg import AsyncConnection

from clipsaver.database.multirange import from_multirange, to_text
from clipsaver.database.text import storable
from clipsaver.errors import ClipsaverError, JobIdReused, LeaseLost
from clipsaver.jobs import AnyJob, canonical, channel_of, job_type
from clipsaver.ranges import RangeSet
from clipsaver.records import Delivery, PageChanges, RunProgress, RunStart, RunState


class StaleFence(LeaseLost):
    """The run was begun under a fence that is not smaller: take a greater one, or leave it."""

    def __init__(self, message: str, *, stored_fence: int) -> None:
        super().__init__(message)
        self.stored_fence = stored_fence


@dataclass(frozen=True, slots=True)
class Begun:
    """The delivery holds the run now."""

    start: RunStart


@dataclass(frozen=True, slots=True)
class Finished:
    """The run ended in an earlier delivery: acknowledge the entry and do nothing."""

    state: RunState


@dataclass(frozen=True, slots=True)
class Joined:
    """Another, unfinished run does this very job: acknowledge the entry and do nothing."""

    run_id: str


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
    progress: RunProgress
    error: str | None
    error_message: str | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


_COUNTS = (
    *("pages", "messages", "clips", "requests"),
    *("clips_added", "clips_restored", "clips_deleted"),
)
_RUN_COLUMNS = (
    *("run_id", "job_id", "type", "guild_id", "channel_id", "state", "fence", "attempts"),
    *("deliveries", "remaining", *_COUNTS, "error"),
    *("error_message", "created_at", "updated_at", "ended_at"),
)
_RUN = ", ".join(_RUN_COLUMNS)
_START = ", ".join(("remaining", *_COUNTS))

_INSERT = f"""
insert into runs (run_id, job_id, job, type, guild_id, channel_id, state, fence, attempts)
values (%(run_id)s, %(job_id)s, %(job)s::jsonb, %(type)s, %(guild_id)s, %(channel_id)s, 'RUNNING',
        %(fence)s, %(attempts)s)
on conflict do nothing
returning {_START}
"""  # noqa: S608 -- a constant

_TAKE = f"""
update runs set state = 'RUNNING', fence = %(fence)s, attempts = %(attempts)s,
       deliveries = deliveries + 1, updated_at = now()
where run_id = %(run_id)s and fence < %(fence)s and state in ('QUEUED', 'RUNNING')
returning {_START}
"""  # noqa: S608 -- a constant


async def begin_run(
    conn: AsyncConnection[Any], delivery: Delivery, job: AnyJob
) -> Begun | Finished | Joined:
    """Takes the run for this delivery, or says why there is nothing to do.

    Raises JobIdReused if another, unfinished run has its job_id with other content, and
    StaleFence if the run was already taken under this fence or a greater one.
    """
    values = {
        "run_id": delivery.run_id,
        "job_id": job.job_id,
        "job": canonical(job),
        "type": job_type(job),
        "guild_id": int(job.guild_id),
        "channel_id": channel_of(job),
        "fence": delivery.fence,
        "attempts": delivery.attempts,
    }
    while True:  # again only if what was in the way has gone meanwhile
        for statement in (_INSERT, _TAKE):
            row = await (await conn.execute(statement, values)).fetchone()
            if row is not None:
                return Begun(_start(row))
        verdict = await _in_the_way(conn, delivery, values)
        if verdict is not None:
            return verdict


async def _in_the_way(
    conn: AsyncConnection[Any], delivery: Delivery, values: dict[str, Any]
) -> Finished | Joined | None:
    found = await conn.execute(
        """
        select run_id, state, fence, job = %(job)s::jsonb from runs
        where run_id = %(run_id)s
           or (job_id = %(job_id)s and state in ('QUEUED', 'RUNNING'))
        order by run_id = %(run_id)s desc
        limit 1
        """,
        values,
    )
    row = await found.fetchone()
    if row is None:
        return None
    run_id, state, fence, is_same_job = row
    if run_id != delivery.run_id:
        if not is_same_job:
            raise JobIdReused(
                f"job_id {values['job_id']!r} belongs to the unfinished run {run_id}, which is "
                "another job; give this one another job_id, or push it again after that has ended"
            )
        return Joined(run_id)
    if RunState(state).is_over:
        return Finished(RunState(state))
    if fence >= delivery.fence:
        raise StaleFence(
            f"run {run_id} is held under fence {fence}; {delivery.fence} is not greater",
            stored_fence=fence,
        )
    return None


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
        raise _lost(run_id, fence)
    return from_multirange(row[0])


async def end_run(
    conn: AsyncConnection[Any],
    run_id: str,
    fence: int,
    state: RunState,
    failure: Failure | None = None,
) -> None:
    """Ends the run for good; `failure` says why it is not SUCCEEDED."""
    if not state.is_over:
        raise ValueError(f"{state} is not an end")
    await _leave(conn, run_id, fence, state, failure)


async def release_run(
    conn: AsyncConnection[Any], run_id: str, fence: int, failure: Failure | None = None
) -> None:
    """Lets go of a run that will be delivered again; `failure` says why it has to be."""
    await _leave(conn, run_id, fence, RunState.QUEUED, failure)


async def _leave(
    conn: AsyncConnection[Any], run_id: str, fence: int, state: RunState, failure: Failure | None
) -> None:
    found = await conn.execute(
        """
        update runs set state = %(state)s, error = %(error)s, error_message = %(message)s,
               updated_at = now(), ended_at = case when %(is_over)s then now() end
        where run_id = %(run_id)s and fence = %(fence)s and state in ('RUNNING', %(state)s)
        """,
        {
            "state": state.value,
            "is_over": state.is_over,
            "error": None if failure is None else failure.reason,
            "message": None if failure is None else storable(failure.message),
            "run_id": run_id,
            "fence": fence,
        },
    )
    if not found.rowcount:
        raise _lost(run_id, fence)


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


def _start(row: tuple[Any, ...]) -> RunStart:
    remaining, *counts = row
    left = None if remaining is None else from_multirange(remaining)
    return RunStart(left, _progress(counts))


def _progress(counts: Sequence[int]) -> RunProgress:
    """From the columns of `_COUNTS`."""
    pages, messages, clips, requests, *changed = counts
    return RunProgress(pages, messages, clips, requests, PageChanges(*changed))


def _lost(run_id: str, fence: int) -> LeaseLost:
    return LeaseLost(
        f"run {run_id} is no longer held under fence {fence}: it was taken by another worker, "
        "ended or pruned"
    )
