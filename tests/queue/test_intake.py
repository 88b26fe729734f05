from __future__ import annotations

import json

import pytest
import trio
import trio.testing

from clipsaver.queue import intake, lease, outcomes, produce
from clipsaver.queue.policy import HandBack, Wait
from clipsaver.redis_calls.unavailable import GroupMissing
from tests.queue.probe import BATCH, MESSAGE


async def test_read_gives_each_entry_to_one_worker(link, me, other, probe):
    ids = await produce.push(link, [BATCH] * 3)
    mine = await intake.read(me, 2, block_ms=1)
    theirs = await intake.read(other, 2, block_ms=1)
    assert [entry.entry_id for entry in mine + theirs] == ids
    assert mine[0].job == BATCH
    assert await intake.read(me, 2, block_ms=1) == ()


async def test_read_waits_for_the_first_entry(link, me):
    got = []

    async def read():
        got.extend(await intake.read(me, 5, block_ms=5000))

    with trio.fail_after(4):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(read)
            await trio.testing.wait_all_tasks_blocked(0.01)
            await produce.push(link, [BATCH])
    assert len(got) == 1


async def test_entries_from_before_the_group_are_read(redis_url, link, me):
    await link.command("XGROUP DESTROY", link.names.stream, link.names.group)
    ids = await produce.push(link, [BATCH])
    assert await intake.read(me, 5, block_ms=1) == ()  # made the group
    assert [entry.entry_id for entry in await intake.read(me, 5, block_ms=1)] == ids


async def test_a_flushed_server_gets_its_group_back_from_whatever_is_called(link, me):
    for call in (
        lambda: intake.read(me, 1, block_ms=1),
        lambda: intake.reclaim(me),
        lambda: intake.take_next(me, 1, others=1),
        lambda: intake.own_pending(me, held=(), restarted=False),
    ):
        await link.command("FLUSHALL")
        await call()
        assert await link.command("XPENDING", link.names.stream, link.names.group)
    await link.command("FLUSHALL")
    assert await intake.waiting(me, 5) == 0
    assert await intake.promote_due(link, 5) == 0


async def test_a_missing_group_never_leaves_the_room(link, me, probe):
    held = await probe.taken(me)
    await link.command("FLUSHALL")
    assert await lease.take(me, held.entry, {}) is None
    assert await lease.renew(me, [held]) == [held]
    assert await lease.note_progress(me, held) is None
    assert await intake.put_back(me, [held.entry]) == 0
    assert await outcomes.settle(me, held, HandBack()) is outcomes.Verdict.LOST
    with pytest.raises(GroupMissing):
        await link.command("XPENDING", link.names.stream, link.names.group)


async def test_what_fell_silent_is_next_oldest_first(me, other, probe):
    entries = [await probe.pushed(other) for _ in range(4)]
    ids = [entry.entry_id for entry in entries]
    await probe.age(ids[2], ids[0], ids[1])
    assert (await intake.reclaim(me)).count == 3
    found = await intake.take_next(me, 2, others=2)
    assert [entry.entry_id for entry in found.entries] == ids[:2]
    pending = await probe.pending()
    assert (pending[ids[0]].consumer, pending[ids[0]].deliveries) == ("me", 2)
    assert pending[ids[0]].idle_ms < 1000
    assert (pending[ids[2]].consumer, pending[ids[2]].deliveries) == (intake.WAITING, 1)
    assert pending[ids[3]].consumer == "other"


async def test_only_one_of_two_gets_an_entry(me, other, probe):
    entry = await probe.pushed(me)
    await probe.age(entry.entry_id)
    assert len(await probe.taken_over(other)) == 1
    assert await probe.taken_over(me) == []


async def test_a_worker_does_not_take_over_from_itself(me, probe):
    held = [await probe.pushed(me) for _ in range(3)]
    free = await probe.pushed(me)
    await probe.age(free.entry_id, *[entry.entry_id for entry in held])
    back = await intake.reclaim(me, held=[entry.entry_id for entry in held])
    assert back.count == 1
    assert (await probe.pending())[free.entry_id].consumer == intake.WAITING
    assert (await probe.pending())[held[0].entry_id].consumer == "me"


