"""How runs begin and how deliveries leave them: many runs in one statement, fences checked there.

A worker begins and leaves runs all the time, so what comes at the same moment is one transaction
(see `run_writers`). Every change names run and fence. Where the row has another fence the change
does nothing and is a LeaseLost: another worker holds the run. A change that was made already, as
after a connection that broke while it was being committed, is not an error.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, AsyncRawCursor

from clipsaver.database.arrays import BigInts, Booleans, Column, Texts, columns
from clipsaver.database.runs import START, Failure, lost, start_of
from clipsaver.errors import JobIdReused, LeaseLost
from clipsaver.jobs import AnyJob, canonical, channel_of, job_type
from clipsaver.records import Delivery, RunStart, RunState


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
class Beginning:
    """A delivery that takes its run."""

    delivery: Delivery
    job: AnyJob

    def row(self) -> tuple[Any, ...]:
        """Its values in the order of `_BEGINNING`."""
        delivery, job = self.delivery, self.job
        return (
            *(delivery.run_id, delivery.fence, delivery.attempts, job.job_id, canonical(job)),
            *(job_type(job), int(job.guild_id), channel_of(job)),
        )


@dataclass(frozen=True, slots=True)
class Leaving:
    """A delivery that lets go of its run, which is over or will be delivered again (QUEUED)."""

    run_id: str
    fence: int
    state: RunState
    failure: Failure | None = None
    """Why it is not SUCCEEDED, or has to be delivered again."""

    def __post_init__(self) -> None:
        if self.state is RunState.RUNNING:
            raise ValueError("who leaves a run does not leave it running")

    def row(self) -> tuple[Any, ...]:
        """Its values in the order of `_LEAVING`."""
        reason, message = (
            (None, None) if self.failure is None else (self.failure.reason, self.failure.message)
        )
        return self.run_id, self.fence, self.state.value, self.state.is_over, reason, message


Change = Beginning | Leaving
Fate = Begun | Finished | Joined | None | LeaseLost | JobIdReused
"""What came of a change; None = it left the run."""

_BEGINNING: dict[str, type[Column]] = {
    "run_id": Texts,
    "fence": BigInts,
    "attempts": BigInts,
    "job_id": Texts,
    "job": Texts,
    "type": Texts,
    "guild_id": BigInts,
    "channel_id": BigInts,
}
_LEAVING: dict[str, type[Column]] = {
    "run_id": Texts,
    "fence": BigInts,
    "state": Texts,
    "is_over": Booleans,
    "error": Texts,
    "error_message": Texts,
}
_places = itertools.count(1)


def _rows(columns: dict[str, type[Column]], name: str) -> str:
    places = ", ".join(f"${next(_places)}" for _ in columns)
    return f"select * from unnest({places}) as {name}({', '.join(columns)})"  # noqa: S608 -- constants


# Rows are locked in one order by all: groups of several workers can meet at a job_id.
_STATEMENT = f"""
with leaving as materialized (
    {_rows(_LEAVING, "l")}
), beginning as materialized (
    {_rows(_BEGINNING, "b")}
), gone as (
    update runs r set state = l.state, error = l.error, error_message = l.error_message,
           updated_at = now(), ended_at = case when l.is_over then now() end
    from leaving l
    where r.run_id = l.run_id and r.fence = l.fence and r.state in ('RUNNING', l.state)
    returning r.run_id, r.fence
), inserted as (
    insert into runs (run_id, fence, attempts, job_id, job, type, guild_id, channel_id, state)
    select run_id, fence, attempts, job_id, job::jsonb, type, guild_id, channel_id, 'RUNNING'
    from beginning order by job_id, run_id
    on conflict do nothing
    returning run_id, fence, {START}
), taken as (
    update runs r set state = 'RUNNING', fence = b.fence, attempts = b.attempts,
           deliveries = r.deliveries + 1, updated_at = now()
    from beginning b
    where r.run_id = b.run_id and r.fence < b.fence and r.state in ('QUEUED', 'RUNNING')
    returning r.run_id, r.fence, {", ".join(f"r.{name}" for name in START.split(", "))}
)
select 'gone', run_id, fence, {", ".join(["null"] * len(START.split(", ")))} from gone
union all select 'begun', * from inserted
union all select 'begun', * from taken
"""  # noqa: S608 -- constants


async def change_runs(conn: AsyncConnection[Any], changes: Sequence[Change]) -> list[Fate]:
    """Makes the changes in one transaction; returns what came of each, in order.

    Of a beginning: the run, why there is nothing to do, StaleFence if it was taken under this fence
    or a greater one, or JobIdReused if another, unfinished run has its job_id with other content.
    Of a leaving: LeaseLost where the run is not held. The connection is in autocommit mode and
    knows columns (`arrays.register`).
    """
    beginnings = [one.row() for one in changes if isinstance(one, Beginning)]
    leavings = [one.row() for one in changes if isinstance(one, Leaving)]
    parameters = [*columns(_LEAVING, leavings), *columns(_BEGINNING, beginnings)]
    found = await AsyncRawCursor(conn).execute(_STATEMENT, parameters, prepare=True)
    answers = {tuple(row[:3]): row[3:] for row in await found.fetchall()}
    fates: list[Fate] = []
    for change in changes:
        if isinstance(change, Leaving):
            is_gone = ("gone", change.run_id, change.fence) in answers
            fates.append(None if is_gone else lost(change.run_id, change.fence))
            continue
        start = answers.get(("begun", change.delivery.run_id, change.delivery.fence))
        fates.append(Begun(start_of(start)) if start else await _in_the_way(conn, change))
    return fates


async def begin_run(
    conn: AsyncConnection[Any], delivery: Delivery, job: AnyJob
) -> Begun | Finished | Joined:
    """Takes the run for this delivery, or says why there is nothing to do; see `change_runs`."""
    (fate,) = await change_runs(conn, [Beginning(delivery, job)])
    assert fate is not None
    if isinstance(fate, Exception):
        raise fate
    return fate


async def leave_run(conn: AsyncConnection[Any], leaving: Leaving) -> None:
    """Lets go of the run. Raises LeaseLost where it is not held."""
    (fate,) = await change_runs(conn, [leaving])
    if isinstance(fate, Exception):
        raise fate


async def _in_the_way(
    conn: AsyncConnection[Any], change: Beginning
) -> Begun | Finished | Joined | LeaseLost | JobIdReused:
    """Why the run was not begun; begins it after all if what was in the way has gone meanwhile."""
    delivery, job = change.delivery, change.job
    found = await conn.execute(
        """
        select run_id, state, fence, job = %(job)s::jsonb from runs
        where run_id = %(run_id)s
           or (job_id = %(job_id)s and state in ('QUEUED', 'RUNNING'))
        order by run_id = %(run_id)s desc
        limit 1
        """,
        {"job": canonical(job), "run_id": delivery.run_id, "job_id": job.job_id},
    )
    row = await found.fetchone()
    if row is not None:
        run_id, state, fence, is_same_job = row
        if run_id != delivery.run_id:
            return Joined(run_id) if is_same_job else _job_id_reused(job, run_id)
        if RunState(state).is_over:
            return Finished(RunState(state))
        if fence >= delivery.fence:
            return StaleFence(
                f"run {run_id} is held under fence {fence}; {delivery.fence} is not greater",
                stored_fence=fence,
            )
    (again,) = await change_runs(conn, [change])
    assert again is not None
    return again


def _job_id_reused(job: AnyJob, run_id: str) -> JobIdReused:
    return JobIdReused(
        f"job_id {job.job_id!r} belongs to the unfinished run {run_id}, which is another job; give "
        "this one another job_id, or push it again after that has ended"
    )
