"""The same code on asyncio, over redis-py's own client: what the terminal UI does."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from clipsaver.queue import depth, events, intake, lease, presence, produce, series
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.queue.operating import audit
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.dead_letters import dead, dead_actions
from clipsaver.queue.operating.dead_letters.dead_actions import Fate
from clipsaver.queue.operating.dead_letters.wanted import Wanted
from clipsaver.queue.outcomes import Verdict, settle
from clipsaver.queue.policy import Dead, Retry, failure_of
from clipsaver.queue.worker_statistics import (
    WorkerStatistics,
    encode_statistics,
    read_statistics,
)
from tests.queue.probe import BATCH, MESSAGE


async def one_job_from_push_to_retry(url):
    redis = Redis.from_url(url, protocol=3)
    try:
        link = Link(redis, Names("clips", "workers"), "the test server")
        me = Consumer(link, "me", "host-a", 15_000)
        await intake.ensure_group(link)
        await intake.ensure_group(link)
        ids = await produce.push(link, [BATCH, BATCH, MESSAGE])
        (entry,) = await intake.read(me, 1, block_ms=10)
        held = await lease.take(me, entry, {"type": "batch"}, exclusive_channel=2)
        assert await lease.renew(me, [held]) == []
        found = await intake.take_next(me, 1, others=0)
        assert [one.entry_id for one in found.entries] == ids[2:]
        found = await intake.take_next(me, 5, others=5)
        assert [one.entry_id for one in found.entries] == ids[1:2]
        assert await settle(me, held, Retry(60, failure_of(ValueError("x")))) is Verdict.SETTLED
        status = await produce.job_status(link, held.run_id)
        assert status is not None
        assert status.state is produce.JobState.RETRY
        assert await depth.left_to_do(link) == depth.LeftToDo(stream=2, delayed=1, pending=2)
        assert await link.uptime_s() >= 0
        await look(me)
        await operate(me)
    finally:
        await redis.aclose()


async def operate(me):
    """What the screen of dead letters does."""
    link = me.link
    (entry_id,) = await produce.push(link, [BATCH])
    (entry,) = await intake.read(me, 1, block_ms=10)
    assert entry.entry_id == entry_id
    await settle(me, await lease.take(me, entry, {}), Dead(failure_of(ValueError("x"))))
    (group,) = await dead.groups(link)
    found = await dead.look(link, Wanted(reason=frozenset(["internal_error"])), count=5)
    assert found.letters == (group.example,)
    (handled,) = await dead_actions.retry(link, [group.example.letter_id], Act("alice@desk"))
    assert handled.fate is Fate.RETRIED
    (event,) = await audit.read(link, count=5)
    assert event.ids == (group.example.letter_id,)
    assert await dead.count(link) == 0


async def look(me):
    """What the screens of workers and events do."""
    said = WorkerStatistics(outcomes={"done": 1})
    facts = {"statistics": encode_statistics(said)}
    assert await presence.claim_name(me, {}, expires_ms=5000) is None
    assert await presence.beat(me, facts, expires_ms=5000)
    assert await read_statistics(me.link, [me.name]) == {me.name: said}
    await series.write(me, series.Ledger(), series.done_by(said))
    minutes = await series.read(me.link, minutes=2)
    assert sum((one.total for one in minutes), series.Done()).outcomes == {"done": 1}
    retry, started = await events.read_events(me.link)
    assert (retry.name, started.name) == ("retry", "worker_started")
    assert await events.read_events(me.link, after=retry.event_id) == [started]


def test_the_queue_works_on_asyncio(redis_url):
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(one_job_from_push_to_retry(redis_url))
