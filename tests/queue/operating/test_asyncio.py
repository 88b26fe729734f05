"""What operators see and do works on asyncio over redis-py's own client, as the TUI needs it."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from clipsaver.queue import intake, lease, produce
from clipsaver.queue.cancelled import FROM_THE_FIRST, hear_of_cancelled
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.queue.operating import pending
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.cancel import Fate, take_away
from clipsaver.queue.operating.find import find
from clipsaver.queue.operating.release import release
from clipsaver.queue.operating.repair import Lost, ghosts_in_line, put_back, runs_present
from clipsaver.queue.operating.verdicts import Place
from clipsaver.queue.operating.workers import list_workers
from clipsaver.queue.outcomes import settle
from clipsaver.queue.policy import Wait
from tests.queue.operating.test_pending import RULES, all_pages
from tests.queue.probe import BATCH

ACT = Act("somebody@somewhere")


async def seen_released_cancelled_and_repaired(url):
    redis = Redis.from_url(url, protocol=3)
    try:
        link = Link(redis, Names("clips", "workers"), "the test server")
        me = Consumer(link, "me", "host-a", 15_000)
        await intake.ensure_group(link)
        ids = await produce.push(link, [BATCH] * 3)
        first, second = await intake.read(me, 2, block_ms=1)
        assert await lease.take(me, first, {}) is not None
        busy = await lease.take(me, second, {})
        await settle(me, busy, Wait(60, "channel_busy"))
        places = {one.run_id: one.verdict.place for one in await all_pages(link)}
        assert list(places.values()) == [Place.ORPHANED, Place.UNREAD, Place.PUT_OFF]
        assert (await pending.count(link)).all == 3
        assert [one.held for one in await list_workers(link, lease_ms=15_000)] == [1]
        found = await find(link, RULES, ids[0])
        assert await release(link, ACT, found) == ["released"]
        everything = await all_pages(link)
        assert await runs_present(link) == set(places)
        assert await take_away(link, ACT, everything) == [Fate.REMOVED] * 3
        assert (await hear_of_cancelled(link, FROM_THE_FIRST, block_ms=1)).runs == ()
        assert await put_back(link, ACT, [Lost("clips/1-1", BATCH.decode(), 0)]) == ["clips/1-1"]
        assert await ghosts_in_line(link, remove=True) == 0
    finally:
        await redis.aclose()


def test_all_of_it_works_on_asyncio(redis_url):
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(seen_released_cancelled_and_repaired(redis_url))
