from __future__ import annotations

import time

from clipsaver.outage import Outage
from clipsaver.queue import intake, lease, outcomes
from clipsaver.queue.link import Consumer
from clipsaver.queue.policy import Done, HandBack, Slice
from clipsaver.worker.leases import Ended, LeaseKeeper
from tests.queue.probe import BATCH


async def taken_over(probe, entry, by):
    """The same entry, after its holder fell silent."""
    await probe.age(entry.entry_id)
    (again,) = await probe.taken_over(by, 1)
    return await lease.take(by, again, {})


async def test_take_shows_who_does_what(link, me, probe):
    entry = await probe.pushed(me)
    held = await lease.take(me, entry, {"type": "batch", "channel": 2, "job_id": "é"})
    assert (held.deliveries, held.attempts, held.progressed) == (1, 0, False)
    job = await probe.job(held.run_id)
    assert (job["state"], job["worker"], job["type"], job["channel"]) == (
        "running",
        "me",
        "batch",
        "2",
    )
    assert (job["entry"], job["job_id"]) == (entry.entry_id, "é")
    assert abs(int(job["taken_at"]) / 1000 - time.time()) < 5


async def test_take_refuses_an_entry_that_is_not_mine(me, other, probe):
    entry = await probe.pushed(other)
    assert await lease.take(me, entry, {}) is None
    assert await probe.job(entry.run_id) == {}
    await outcomes.settle(other, await lease.take(other, entry, {}), Done())
    assert await lease.take(other, entry, {}) is None


async def test_take_refuses_an_entry_whose_body_was_deleted(link, me, probe):
    entry = await probe.pushed(me)
    await link.command("XDEL", link.names.stream, entry.entry_id)
    assert await lease.take(me, entry, {}) is None
    assert await probe.pending() == {}


async def test_take_resets_the_idle_time_and_does_not_count(me, probe):
    entry = await probe.pushed(me)
    await probe.age(entry.entry_id)
    await lease.take(me, entry, {})
    row = (await probe.pending())[entry.entry_id]
    assert (row.idle_ms < 1000, row.deliveries) == (True, 1)


async def test_fences_only_grow(link, me, other, probe):
    first = await probe.taken(me)
    assert abs(first.fence / 1e6 - time.time()) < 5
    second = await taken_over(probe, first.entry, other)
    assert second.fence > first.fence
    far = second.fence + 10**12  # as if the clock of Redis had gone back by eleven days
    await link.command("HSET", link.names.job(first.run_id), "fence", far)
    third = await taken_over(probe, first.entry, me)
    assert third.fence == far + 1
    fourth = await lease.take(me, third.entry, {}, at_least=far + 1000)
    assert fourth.fence == far + 1000


async def test_deliveries_are_counted_across_workers(me, other, probe):
    held = await probe.taken(me)
    held = await taken_over(probe, held.entry, other)
    held = await taken_over(probe, held.entry, me)
    assert held.deliveries == 3


async def test_a_committed_page_starts_the_count_anew(me, other, probe):
    held = await probe.taken(me)
    held = await taken_over(probe, held.entry, other)
    got_on = await lease.note_progress(other, held)
    assert (got_on.deliveries, got_on.progressed) == (1, True)
    assert (await taken_over(probe, held.entry, me)).deliveries == 2
    assert await lease.note_progress(other, held) is None


async def test_the_count_survives_a_move_but_not_a_committed_page(me, other, probe):
    held = await probe.taken(me)
    held = await taken_over(probe, held.entry, other)
    await outcomes.settle(other, held, Slice())
    (moved,) = await intake.read(me, 1, block_ms=1)
    held = await lease.take(me, moved, {})
    assert held.deliveries == 2  # one worker died of it, and this one is the next
    held = await lease.note_progress(me, held)
    held = await taken_over(probe, held.entry, other)
    assert held.deliveries == 2


async def test_renew_keeps_what_is_mine_and_names_what_is_lost(link, me, other, probe):
    mine, slept, done, with_lock = [await probe.taken(me, channel=n) for n in (1, 2, 3, 4)]
    await taken_over(probe, slept.entry, other)
    await outcomes.settle(me, done, Done())
    await probe.age(mine.entry.entry_id, with_lock.entry.entry_id, idle_ms=9000)
    await link.command("PEXPIRE", link.names.lock(4), 100)
    assert await lease.renew(me, [mine, slept, done, with_lock]) == [slept]
    pending = await probe.pending()
    assert pending[mine.entry.entry_id].idle_ms < 1000
    assert pending[mine.entry.entry_id].deliveries == 1
    assert pending[slept.entry.entry_id].consumer == "other"
    assert await link.command("PTTL", link.names.lock(4)) > 10_000
    assert await lease.renew(me, []) == []


