"""Workers of one token before a Discord that enforces limits."""

from __future__ import annotations

import trio

from clipsaver.discord_rest.limits.lua import token_key
from clipsaver.simulator import Limits, Rate
from tests.worker.conftest import OpenSite
from tests.worker.site import a_world, planted, scan_of

HIDDEN = Limits(whole_token=None, per_route=Rate(3, 0.6), hidden=True)
TIGHT = Limits(whole_token=Rate(50, 1.0), per_route=None)


async def test_a_refusal_teaches_all_workers_and_is_remembered_by_the_database(
    site_of: OpenSite,
) -> None:
    async with site_of(a_world(channels=4, messages=900), limits=HIDDEN) as site:
        await site.push(*map(scan_of, site.channels))
        async with site.worker(), site.worker():
            await site.all_done(4)
        refused = site.simulator.statistics().limited.get("user", 0)
        assert 1 <= refused <= 4  # those that were on their way when the first one came
        assert await site.rows("select route, requests from learnt_limits") == [
            ("GET /channels/{channel}/messages", 3)
        ]
        # Redis forgets everything; what the database knows is in force before the first request.
        await site.link.command("FLUSHALL")
        await site.push(*(scan_of(one, known="reread") for one in site.channels))
        await site.drain()
        assert site.simulator.statistics().limited.get("user", 0) == refused
        assert await site.clips() == planted(site.world)


async def test_two_workers_keep_one_pace(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=8, messages=900), limits=TIGHT) as site:
        config = site.configured(
            discord={"requests_per_second": 45.0}, worker={"concurrency": 5, "reserved": 1}
        )
        await site.push(*map(scan_of, site.channels))
        begun = trio.current_time()
        async with site.worker(config), site.worker(config):
            await site.all_done(8)
        took_s = trio.current_time() - begun
        statistics = site.simulator.statistics()
        assert statistics.limited == {}
        assert statistics.requests / took_s <= 46
        assert await site.clips() == planted(site.world)


async def test_a_worker_that_starts_with_a_held_token_sends_nothing(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=1, messages=100)) as site:
        now, _ = await site.link.command("TIME")
        key = token_key(site.simulator.token)
        held = ("held_since", int(now), "ask_again_at", int(now) + 300)
        await site.link.command("HSET", key, *held)
        await site.push(scan_of(site.channels[0]))
        await site.drain()
        assert site.simulator.statistics().requests == 0
