"""The entries of cancelled runs leave the stream, wherever they are; holders hear of it."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import trio

from clipsaver.queue import intake, lease, produce
from clipsaver.queue.cancelled import FROM_THE_FIRST, hear_of_cancelled
from clipsaver.queue.operating import audit
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.cancel import Fate, drop, take_away
from clipsaver.queue.outcomes import Verdict, settle
from clipsaver.queue.policy import Done, Retry, Wait, failure_of
from clipsaver.queue.produce import JobState
from tests.queue.operating.test_pending import all_pages, put_aside
from tests.queue.probe import BATCH

ACT = Act("somebody@somewhere", what="--guild 1")


async def held(link, me, probe):
    return (await probe.taken(me, channel=2)).run_id


async def waiting(link, me, probe):
    entry = await probe.pushed(me)
    await put_aside(link, entry)
    await link.command("ZADD", link.names.line, 1, entry.entry_id)
    return entry.run_id


async def unread(link, me, probe):
    return produce.run_id_of(link, (await produce.push(link, [BATCH]))[0])


async def retried(link, me, probe):
    taken = await probe.taken(me, channel=2)
    await settle(me, taken, Retry(60, failure_of(ValueError())))
    return taken.run_id


async def put_off(link, me, probe):
    taken = await probe.taken(me, channel=2)
    await settle(me, taken, Wait(60, "channel_busy"))
    return taken.run_id


@pytest.mark.parametrize("where", [held, waiting, unread, retried, put_off])
async def test_nothing_is_left_of_it(link, me, probe, where):
    run_id = await where(link, me, probe)
    (one,) = await all_pages(link)
    fate = Fate.HELD if where is held else Fate.REMOVED
    assert await take_away(link, ACT, [one]) == [fate]
    assert await all_pages(link) == []
    for key in (link.names.delayed, link.names.line, link.names.lock(2)):
        assert await link.command("EXISTS", key) == 0
    assert (await produce.job_status(link, run_id)).state is JobState.CANCELLED
    assert (await probe.events())[-1] == "cancelled"
    assert 0 < await link.command("PTTL", link.names.job(run_id)) <= 3_600_000
    heard = await hear_of_cancelled(link, FROM_THE_FIRST, block_ms=1)
    assert heard.runs == ((run_id,) if where is held else ())
    (event,) = await audit.read(link, count=5)
    assert (event.action, event.ids) == ("cancel", (run_id,))


async def test_the_holder_settles_nothing_and_loses_the_lease(link, me, probe):
    taken = await probe.taken(me)
    await take_away(link, ACT, await all_pages(link))
    assert await lease.renew(me, [taken]) == [taken]
    assert await settle(me, taken, Done()) is Verdict.LOST
    assert (await produce.job_status(link, taken.run_id)).state is JobState.CANCELLED


async def test_of_two_delayed_to_the_same_moment_the_right_one_goes(link, me, probe):
    for _ in range(3):
        await settle(me, await probe.taken(me), Wait(60, "channel_busy"))
    for member in await link.command("ZRANGE", link.names.delayed, 0, -1):
        await link.command("ZADD", link.names.delayed, 1_900_000_000_000, member)
    first, second, third = await all_pages(link)
    assert await take_away(link, ACT, [second]) == [Fate.REMOVED]
    assert [one.run_id for one in await all_pages(link)] == [first.run_id, third.run_id]


async def test_one_that_moved_meanwhile_is_closed_and_its_holder_hears(link, me, probe):
    run_id = await retried(link, me, probe)
    (seen,) = await all_pages(link)
    await probe.make_due()
    await intake.promote_due(link, 5)
    assert await take_away(link, ACT, [seen]) == [Fate.MOVED]
    assert (await hear_of_cancelled(link, FROM_THE_FIRST, block_ms=1)).runs == (run_id,)
    assert len(await all_pages(link)) == 1  # whoever takes it finds the run over


async def test_who_listens_hears_at_once_and_each_but_once(link, me, probe):
    await probe.taken(me)
    seen = await all_pages(link)
    heard = []

    async def listen():
        heard.append(await hear_of_cancelled(link, FROM_THE_FIRST, block_ms=5000))

    with trio.fail_after(4):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            await take_away(link, ACT, seen)
    assert heard[0].runs == (seen[0].run_id,)
    assert (await hear_of_cancelled(link, heard[0].cursor, block_ms=1)).runs == ()
    assert 0 < await link.command("PTTL", link.names.cancel) <= 3_600_000


async def test_of_very_many_each_is_heard_of_page_by_page(link, me, probe):
    await probe.taken(me)
    (seen,) = await all_pages(link)
    many = [replace(seen, run_id=f"clips/1-{number}") for number in range(2300)]
    await take_away(link, ACT, many)
    heard, cursor, pages = [], FROM_THE_FIRST, 0
    while (page := await hear_of_cancelled(link, cursor, block_ms=1)).runs:
        heard, cursor, pages = [*heard, *page.runs], page.cursor, pages + 1
    assert heard == [one.run_id for one in many]
    assert pages == 3


async def test_wakes_of_long_ago_go(link, me, probe):
    await probe.taken(me)
    old = int(time.time() * 1000) - 7_200_000
    for number in range(300):  # whole nodes of a hundred go
        await link.command("XADD", link.names.cancel, f"{old}-{number}", "run", "clips/1-0")
    await take_away(link, ACT, await all_pages(link))
    assert await link.command("XLEN", link.names.cancel) < 300


async def test_without_a_group_nothing_is_changed(link, me, probe):
    await probe.taken(me)
    seen = await all_pages(link)
    await link.command("DEL", link.names.stream)
    assert await take_away(link, ACT, seen) == [Fate.MOVED]
    assert await take_away(link, ACT, []) == []
    assert await audit.read(link, count=5) == ()


async def test_of_what_is_dropped_the_audit_keeps_a_copy(link, me, probe):
    put_off_run = await put_off(link, me, probe)
    await link.command("XADD", link.names.stream, "*", "job", BATCH, "odd", b"\xff\x00")
    seen = await all_pages(link)
    assert await drop(link, ACT, seen) == [Fate.REMOVED] * 2
    assert await all_pages(link) == []
    (event,) = await audit.read(link, count=5)
    assert (event.action, event.count) == ("pending drop", 2)
    first, second = event.copies
    assert (first.run_id, first.fields) == (
        seen[0].run_id,
        {"job": BATCH.decode(), "odd": "\udcff\x00"},
    )
    assert second.run_id == put_off_run
    assert second.fields["job"] == BATCH.decode()


async def test_of_many_that_are_dropped_no_event_holds_too_much(link):
    large = b'{"type":"message","x":"' + b"x" * 100_000 + b'"}'
    for job in (large, *[BATCH] * 24):
        await link.command("XADD", link.names.stream, "*", "job", job)
    seen = await all_pages(link)
    assert await drop(link, ACT, seen) == [Fate.REMOVED] * 25
    second, first = await audit.read(link, count=5)
    assert (first.count, second.count, first.request) == (20, 5, second.request)
    assert [len(one.fields["job"]) for one in first.copies] == [65_536] + [len(BATCH)] * 19


async def test_a_cancel_keeps_no_copy(link, me, probe):
    await probe.taken(me)
    await take_away(link, ACT, await all_pages(link))
    (event,) = await audit.read(link, count=5)
    assert event.copies == ()
