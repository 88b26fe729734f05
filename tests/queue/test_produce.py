"""Jobs onto the stream, what is seen of them, and of the workers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clipsaver.errors import RedisUnavailable
from clipsaver.jobs import BatchJob, decode
from clipsaver.queue import depth, intake, lease, presence, produce, progress
from clipsaver.queue.outcomes import settle
from clipsaver.queue.policy import Cancelled, Done, Wait
from clipsaver.queue.produce import JobState
from clipsaver.records import GuildCounts, PageChanges, RunProgress
from tests.queue.probe import BATCH


async def test_push_keeps_order_over_many_chunks(link, me, probe):
    jobs = [BatchJob(guild_id="1", channel_id=str(n)) for n in range(1234)]
    ids = await produce.push(link, jobs)
    stream = await probe.stream()
    assert list(stream) == ids
    assert [decode(fields["job"]) for fields in stream.values()] == jobs
    assert await produce.push(link, []) == []


async def test_push_takes_json_as_it_is(link, probe):
    await produce.push(link, [b"not even json"])
    assert [fields["job"] for fields in (await probe.stream()).values()] == [b"not even json"]


async def test_push_says_how_far_it_came(link):
    class Breaking:
        chunks = 0

        def pipeline(self, transaction=True):
            self.chunks += 1
            if self.chunks == 3:
                raise ConnectionResetError("gone")
            return link.redis.pipeline(transaction=transaction)

    with pytest.raises(RedisUnavailable, match=r"of 2,000 jobs the first 1,000 were added"):
        await produce.push(replace(link, redis=Breaking()), [BATCH] * 2000)


async def test_a_run_can_be_followed_from_its_push_to_its_end(link, me):
    (entry_id,) = await produce.push(link, [BATCH])
    run_id = produce.run_id_of(link, entry_id)
    assert await produce.job_status(link, run_id) is None
    (entry,) = await intake.read(me, 1, block_ms=1)
    held = await lease.take(me, entry, {})
    assert (await produce.job_status(link, run_id)).state is JobState.RUNNING
    done = RunProgress(3, 250, 7, 4, PageChanges(added=5, restored=2, deleted=1, by_search=3))
    obstacle = progress.Obstacle("bucket", "GET /x of 7", since_ms=5, until_ms=9)
    report = progress.Report(held, done, 0.25, "scan", 12.345, 1_790_000_000_000, obstacle)
    assert await progress.write(link, [report]) == 1
    status = await produce.job_status(link, run_id)
    assert (status.pages, status.messages, status.clips) == (3, 250, 7)
    assert (status.share, status.waits_for, status.worker) == (0.25, "bucket", "me")
    assert (status.stage, status.rate, status.eta_ms) == ("scan", 12.35, 1_790_000_000_000)
    assert status.obstacle == obstacle
    assert (status.restored, status.deleted, status.by_search) == (2, 1, 3)
    await settle(me, held, Done())
    status = await produce.job_status(link, run_id)
    assert (status.state, status.clips, status.waits_for) == (JobState.DONE, 7, None)
    assert (status.stage, status.rate, status.eta_ms, status.obstacle) == ("scan", None, None, None)


async def test_a_delivery_begins_without_what_was_true_of_the_last(link, me, other, probe):
    held = await probe.taken(me)
    obstacle = progress.Obstacle("pace", since_ms=5, until_ms=9)
    await progress.write(link, [progress.Report(held, RunProgress(3), 0.3, "scan", 1, 2, obstacle)])
    await probe.age(held.entry.entry_id)
    (entry,) = await probe.taken_over(other, 1)
    await lease.take(other, entry, {})
    status = await produce.job_status(link, held.run_id)
    assert (status.stage, status.rate, status.eta_ms, status.obstacle) == (None, None, None, None)
    assert (status.pages, status.share) == (3, 0.3)
    again = await lease.take(other, entry, {})
    await progress.write(link, [progress.Report(again, None, stage="begin")])
    status = await produce.job_status(link, held.run_id)
    assert (status.stage, status.pages, status.share) == ("begin", 3, 0.3)


async def test_the_run_that_has_the_channel_is_told(link, me, probe):
    held = await probe.taken(me)
    await settle(me, held, Wait(60, "channel_busy", "clips/1-0"))
    status = await produce.job_status(link, held.run_id)
    assert status.obstacle == progress.Obstacle("channel_busy", "clips/1-0")
    assert status.due_at_ms is not None


async def test_progress_is_written_by_the_holder_only(link, me, other, probe):
    settled, slept, running = [await probe.taken(me) for _ in range(3)]
    await settle(me, settled, Cancelled())
    await probe.age(slept.entry.entry_id)
    (entry,) = await probe.taken_over(other, 1)
    await lease.take(other, entry, {})
    done = RunProgress(9, 9, 9, 9)
    reports = [progress.Report(held, done) for held in (settled, slept, running)]
    assert await progress.write(link, reports) == 1
    seen = [
        (await produce.job_status(link, held.run_id)).pages for held in (settled, slept, running)
    ]
    assert seen == [0, 0, 9]
    assert await progress.write(link, []) == 0


async def test_progress_does_not_bring_back_a_run_that_is_forgotten(link, me, probe):
    held = await probe.taken(me)
    await link.command("DEL", link.names.job(held.run_id))
    assert await progress.write(link, [progress.Report(held, RunProgress())]) == 0
    assert await produce.job_status(link, held.run_id) is None


async def test_left_to_do_counts_every_place(link, me, other, probe):
    assert (await depth.left_to_do(link)).nothing
    held, delayed = await probe.taken(me), await probe.taken(other)
    await settle(other, delayed, Wait(60, "x"))
    await produce.push(link, [BATCH])
    left = await depth.left_to_do(link)
    assert (left.stream, left.delayed, left.pending, left.nothing) == (2, 1, 1, False)
    await settle(me, held, Done())
    await link.command("FLUSHALL")
    assert (await depth.left_to_do(link)).nothing


async def test_a_heartbeat_expires(link, me, probe):
    await presence.beat(me, {"pid": 7, "version": "1"}, expires_ms=20_000)
    key = link.names.worker("me")
    fields = await link.command("HGETALL", key)
    assert (fields[b"pid"], fields[b"host"]) == (b"7", b"host-a")
    assert 19_000 < await link.command("PTTL", key) <= 20_000
    await presence.leave(me)
    assert await link.command("EXISTS", key) == 0


async def consumers(link):
    rows = await link.redis.xinfo_consumers(link.names.stream, link.names.group)
    return {row["name"].decode() for row in rows}


async def test_consumers_that_hold_something_stay(link, me, other, probe):
    held = await probe.taken(other)
    await intake.read(me, 1, block_ms=1)
    assert await presence.reap_silent(me, silent_ms=3_600_000) == []
    assert await presence.reap_silent(me, silent_ms=0) == ["me"]
    await presence.leave(other)
    assert await consumers(link) == {"other"}
    assert list(await probe.pending()) == [held.entry.entry_id]
    await settle(other, held, Done())
    await intake.read(me, 1, block_ms=1)
    await presence.leave(other)
    assert await consumers(link) == {"me"}
    await link.command("FLUSHALL")
    assert await presence.reap_silent(me) == []


async def test_the_servers_uptime_is_known(link):
    assert 0 <= await link.uptime_s() < 3600


async def test_what_a_run_adds_is_added_once_over_all_its_deliveries(link, probe):
    jobs = {str(n): BatchJob(guild_id="1", channel_id=str(n)) for n in range(1234)}
    first = dict(list(jobs.items())[:700])
    assert await produce.add_once(link, "clips/1-0", {}, wanted_at_ms=5) == 0
    assert await produce.add_once(link, "clips/1-0", first, wanted_at_ms=5) == 700
    assert await produce.add_once(link, "clips/1-0", jobs, wanted_at_ms=5) == 1234
    assert await produce.add_once(link, "clips/1-0", {}, wanted_at_ms=5) == 1234
    stream = await probe.stream()
    assert [decode(fields["job"]) for fields in stream.values()] == list(jobs.values())
    assert await produce.add_once(link, "clips/2-0", {"0": jobs["0"]}, wanted_at_ms=5) == 1
    assert await link.command("PTTL", link.names.added("clips/1-0")) > 23 * 3_600_000


async def test_what_was_noted_is_known_until_somebody_takes_it(link, me, other, probe):
    jobs = {f"{n}:rules": BatchJob(guild_id="1", channel_id=str(n)) for n in range(3)}
    names = [*jobs, "9:rules"]
    assert await produce.not_begun(link, names) == {}
    runs = await produce.push_noted(link, {"0:rules": jobs["0:rules"], "1:rules": jobs["1:rules"]})
    await produce.add_once(link, "clips/1-0", {"2:rules": jobs["2:rules"]}, wanted_at_ms=5)
    found = await produce.not_begun(link, names)
    assert list(found) == list(jobs)
    assert found.items() >= runs.items()
    key = link.names.queued("2:rules")
    await link.command("PEXPIRE", key, 1000)
    line = (await intake.take_next(other, 1, others=1)).entries  # they stand in line now
    await intake.put_back(other, line)
    assert await produce.not_begun(link, names) == found
    assert await link.command("PTTL", key) > 23 * 3_600_000  # who asks wants to go on knowing

    taken, *_ = (await intake.take_next(me, 1, others=1)).entries
    assert await lease.take(me, taken, {}) is not None
    left = {name: run_id for name, run_id in found.items() if run_id != taken.run_id}
    assert await produce.not_begun(link, names) == left
    await link.command("DEL", link.names.stream)
    assert await produce.not_begun(link, names) == {}


async def test_what_a_guild_job_found_can_be_followed(link, me, probe):
    held = await probe.taken(me)
    assert (await produce.job_status(link, held.run_id)).counts is None
    report = progress.Report(held, RunProgress(), 0.5, counts=GuildCounts(12, 3, 7))
    await progress.write(link, [report])
    assert (await produce.job_status(link, held.run_id)).counts == GuildCounts(12, 3, 7)
