"""The first entries of all places at once are those that the pages show."""

from __future__ import annotations

import pytest

from clipsaver.queue import produce
from clipsaver.queue.operating import pending
from clipsaver.queue.operating.places import Part, first_entries
from clipsaver.queue.operating.reports import statuses
from tests.queue.operating.test_pending import RULES, all_pages, one_of_each
from tests.queue.probe import BATCH


async def first(link, count=200, **bounds):
    found = await first_entries(link, count, **bounds)
    return await pending.described(link, RULES, found.entries), found.is_more


async def test_they_are_those_of_the_pages_in_the_same_order(link, me, other, probe):
    await one_of_each(link, me, other, probe)
    await produce.push(link, [BATCH] * 3)
    paged = await all_pages(link)
    found, is_more = await first(link)
    assert not is_more
    assert [(one.entry_id, one.run_id) for one in found] == [
        (one.entry_id, one.run_id) for one in paged
    ]
    assert [one.verdict.place for one in found] == [one.verdict.place for one in paged]
    assert [one.status for one in found] == [one.status for one in paged]


@pytest.mark.parametrize("count", [1, 3, 4, 8, 9, 10, 11, 12, 13])
async def test_no_more_than_that_many_and_it_says_whether_there_are(link, me, other, probe, count):
    await one_of_each(link, me, other, probe)
    await produce.push(link, [BATCH] * 3)
    paged = await all_pages(link)
    assert len(paged) == 12
    found, is_more = await first(link, count)
    assert [one.run_id for one in found] == [one.run_id for one in paged[:count]]
    assert is_more is (count < 12)


async def test_bounds_leave_only_what_is_held(link, me, other, probe):
    runs = await one_of_each(link, me, other, probe)
    found, _ = await first(link, worker="other")
    assert {one.run_id for one in found} == {runs["orphaned"], runs["takeover"]}
    found, _ = await first(link, idle_over_ms=10_000)
    assert {one.run_id for one in found} == {runs["late"], runs["takeover"]}
    found, is_more = await first(link, 1, parts=[Part.DELAYED])
    assert ([one.verdict.place.value for one in found], is_more) == (["put_off"], True)


async def test_without_a_group_there_are_none(link):
    await link.command("DEL", link.names.stream)
    assert await first(link) == ((), False)


async def test_what_was_pushed_before_any_worker_came_is_not_read_yet(link):
    await link.command("DEL", link.names.stream)
    await produce.push(link, [BATCH] * 3)
    found, is_more = await first(link, 2)
    assert ([one.verdict.place.value for one in found], is_more) == (["unread"] * 2, True)
    paged = await all_pages(link)
    assert [one.run_id for one in found] == [one.run_id for one in paged][:2]
    assert len(paged) == 3
    assert await first(link, worker="w-1") == ((), False)


async def test_runs_that_say_nothing_are_left_out(link, me, probe):
    held = await probe.taken(me)
    found = await statuses(link, [held.run_id, "clips/1-1"])
    assert found == {held.run_id: await produce.job_status(link, held.run_id)}
    assert await statuses(link, []) == {}
