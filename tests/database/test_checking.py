"""What the background check comes by, and what became of its jobs."""

from __future__ import annotations

import time

import pytest

from clipsaver.database import checking, denials
from clipsaver.database.checking import CheckedChannel, CheckedRun
from clipsaver.database.run_changes import Leaving, begin_run, leave_run
from clipsaver.records import Delivery, RunState
from tests.database.making import GUILD, a_clip, a_job, a_page, add_run, commit_pages


@pytest.fixture
async def clips(conn):
    """A clip in each of the messages 101 to 105 of channel 70, and in 201 of 72; none in 71."""
    for run, channel_id, *messages in (
        ("s/1", 70, 101, 102, 103, 104, 105), ("s/2", 71), ("s/3", 72, 201)
    ):  # fmt: skip
        await add_run(conn, run, channel_id=channel_id)
        found = [a_clip(one, channel_id=channel_id) for one in messages]
        await commit_pages(conn, [a_page(run, 1, *found, channel_id=channel_id)])
    return conn


async def test_channels_with_clips_come_in_order(clips) -> None:
    met, channel_id = [], 0
    while (channel := await checking.channel_from(clips, channel_id)) is not None:
        met.append(channel)
        channel_id = channel.channel_id + 1
    assert met == [CheckedChannel(70, GUILD, True), CheckedChannel(72, GUILD, True)]
    assert await checking.channel_from(clips, 70) == met[0]


@pytest.mark.parametrize(
    "change",
    [
        "update channels set access = 'denied' where channel_id = 70",
        "update channels set access = 'gone' where channel_id = 70",
        "update channels set purged_at = now() where channel_id = 70",
        "update guilds set purged_at = now()",
        "update guilds set left_at = now()",
        "denied",
    ],
)
async def test_what_may_not_be_read_is_passed_over(clips, change: str) -> None:
    if change == "denied":
        await denials.record_denial(
            clips, 70, error="access_denied", words="no", route="r", status=403, code=50001
        )
    else:
        await clips.execute(change)
    assert await checking.channel_from(clips, 0) == CheckedChannel(70, GUILD, False)


async def test_clips_come_in_order_and_say_whether_they_are_due(clips) -> None:
    await clips.execute("update clips set updated_at = now() - interval '2 days'")
    await clips.execute(
        "update clips set deleted_at = now(), deleted_reason = 'message' where message_id = 102"
    )
    await clips.execute("update clips set updated_at = now() where message_id = 104")
    ours = {"newest": 200, "looked_at_before": time.time() - 86_400, "limit": 9}
    assert await checking.clips_behind(clips, 70, 0, **ours) == [
        (101, True), (102, False), (103, True), (104, False), (105, True)
    ]  # fmt: skip
    assert await checking.clips_behind(clips, 70, 102, **{**ours, "limit": 1}) == [(103, True)]
    assert await checking.clips_behind(clips, 70, 104, **{**ours, "newest": 104}) == []


async def test_a_run_is_found_by_its_name_if_it_began_since(conn) -> None:
    long_ago, now = 0.0, time.time()
    assert await checking.checked_run(conn, "check:1", long_ago) is None
    await add_run(conn, "s/0")
    await begin_run(conn, Delivery("s/1", 5, attempts=0), a_job(job_id="check:1"))
    await commit_pages(conn, [a_page("s/1", 1, requests=3)])
    assert await checking.checked_run(conn, "check:1", long_ago) == CheckedRun(
        RunState.RUNNING, messages=100, requests=3, clips_deleted=0
    )
    await leave_run(conn, Leaving("s/1", 5, RunState.SUCCEEDED))
    run = await checking.checked_run(conn, "check:1", now - 60)
    assert run is not None
    assert run.state.is_over
    assert await checking.checked_run(conn, "check:1", now + 3600) is None


async def test_a_run_that_found_something_is_not_forgotten(clips) -> None:
    await clips.execute(
        "update runs set job_id = 'check:1', type = 'message', state = 'SUCCEEDED', "
        "ended_at = now(), clips_deleted = (run_id = 's/1')::int"
    )
    await clips.execute("update runs set job_id = 'check:2' where run_id = 's/2'")
    await checking.forget_run(clips, "check:1")
    found = await clips.execute("select run_id from runs order by 1")
    assert await found.fetchall() == [("s/1",), ("s/2",)]
