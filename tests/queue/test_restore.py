"""Deliveries in hand when the stream is lost: put back, once, where they are nowhere."""

from __future__ import annotations

import pytest

from clipsaver.errors import RedisUnavailable
from clipsaver.queue import intake, lease, outcomes, produce
from clipsaver.queue.policy import Done, Failure, HandBack, Retry, Slice
from clipsaver.queue.restore import Restored, restore
from tests.queue.probe import BATCH, MESSAGE, full_memory

FAILURE = Failure("internal_error", "x", "abc")


async def test_what_is_in_hand_comes_back_under_its_run(link, me, other, probe):
    held = await probe.taken(me)
    read = await probe.pushed(me, MESSAGE)
    await link.command("FLUSHALL")
    deliveries = [(held.entry, held.fence), (read, None)]
    assert (await restore(me, deliveries)).entries == (
        held.entry,
        read,
    )
    found = await intake.read(other, 5, block_ms=1)
    assert [(one.run_id, one.job) for one in found] == [
        (held.run_id, BATCH),
        (read.run_id, MESSAGE),
    ]
    assert {one.entry_id for one in found}.isdisjoint({held.entry.entry_id, read.entry_id})
    assert await probe.events() == ["restored", "restored"]


async def test_it_happens_once_however_often_it_is_asked_for(link, me, probe):
    held, read = await probe.taken(me), await probe.pushed(me)
    await link.command("FLUSHALL")
    deliveries = [(held.entry, held.fence), (read, None)]
    assert len((await restore(me, deliveries)).entries) == 2
    assert (await restore(me, deliveries)).entries == ()
    assert len(await probe.stream()) == 2


async def test_ids_go_on_from_those_that_were_lost(link, me, probe):
    """Or a new job could get the run id of one that was restored."""
    held = await probe.taken(me)
    await link.command("FLUSHALL")
    ahead = f"{int(held.entry.entry_id.partition('-')[0]) + 3_600_000}-7"  # the clock went back
    await link.command("XADD", link.names.stream, ahead, "job", BATCH)
    await intake.ensure_group(link)
    (entry,) = await intake.read(me, 1, block_ms=1)
    await link.command("DEL", link.names.stream)
    assert (await restore(me, [(entry, None)])).entries == (entry,)
    (pushed,) = await produce.push(link, [BATCH])
    assert int(pushed.partition("-")[0]) >= int(ahead.partition("-")[0])


async def test_a_delivery_that_another_has_is_left_alone(me, other, probe):
    held = await probe.taken(me)
    await probe.age(held.entry.entry_id)
    (entry,) = await probe.taken_over(other, 1)
    assert (await restore(me, [(held.entry, held.fence)])).entries == ()
    later = await lease.take(other, entry, {})
    assert (await restore(me, [(held.entry, held.fence), (held.entry, None)])).entries == ()
    await outcomes.settle(other, later, Done())
    assert (await restore(me, [(held.entry, held.fence), (held.entry, None)])).entries == ()
    assert await probe.stream() == {}


@pytest.mark.parametrize("outcome", [Done(), Retry(100, FAILURE), Slice(), HandBack()])
async def test_a_delivery_that_was_settled_is_left_alone(link, me, probe, outcome):
    held = await probe.taken(me)
    await outcomes.settle(me, held, outcome)
    before = (await probe.stream(), await probe.delayed())
    assert (await restore(me, [(held.entry, held.fence)])).entries == ()
    assert (await probe.stream(), await probe.delayed()) == before


async def test_evicted_bookkeeping_is_no_lost_stream(link, me, probe):
    held = await probe.taken(me)
    await link.command("DEL", link.names.job(held.run_id))
    assert await lease.renew(me, [held]) == [held]
    assert (await restore(me, [(held.entry, held.fence)])).entries == ()


@pytest.mark.parametrize("notices", ["renew", "take"])
async def test_an_entry_that_a_person_deleted_stays_deleted(link, me, probe, notices):
    held = await probe.taken(me)
    await link.command("XDEL", link.names.stream, held.entry.entry_id)
    if notices == "renew":
        assert await lease.renew(me, [held]) == [held]
    else:
        assert await lease.take(me, held.entry, {}) is None
    for fence in (held.fence, None):
        restored = await restore(me, [(held.entry, fence)])
        assert restored == Restored(deleted=(held.entry.entry_id,))
    assert await probe.stream() == {}


async def test_the_first_page_of_one_that_was_deleted_hides_nothing(link, me, probe):
    held = await probe.taken(me)
    await link.command("XDEL", link.names.stream, held.entry.entry_id)
    held = await lease.note_progress(me, held)
    assert held is not None
    assert await lease.renew(me, [held]) == [held]
    assert (await restore(me, [(held.entry, held.fence)])).deleted == (held.entry.entry_id,)


async def test_only_a_stream_that_was_missing_was_lost(link, me, probe):
    held = await probe.taken(me)
    await link.command("XGROUP DESTROY", link.names.stream, link.names.group)
    assert (await restore(me, [(held.entry, held.fence)])).is_made_anew
    await link.command("XDEL", link.names.stream, held.entry.entry_id)
    assert await restore(me, [(held.entry, held.fence)]) == Restored(entries=(held.entry,))


async def test_a_full_memory_is_no_reason_to_give_up(link, me, probe):
    held = await probe.taken(me)
    await link.command("FLUSHALL")
    async with full_memory(link):
        with pytest.raises(RedisUnavailable, match="memory is full"):
            await restore(me, [(held.entry, held.fence)])
    assert len((await restore(me, [(held.entry, held.fence)])).entries) == 1


async def test_a_missing_group_is_told(link, me, probe):
    told = []
    teller = type(me)(link, "me", "host", me.lease_ms, on_stream_lost=lambda: told.append(1))
    await intake.read(teller, 1, block_ms=1)
    assert told == []
    await link.command("FLUSHALL")
    await intake.read(teller, 1, block_ms=1)
    assert told == [1]


async def test_renewals_need_no_memory(link, me, probe):
    """Or all leases would run out while a full server is mended."""
    held = await probe.taken(me, channel=7)
    async with full_memory(link):
        assert await lease.renew(me, [held]) == []
        assert await outcomes.settle(me, held, Done()) is outcomes.Verdict.SETTLED