async def test_a_second_delivery_to_the_same_worker_ends_the_first(me, probe):
    first = await probe.taken(me)
    second = await lease.take(me, first.entry, {})
    assert await lease.renew(me, [first, second]) == [first]


async def test_a_lease_whose_hash_is_lost_counts_as_lost(link, me, probe):
    held = await probe.taken(me)
    await link.command("DEL", link.names.job(held.run_id))
    assert await lease.renew(me, [held]) == [held]


async def test_a_lease_whose_body_was_deleted_is_lost(link, me, probe):
    held = await probe.taken(me)
    await link.command("XDEL", link.names.stream, held.entry.entry_id)
    assert await lease.renew(me, [held]) == [held]


async def test_a_channel_is_held_by_one_run(link, me, other, probe):
    first = await probe.taken(me, channel=7)
    second = await probe.taken(other, channel=7)
    assert (first.channel_id, first.locked_by) == (7, None)
    assert (second.channel_id, second.locked_by) == (None, first.run_id)
    assert (await probe.taken(other, channel=8)).channel_id == 8
    await outcomes.settle(other, second, HandBack())  # has no lock, so lets go of none
    assert await link.command("GET", link.names.lock(7)) == first.run_id.encode()
    await outcomes.settle(me, first, Done())
    assert (await probe.taken(other, channel=7)).channel_id == 7


async def test_the_next_delivery_of_a_run_has_its_channel(me, other, probe):
    held = await probe.taken(me, channel=7)
    await probe.age(held.entry.entry_id)
    (entry,) = await probe.taken_over(other, 1)
    assert (await lease.take(other, entry, {}, exclusive_channel=7)).channel_id == 7
    # The first holder wakes up and settles: the lock is the run's, which is another's now.
    assert await outcomes.settle(me, held, Done()) is outcomes.Verdict.LOST
    assert (await probe.taken(me, channel=7)).locked_by == held.run_id


async def test_a_lock_that_ran_out_is_taken_again_or_the_lease_is_lost(link, me, other, probe):
    held = await probe.taken(me, channel=7)
    await link.command("DEL", link.names.lock(7))
    assert await lease.renew(me, [held]) == []
    assert await link.command("GET", link.names.lock(7)) == held.run_id.encode()
    await link.command("DEL", link.names.lock(7))
    assert (await probe.taken(other, channel=7)).locked_by is None
    assert await lease.renew(me, [held]) == [held]


async def test_a_channel_outlasts_a_lease_that_ran_out(link, other, probe):
    """As all leases do while Redis is away: who is back first must not take the channel."""
    brief = Consumer(link, "brief", "host-a", 100)
    held = await probe.taken(brief, channel=7)
    while (await probe.pending())[held.entry.entry_id].idle_ms <= 2 * brief.lease_ms:
        pass
    assert (await probe.taken(other, channel=7)).locked_by == held.run_id
    assert await lease.renew(brief, [held]) == []


async def test_a_job_of_another_run_is_not_in_the_way(me, probe):
    assert (await probe.taken(me, BATCH)).fence != (await probe.taken(me, BATCH)).fence


async def test_a_lock_that_another_run_has_by_now_is_not_let_go(link, me, other, probe):
    held = await probe.taken(me, channel=7)
    await link.command("DEL", link.names.lock(7))  # it ran out
    theirs = await probe.taken(other, channel=7)
    assert await outcomes.settle(me, held, Done()) is outcomes.Verdict.SETTLED
    assert await link.command("GET", link.names.lock(7)) == theirs.run_id.encode()


async def test_the_keeper_does_not_miss_what_it_gave_back(me, other, probe):
    """While the database is still to be told, others have it already."""
    mine = await lease.take(me, await probe.pushed(me), {})
    keeper = LeaseKeeper(me, Outage("redis"))
    with keeper.holding(mine) as held:
        await outcomes.settle(me, mine, HandBack())
        (again,) = (await intake.take_next(other, 1, others=1)).entries
        assert await lease.take(other, again, {})
        held.is_settled = True
        await keeper._renew()
        assert held.ended is None
        held.is_settled = False
        await keeper._renew()
        assert held.ended is Ended.LEASE_LOST
