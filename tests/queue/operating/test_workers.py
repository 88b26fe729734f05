"""Who works, by heartbeats and by what the group knows."""

from __future__ import annotations

from clipsaver.queue import presence
from clipsaver.queue.operating.workers import Worker, WorkerState, list_workers
from clipsaver.queue.worker_statistics import WorkerStatistics, encode_statistics
from tests.queue.conftest import LEASE_MS


async def test_a_worker_is_known_from_its_first_beat_and_gone_without_one(link, me, other, probe):
    assert await list_workers(link, lease_ms=LEASE_MS) == []
    facts = {"pid": 7, "version": "1", "state": "running", "started_at": 0, "concurrency": 8}
    await presence.beat(me, {**facts, "reserved": 1, "running": 3}, expires_ms=15_000)
    await probe.taken(other)
    mine, gone = await list_workers(link, lease_ms=LEASE_MS)
    assert (mine.name, mine.state, mine.held, mine.host) == ("me", WorkerState.RUNNING, 0, "host-a")
    assert (mine.pid, mine.slots, mine.reserved, mine.running) == ("7", 8, 1, 3)
    assert mine.up_s > 1e9
    assert 0 <= mine.beat_ms_ago < 15_000
    assert (gone.name, gone.state, gone.held) == ("other", WorkerState.GONE, 1)
    assert 0 < gone.takeover_in_ms <= LEASE_MS
    assert 0 <= gone.idle_ms < LEASE_MS
    assert (await list_workers(link, lease_ms=0))[1].takeover_in_ms == 0


async def test_what_a_later_version_says_is_no_error(link, me):
    await presence.beat(me, {"state": "dreaming", "running": "many"}, expires_ms=15_000)
    (found,) = await list_workers(link, lease_ms=LEASE_MS)
    assert (found.state, found.running, found.up_s) == (WorkerState.UNKNOWN, None, None)


async def test_what_its_parts_say_comes_with_it(link, me):
    said = WorkerStatistics(outcomes={"done": 5, "dead": 1, "retry": 2, "wait": 9})
    await presence.beat(me, {"statistics": encode_statistics(said)}, expires_ms=15_000)
    (found,) = await list_workers(link, lease_ms=LEASE_MS)
    assert (found.statistics, found.done, found.failed) == (said, 5, 3)
    for nothing in ({}, {"statistics": "{"}):
        await link.command("DEL", link.names.worker("me"))
        await presence.beat(me, nothing, expires_ms=15_000)
        (found,) = await list_workers(link, lease_ms=LEASE_MS)
        assert (found.statistics, found.done, found.failed) == (None, None, None)


async def test_a_beat_brings_no_stream_back_that_is_gone(link, me):
    await link.command("DEL", link.names.stream)
    assert await presence.beat(me, {}, expires_ms=15_000)
    assert await link.command("EXISTS", link.names.stream) == 0
    assert await list_workers(link, lease_ms=LEASE_MS) == []


def test_of_one_that_is_gone_nothing_is_made_up():
    assert Worker("w", WorkerState.GONE, 0).takeover_in_ms is None
