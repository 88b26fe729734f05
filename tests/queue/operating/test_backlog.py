"""How many entries stand where, on a real server."""

from __future__ import annotations

from clipsaver.queue import intake
from clipsaver.queue.operating import pending
from clipsaver.queue.operating.backlog import Backlog, read_backlog
from tests.queue.operating.test_pending import one_of_each

NOTHING = Backlog(held=0, waiting=0, unread=0, delayed=0, dead=0, oldest_s=0.0)


async def test_an_empty_stream_and_one_without_a_group_have_nothing(link):
    assert await read_backlog(link) == NOTHING
    await link.command("DEL", link.names.stream)
    assert await read_backlog(link) == NOTHING


async def test_each_place_is_counted(link, me, other, probe, dying):
    await one_of_each(link, me, other, probe)
    await dying.many(3)
    await link.command("XADD", link.names.stream, "*", "job", "{}")
    found, counts = await read_backlog(link), await pending.count(link)
    assert (found.held, found.waiting) == (counts.held, counts.waiting) == (5, 1)
    assert (found.unread, found.delayed) == (counts.unread, counts.delayed) == (1, 2)
    assert found.dead == 3


async def test_the_oldest_that_nobody_works_at_tells_how_far_behind_it_is(link, me):
    names = link.names
    seconds, _ = await link.command("TIME")
    long_ago, lately = int(seconds) * 1000 - 90_000, int(seconds) * 1000 - 30_000
    for at in (long_ago, lately, lately + 1):
        await link.command("XADD", names.stream, f"{at}-1", "job", "{}")
    assert 90 <= (await read_backlog(link)).oldest_s < 95
    taken = await intake.take_next(me, 1, others=1)
    assert len(taken.entries) == 1
    in_line = await read_backlog(link)
    assert (in_line.held, in_line.waiting, in_line.unread) == (1, 2, 0)
    assert 30 <= in_line.oldest_s < 35
    await intake.take_next(me, 2, others=2)
    assert (await read_backlog(link)).oldest_s == 0.0
