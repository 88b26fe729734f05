"""Runs for those who look at them, and the end of runs that somebody cancels."""

from __future__ import annotations

import pytest

from clipsaver.database.cancelling import cancel_runs
from clipsaver.database.run_changes import Leaving, leave_run
from clipsaver.database.run_list import ToRead, ended_runs, runs_named, unfinished_runs
from clipsaver.errors import LeaseLost
from clipsaver.records import RunState
from tests.database.making import GUILD, a_job

ADD = """
insert into runs (run_id, job_id, job, type, guild_id, channel_id, state, fence, ended_at)
values (%s, %s, '{"type": "batch"}', %s, %s, 70, %s, %s, now() - %s * interval '1 s')
"""


async def add(conn, run_id, state, *, job_id=None, kind="batch", guild=GUILD, fence=5, ago=0):
    over = RunState(state).is_over
    values = [run_id, job_id, kind, guild, state, fence, ago if over else None]
    await conn.execute(ADD, values)


async def state_of(conn, run_id):
    found = await conn.execute(
        "select state, error, error_message, fence, ended_at is not null from runs"
        " where run_id = %s",
        [run_id],
    )
    return await found.fetchone()


async def test_the_latest_that_ended_come_first_and_filters_are_kept(conn):
    await add(conn, "s/1", "SUCCEEDED", ago=30)
    await add(conn, "s/2", "FAILED", ago=10, guild=8, job_id="mine")
    await add(conn, "s/3", "CANCELLED", ago=20, kind="rescan")
    await add(conn, "s/4", "RUNNING")

    async def listed(**wanted):
        return [run.run_id for run in await ended_runs(conn, **{"limit": 9, **wanted})]

    assert await listed() == ["s/2", "s/3", "s/1"]
    assert await listed(limit=1) == ["s/2"]
    assert await listed(states=[RunState.FAILED, RunState.SUCCEEDED]) == ["s/2", "s/1"]
    assert await listed(types=["rescan"]) == ["s/3"]
    assert await listed(guilds=[8], channels=[70], job_ids=["mine"]) == ["s/2"]
    assert await listed(guilds=[-1]) == []


async def test_of_a_name_those_that_are_not_over_come_first(conn):
    await add(conn, "s/1", "SUCCEEDED", job_id="mine")
    await add(conn, "s/2", "QUEUED", job_id="mine")
    assert [run.run_id for run, _ in await runs_named(conn, None, "mine")] == ["s/2", "s/1"]
    await conn.execute("update runs set clips_by_search = 7 where run_id = 's/1'")
    ((run, job),) = await runs_named(conn, "s/1", "s/1")
    assert (run.state, job) == (RunState.SUCCEEDED, '{"type": "batch"}')
    assert run.clips_by_search == 7


@pytest.mark.parametrize(
    ("remaining", "job", "expected"),
    [
        (None, '{"type": "batch"}', None),
        ("{}", '{"type": "batch"}', ToRead(0, None, None)),
        ("{[5,9),[20,30)}", '{"type": "batch"}', ToRead(2, 5, 30)),
        ("{[5,9),[20,)}", '{"type": "batch", "direction": "forward"}', ToRead(2, 5, None, True)),
        (
            "{[0,9)}",
            '{"type": "rescan", "settings": {"scan_mode": "forward"}}',
            ToRead(1, 0, 9, True),
        ),
    ],
)
async def test_what_is_left_to_read_comes_with_the_detail(conn, remaining, job, expected):
    await add(conn, "s/1", "RUNNING")
    await conn.execute("update runs set remaining = %s::int8multirange, job = %s", [remaining, job])
    ((run, _),) = await runs_named(conn, "s/1", "")
    assert run.to_read == expected


async def test_unfinished_runs_of_one_stream_come_page_by_page(conn):
    for number in range(5):
        await add(conn, f"s/{number}", ("QUEUED", "RUNNING")[number % 2])
    await add(conn, "other/1", "QUEUED")
    await add(conn, "s/9", "FAILED")
    first = await unfinished_runs(conn, "s", limit=3)
    rest = await unfinished_runs(conn, "s", after=first[-1].run_id, limit=3)
    assert [run.run_id for run in [*first, *rest]] == [f"s/{number}" for number in range(5)]
    assert first[1].state is RunState.RUNNING
    assert 0 <= first[0].idle_s < 60


async def test_a_cancelled_run_is_over_for_its_holder_and_for_whoever_comes_next(conn):
    await add(conn, "s/1", "RUNNING")
    await add(conn, "s/2", "QUEUED")
    await add(conn, "s/3", "SUCCEEDED")
    job = a_job()
    asked = {f"s/{number}": job for number in (1, 2, 3, 4)}
    ended = await cancel_runs(conn, asked, "by a\x00 test")
    assert ended == {
        "s/1": RunState.CANCELLED,
        "s/2": RunState.CANCELLED,
        "s/3": RunState.SUCCEEDED,
        "s/4": RunState.CANCELLED,
    }
    state, error, message, fence, is_over = await state_of(conn, "s/1")
    assert (state, error, fence, is_over) == ("CANCELLED", "cancelled", 5, True)
    assert message.startswith("by a")
    assert (await state_of(conn, "s/4"))[3] == 0
    with pytest.raises(LeaseLost):
        await leave_run(conn, Leaving("s/1", 5, RunState.SUCCEEDED))
    with pytest.raises(LeaseLost):
        await leave_run(conn, Leaving("s/1", 5, RunState.QUEUED))
    assert await cancel_runs(conn, asked, "again") == ended
    assert (await state_of(conn, "s/1"))[2].startswith("by a")
    assert await cancel_runs(conn, {}, "none") == {}
