"""Many runs in one statement: each has the fate that it would have alone."""

from __future__ import annotations

import trio

from clipsaver.database.run_changes import (
    Beginning,
    Begun,
    Finished,
    Joined,
    Leaving,
    StaleFence,
    change_runs,
)
from clipsaver.database.run_writers import RunWriters
from clipsaver.errors import DataRejected, JobIdReused, LeaseLost
from clipsaver.records import Delivery, RunState
from tests.database.making import a_job


def beginning(run: str, fence: int = 5, **fields) -> Beginning:
    return Beginning(Delivery(run, fence, attempts=0), a_job(**fields))


async def test_each_of_a_group_has_its_own_fate(conn):
    assert await change_runs(conn, []) == []
    first = [beginning(f"s/{number}") for number in range(5)]
    assert all(isinstance(fate, Begun) for fate in await change_runs(conn, first))
    await change_runs(conn, [beginning("s/j", job_id="mine")])
    fates = await change_runs(
        conn,
        [
            Leaving("s/0", 5, RunState.SUCCEEDED),
            beginning("s/1", fence=6),
            Leaving("s/2", 4, RunState.FAILED),
            beginning("s/3", fence=5),
            beginning("s/9"),
            beginning("s/8", job_id="mine"),
            beginning("s/7", job_id="mine", limit=3),
            Leaving("s/4", 5, RunState.QUEUED),
        ],
    )
    kinds = [type(fate) for fate in fates]
    assert kinds == [
        *(type(None), Begun, LeaseLost, StaleFence, Begun),
        *(Joined, JobIdReused, type(None)),
    ]
    again = [Leaving("s/0", 5, RunState.SUCCEEDED), beginning("s/0", 9), beginning("s/4", 6)]
    fates = await change_runs(conn, again)
    assert fates[0] is None  # told twice, since the answer got lost
    assert fates[1] == Finished(RunState.SUCCEEDED)
    assert isinstance(fates[2], Begun)


async def test_two_of_a_group_that_ask_for_the_same_are_one_run(conn):
    fates = await change_runs(conn, [beginning(f"s/{n}", job_id="mine") for n in range(3)])
    begun = [number for number, fate in enumerate(fates) if isinstance(fate, Begun)]
    assert len(begun) == 1
    joined = [fate for fate in fates if not isinstance(fate, Begun)]
    assert joined == [Joined(f"s/{begun[0]}")] * 2


async def test_what_the_database_refuses_costs_only_itself(database, nursery):
    writers = RunWriters(database)
    await nursery.start(writers.run)
    fates: dict[str, type] = {}

    async def begin(run, fence=1):
        try:
            fates[run] = type(await writers.begin(Delivery(run, fence, attempts=0), a_job()))
        except DataRejected as error:
            fates[run] = type(error)

    async with trio.open_nursery() as jobs:
        for number in range(4):
            jobs.start_soon(begin, f"s/{number}")
        jobs.start_soon(lambda: begin("s/bad", fence=2**70))
    assert fates.pop("s/bad") is DataRejected
    assert set(fates.values()) == {Begun}
    assert len(fates) == 4
    nursery.cancel_scope.cancel()
