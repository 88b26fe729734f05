"""A run is held by one delivery at a time, and nobody else can change it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
from psycopg import AsyncConnection

from clipsaver.database import Database, runs
from clipsaver.database.run_changes import (
    Begun,
    Finished,
    Joined,
    Leaving,
    StaleFence,
    begin_run,
    leave_run,
)
from clipsaver.database.runs import Failure
from clipsaver.errors import AccessDenied, JobIdReused, LeaseLost
from clipsaver.ranges import RangeSet
from clipsaver.records import Delivery, RunProgress, RunStart, RunState
from tests.database.making import CHANNEL, GUILD, a_job, rows

Conn = AsyncConnection[tuple[Any, ...]]
FIRST = Begun(RunStart(remaining=None))


def delivery(run: str = "s/1", fence: int = 5, attempts: int = 0) -> Delivery:
    return Delivery(run, fence, attempts)


async def test_a_first_delivery_begins(conn: Conn) -> None:
    assert await begin_run(conn, delivery(), a_job(job_id="mine")) == FIRST
    run = await runs.read_run(conn, "s/1")
    assert run is not None
    assert (run.job_id, run.type, run.guild_id, run.channel_id) == ("mine", "batch", GUILD, CHANNEL)
    assert (run.state, run.fence, run.deliveries) == (RunState.RUNNING, 5, 1)
    assert (run.remaining, run.progress, run.ended_at) == (None, RunProgress(), None)


async def test_a_later_delivery_goes_on_where_the_first_stopped(conn: Conn) -> None:
    await begin_run(conn, delivery(), a_job())
    await runs.plan_run(conn, "s/1", 5, RangeSet.of(10, None))
    again = await begin_run(conn, delivery(fence=6, attempts=2), a_job())
    assert again == Begun(RunStart(RangeSet.of(10, None)))
    run = await runs.read_run(conn, "s/1")
    assert run is not None
    assert (run.fence, run.attempts, run.deliveries) == (6, 2, 2)


@pytest.mark.parametrize("fence", [4, 5])
async def test_a_fence_that_is_not_greater_is_told_the_stored_one(conn: Conn, fence: int) -> None:
    await begin_run(conn, delivery(), a_job())
    with pytest.raises(StaleFence) as caught:
        await begin_run(conn, delivery(fence=fence), a_job())
    assert caught.value.stored_fence == 5


@pytest.mark.parametrize("state", [s for s in RunState if s.is_over])
async def test_a_finished_run_is_not_begun_again(conn: Conn, state: RunState) -> None:
    await begin_run(conn, delivery(), a_job(job_id="mine"))
    await leave_run(conn, Leaving("s/1", 5, state))
    assert await begin_run(conn, delivery(fence=9), a_job(job_id="mine")) == Finished(state)


async def test_the_same_job_joins_the_unfinished_run(conn: Conn) -> None:
    await begin_run(conn, delivery(), a_job(job_id="mine"))
    assert await begin_run(conn, delivery("s/2"), a_job(job_id="mine")) == Joined("s/1")
    await leave_run(conn, Leaving("s/1", 5, RunState.QUEUED))
    assert await begin_run(conn, delivery("s/2"), a_job(job_id="mine")) == Joined("s/1")
    assert await rows(conn, "select run_id from runs") == [("s/1",)]


async def test_another_job_under_the_same_name_is_refused(conn: Conn) -> None:
    await begin_run(conn, delivery(), a_job(job_id="mine"))
    with pytest.raises(JobIdReused, match="'mine' belongs to the unfinished run s/1"):
        await begin_run(conn, delivery("s/2"), a_job(job_id="mine", limit=3))


async def test_after_its_end_a_name_is_free_again(conn: Conn) -> None:
    await begin_run(conn, delivery(), a_job(job_id="mine"))
    await leave_run(conn, Leaving("s/1", 5, RunState.SUCCEEDED))
    assert await begin_run(conn, delivery("s/2"), a_job(job_id="mine", limit=3)) == FIRST


async def test_jobs_without_a_name_are_all_different(conn: Conn) -> None:
    for number in range(3):
        assert await begin_run(conn, delivery(f"s/{number}"), a_job()) == FIRST


async def test_of_many_at_once_with_one_name_one_begins(database: Database) -> None:
    outcomes: list[Begun | Finished | Joined] = []

    async def begin(run: str) -> None:
        async with database.connection() as conn:
            outcomes.append(await begin_run(conn, delivery(run), a_job(job_id="mine")))

    async with trio.open_nursery() as nursery:
        for number in range(8):
            nursery.start_soon(begin, f"s/{number}")
    async with database.connection() as conn:
        ((winner,),) = await rows(conn, "select run_id from runs")
    assert outcomes.count(FIRST) == 1
    assert outcomes.count(Joined(winner)) == 7


async def test_of_many_deliveries_at_once_the_greatest_fence_holds_the_run(
    database: Database,
) -> None:
    stale: list[tuple[int, int]] = []

    async def begin(fence: int) -> None:
        async with database.connection() as conn:
            try:
                await begin_run(conn, delivery(fence=fence), a_job())
            except StaleFence as error:
                stale.append((fence, error.stored_fence))

    async with trio.open_nursery() as nursery:
        for fence in range(8):
            nursery.start_soon(begin, fence)
    async with database.connection() as conn:
        assert await rows(conn, "select fence, state from runs") == [(7, "RUNNING")]
    assert all(mine < stored for mine, stored in stale)


async def test_a_plan_is_made_once(conn: Conn) -> None:
    await begin_run(conn, delivery(), a_job())
    assert await runs.plan_run(conn, "s/1", 5, RangeSet.of(1, 9)) == RangeSet.of(1, 9)
    assert await runs.plan_run(conn, "s/1", 5, RangeSet.of(2, 3)) == RangeSet.of(1, 9)


async def test_an_empty_plan_is_a_plan(conn: Conn) -> None:
    await begin_run(conn, delivery(), a_job())
    await runs.plan_run(conn, "s/1", 5, RangeSet())
    assert await begin_run(conn, delivery(fence=6), a_job()) == Begun(RunStart(RangeSet()))


async def end(conn: Conn, fence: int) -> None:
    await leave_run(conn, Leaving("s/1", fence, RunState.FAILED))


async def release(conn: Conn, fence: int) -> None:
    await leave_run(conn, Leaving("s/1", fence, RunState.QUEUED))


async def plan(conn: Conn, fence: int) -> None:
    await runs.plan_run(conn, "s/1", fence, RangeSet.of(1, 2))


@pytest.mark.parametrize("change", [end, release, plan])
@pytest.mark.parametrize("fence", [4, 6])
async def test_without_the_fence_nothing_changes(
    conn: Conn, change: Callable[[Conn, int], Awaitable[None]], fence: int
) -> None:
    await begin_run(conn, delivery(), a_job())
    before = await rows(conn, "select * from runs")
    with pytest.raises(LeaseLost, match="s/1"):
        await change(conn, fence)
    assert await rows(conn, "select * from runs") == before


@pytest.mark.parametrize("change", [end, release])
async def test_repeating_a_change_is_no_error(
    conn: Conn, change: Callable[[Conn, int], Awaitable[None]]
) -> None:
    """As after a connection that broke while the first try was committed."""
    await begin_run(conn, delivery(), a_job())
    await change(conn, 5)
    await change(conn, 5)


async def test_an_ended_run_cannot_be_released_or_ended_otherwise(conn: Conn) -> None:
    await begin_run(conn, delivery(), a_job())
    await leave_run(conn, Leaving("s/1", 5, RunState.SUCCEEDED))
    with pytest.raises(LeaseLost):
        await release(conn, 5)
    with pytest.raises(LeaseLost):
        await end(conn, 5)


async def test_why_it_failed_is_kept_and_goes_with_success(conn: Conn) -> None:
    await begin_run(conn, delivery(), a_job())
    error = AccessDenied("no\0access \ud800", route="GET /x", status=403, code=50001)
    await leave_run(conn, Leaving("s/1", 5, RunState.QUEUED, Failure.of(error)))
    run = await runs.read_run(conn, "s/1")
    assert run is not None
    assert (run.state, run.error) == (RunState.QUEUED, "access_denied")
    assert run.error_message == "noaccess \ufffd (GET /x, HTTP 403, code 50001)"
    await begin_run(conn, delivery(fence=6), a_job())
    await leave_run(conn, Leaving("s/1", 6, RunState.SUCCEEDED))
    run = await runs.read_run(conn, "s/1")
    assert run is not None
    assert (run.error, run.error_message) == (None, None)
    assert run.ended_at is not None


def test_an_error_that_is_a_bug_is_named_so() -> None:
    assert Failure.of(ZeroDivisionError()) == Failure("internal_error", "ZeroDivisionError")


async def test_nobody_leaves_a_run_running(conn: Conn) -> None:
    with pytest.raises(ValueError, match="does not leave it running"):
        await leave_run(conn, Leaving("s/1", 5, RunState.RUNNING))


async def test_an_unknown_run_is_none(conn: Conn) -> None:
    assert await runs.read_run(conn, "s/404") is None


async def test_pruning_takes_only_runs_that_ended_long_ago(conn: Conn) -> None:
    for number in range(6):
        await begin_run(conn, delivery(f"s/{number}"), a_job())
        if number < 5:
            await leave_run(conn, Leaving(f"s/{number}", 5, RunState.SUCCEEDED))
    await conn.execute("update runs set ended_at = now() - interval '91 days' where run_id < 's/3'")
    assert await runs.prune_runs(conn, 90, step_rows=2) == 3
    assert await rows(conn, "select run_id from runs order by 1") == [("s/3",), ("s/4",), ("s/5",)]
