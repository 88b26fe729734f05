"""Runs whose entry is nowhere go back on the stream, each once, and no others."""

from __future__ import annotations

import trio

from clipsaver.queue import intake, lease, produce
from clipsaver.queue.entries import parse_entry
from clipsaver.queue.operating import audit
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.repair import Lost, ghosts_in_line, put_back, runs_present
from clipsaver.queue.outcomes import Verdict, settle
from clipsaver.queue.policy import Done, Retry, Slice, Wait, failure_of
from tests.queue.operating.test_pending import all_pages, put_aside
from tests.queue.probe import BATCH

ACT = Act("somebody@somewhere", what="1 runs")


def lost(run_id, attempts=2):
    return Lost(run_id, BATCH.decode(), attempts)


async def test_a_run_is_present_wherever_its_entry_is(link, me, other, probe):
    held = await probe.taken(me)
    sliced = await probe.taken(me)
    await settle(me, sliced, Slice())
    failed = await probe.taken(other)
    await settle(other, failed, Retry(60, failure_of(ValueError())))
    aside = await probe.pushed(other)
    await put_aside(link, aside)
    done = await probe.taken(me)
    await settle(me, done, Done())
    unread = produce.run_id_of(link, (await produce.push(link, [BATCH]))[0])
    await link.command("ZADD", link.names.delayed, 5, "nonsense")
    present = await runs_present(link)
    assert {held.run_id, sliced.run_id, failed.run_id, aside.run_id, unread} <= present
    assert done.run_id not in present


async def test_all_that_is_there_is_left_alone(link, me, probe):
    held, sliced, failed, busy, done = [await probe.taken(me) for _ in range(5)]
    await settle(me, sliced, Slice())
    await settle(me, failed, Retry(60, failure_of(ValueError())))
    await settle(me, busy, Wait(60, "channel_busy"))
    await settle(me, done, Done())
    runs = [lost(one.run_id) for one in (held, sliced, failed, busy, done)]
    assert await put_back(link, ACT, runs) == []
    assert len(await all_pages(link)) == 4
    assert await audit.read(link, count=5) == ()


async def test_after_a_flush_they_go_on_under_their_run_ids(link, me, other, probe):
    held = await probe.taken(me)
    failed = await probe.taken(me)
    await settle(me, failed, Retry(60, failure_of(ValueError())))
    await link.command("FLUSHALL")
    runs = [lost(held.run_id), lost(failed.run_id)]
    assert await put_back(link, ACT, runs) == [held.run_id, failed.run_id]
    assert await put_back(link, ACT, runs) == []
    first, second = await intake.read(other, 5, block_ms=1)
    assert [first.run_id, second.run_id] == [held.run_id, failed.run_id]
    assert first.carried.attempts == 2
    assert first.carried.first_at == int(held.entry.entry_id.partition("-")[0])
    assert first.job == BATCH
    assert await runs_present(link) == {held.run_id, failed.run_id}
    again = await lease.take(other, first, {})
    assert again.fence > held.fence
    (event,) = await audit.read(link, count=5)
    assert (event.action, event.ids) == ("queue repair", (held.run_id, failed.run_id))


async def test_no_new_job_gets_the_run_id_of_an_old_one(link, me):
    future = "clips/99999999999999-7"
    await link.command("FLUSHALL")
    assert await put_back(link, ACT, [lost(future), lost("clips/99999999999999-9")]) != []
    (new,) = await produce.push(link, [BATCH])
    taken = {parse_entry("clips", entry, {}).run_id for entry in (new,)}
    assert taken.isdisjoint({future, "clips/99999999999999-9"})
    ids = [one.entry_id for one in await all_pages(link)]
    assert "99999999999999-7" not in ids
    assert "99999999999999-9" not in ids


async def test_a_worker_that_has_it_in_hand_after_all_changes_nothing_more(link, me, probe):
    held = await probe.taken(me)
    await link.command("XDEL", link.names.stream, held.entry.entry_id)
    await link.command("XACK", link.names.stream, link.names.group, held.entry.entry_id)
    assert await put_back(link, ACT, [lost(held.run_id)]) == [held.run_id]
    assert await lease.renew(me, [held]) == [held]
    assert await settle(me, held, Done()) is Verdict.LOST
    assert len(await all_pages(link)) == 1


async def test_of_two_repairs_at_once_one_puts_back(link, me, probe):
    held = await probe.taken(me)
    await link.command("FLUSHALL")
    restored = []

    async def one():
        restored.extend(await put_back(link, ACT, [lost(held.run_id)]))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(one)
        nursery.start_soon(one)
    assert restored == [held.run_id]
    assert await put_back(link, ACT, []) == []


async def test_a_run_whose_delayed_set_is_lost_is_not_taken_for_delayed(link, me, probe):
    failed = await probe.taken(me)
    await settle(me, failed, Retry(60, failure_of(ValueError())))
    await link.command("DEL", link.names.delayed)
    assert await put_back(link, ACT, [lost(failed.run_id)]) == [failed.run_id]


async def test_places_that_are_nobodys_are_given_up(link, me, probe):
    names = link.names
    entry = await probe.pushed(me)
    await put_aside(link, entry)
    await link.command("ZADD", names.line, 1, entry.entry_id, 2, "5-5")
    await link.command("ZADD", names.live, 1, "6-6")
    assert await ghosts_in_line(link, remove=False) == 2
    assert await ghosts_in_line(link, remove=True) == 2
    assert await ghosts_in_line(link, remove=True) == 0
    assert await link.command("ZRANGE", names.line, 0, -1) == [entry.entry_id.encode()]