async def test_who_has_not_heard_from_the_server_for_long_takes_nothing(link, me, other, probe):
    """It stood still, or we did: holders may have had no chance to renew."""
    entry = await probe.pushed(other)
    await probe.age(entry.entry_id)
    seconds, microseconds = await link.command("TIME")
    now_ms = seconds * 1000 + microseconds // 1000
    late = await intake.reclaim(me, heard_ms=now_ms - me.lease_ms // 2)
    assert (late.count, late.was_late) == (0, True)
    assert now_ms <= late.now_ms < now_ms + 5000
    in_touch = await intake.reclaim(me, heard_ms=late.now_ms)
    assert (in_touch.count, in_touch.was_late) == (1, False)


async def test_reserved_slots_take_over_message_jobs_only(me, other, probe):
    batch, message = await probe.pushed(other), await probe.pushed(other, MESSAGE)
    await probe.age(batch.entry_id, message.entry_id)
    await intake.reclaim(me)
    found = await intake.take_next(me, 5, others=0)
    assert [entry.entry_id for entry in found.entries] == [message.entry_id]
    assert (await probe.pending())[batch.entry_id].consumer == intake.WAITING


async def test_entries_that_somebody_deleted_are_named_and_leave_the_pending_list(
    link, me, other, probe
):
    entry, mine = await probe.pushed(other), await probe.pushed(me)
    await probe.age(entry.entry_id)
    await link.command("XDEL", link.names.stream, entry.entry_id, mine.entry_id)
    back = await intake.reclaim(me)
    assert (back.count, back.gone) == (0, (entry.entry_id,))
    found = await intake.own_pending(me, held=(), restarted=False)
    assert (found.entries, found.gone) == ((), (mine.entry_id,))
    assert await probe.pending() == {}


async def test_after_a_lost_reply_a_worker_finds_its_entries_and_only_those(link, me, other, probe):
    held, theirs = await probe.taken(me), await probe.pushed(other)
    ids = await produce.push(link, [BATCH, BATCH])
    await intake.read(me, 2, block_ms=1)  # the reply got lost
    found = await intake.own_pending(me, held=[held.entry.entry_id], restarted=False)
    assert [entry.entry_id for entry in found.entries] == ids
    pending = await probe.pending()
    assert {pending[entry_id].deliveries for entry_id in ids} == {1}
    assert pending[held.entry.entry_id].deliveries == 1
    assert pending[theirs.entry_id].consumer == "other"


async def test_a_cancelled_read_loses_nothing(link, me, probe):
    for _ in range(30):
        with trio.move_on_after(0.002):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(produce.push, link, [BATCH])
                while True:
                    await intake.read(me, 5, block_ms=50)
    await intake.read(me, 1000, block_ms=1)
    found = await intake.own_pending(me, held=(), restarted=False)
    assert {entry.entry_id for entry in found.entries} == set(await probe.stream())


async def test_a_restart_under_the_same_name_counts_as_a_delivery(me, probe):
    lost = await probe.pushed(me)
    found = await intake.own_pending(me, held=(), restarted=True)
    assert [entry.entry_id for entry in found.entries] == [lost.entry_id]
    assert (await probe.pending())[lost.entry_id].deliveries == 2


async def test_own_pending_leaves_out_what_was_handed_back(me, other, probe):
    held, unread = await probe.taken(me), await probe.pushed(me)
    await outcomes.settle(me, held, HandBack())
    assert await intake.put_back(me, [unread]) == 1
    assert await intake.own_pending(me, held=(), restarted=False) == intake.Claimed()
    entries = await probe.taken_over(other)
    assert {entry.entry_id for entry in entries} == {held.entry.entry_id, unread.entry_id}
    assert {row.deliveries for row in (await probe.pending()).values()} == {1}


async def test_put_back_leaves_alone_what_others_hold(me, other, probe):
    entry = await probe.pushed(other)
    assert await intake.put_back(me, [entry]) == 0
    assert (await probe.pending())[entry.entry_id].idle_ms < 1000


async def test_due_entries_return_with_their_run_and_their_other_fields(link, me, probe):
    odd = b'\x00\xff\xfe\r\n"\\/ \xc3\xa9'
    await link.command("XADD", link.names.stream, "*", "job_id", "j1", "job", BATCH, "x", odd)
    (entry,) = await intake.read(me, 1, block_ms=1)
    held = await lease.take(me, entry, {})
    await outcomes.settle(me, held, Wait(60, "discord"))
    assert await intake.promote_due(link, 10) == 0
    assert await probe.stream() == {}
    await probe.make_due()
    assert await intake.promote_due(link, 10) == 1
    ((entry_id, fields),) = (await probe.stream()).items()
    assert (fields["job"], fields["job_id"], fields["x"]) == (BATCH, b"j1", odd)
    (again,) = await intake.read(me, 1, block_ms=1)
    assert (again.run_id, again.entry_id) == (entry.run_id, entry_id)
    assert again.carried.waits == 1
    assert await probe.delayed() == []


async def test_promotion_is_in_order_of_time_and_bounded(link, me, probe):
    runs = []
    for due in (3, 1, 2):
        held = await probe.taken(me)
        await outcomes.settle(me, held, Wait(60, "x"))
        (member,) = await link.command("ZRANGEBYSCORE", link.names.delayed, 1000, "+inf")
        await link.command("ZADD", link.names.delayed, due, member)
        runs.append(held.run_id)
    assert [await intake.promote_due(link, 2) for _ in range(3)] == [2, 1, 0]
    again = await intake.read(me, 5, block_ms=1)
    assert [entry.run_id for entry in again] == [runs[1], runs[2], runs[0]]


@pytest.mark.parametrize(
    "member",
    ["", "{", "[]", '["job"]', '["job",1]', '{"job":"x"}', "7", "null", json.dumps(["x"] * 9000)],
)
async def test_a_member_that_is_no_entry_is_buried_and_stops_nobody(link, me, probe, member):
    held = await probe.taken(me)
    await outcomes.settle(me, held, Wait(0, "x"))
    await link.command("ZADD", link.names.delayed, 0, member)
    await probe.make_due()
    assert await intake.promote_due(link, 10) == 2
    (letter,) = await probe.dead()
    assert letter["job"] == member.encode()
    assert b"bad_delayed_entry" in letter["dead"]
    assert len(await probe.stream()) == 1


async def test_waiting_counts_what_could_start(link, me, other, probe):
    assert await intake.waiting(me, 10) == 0
    _held, silent, delayed = [await probe.taken(other) for _ in range(3)]
    await outcomes.settle(other, delayed, Wait(60, "x"))
    assert await intake.waiting(me, 10) == 0
    await probe.age(silent.entry.entry_id)
    assert await intake.waiting(me, 10) == 1
    await probe.make_due()
    assert await intake.waiting(me, 10) == 2
    await produce.push(link, [BATCH] * 20)
    assert await intake.waiting(me, 10) == 10
    assert await intake.waiting(me, 1) == 1
