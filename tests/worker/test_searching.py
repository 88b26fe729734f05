"""Searching before history is read: by jobs of a guild and of a channel, over a real socket."""

from __future__ import annotations

from structlog.testing import capture_logs

from clipsaver.config import Config
from clipsaver.jobs import GuildJob
from clipsaver.simulator import Fault, SearchSettings, World
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, Site, planted, rescan_of, scan_of, until

SEARCH = "GET /guilds/*/messages/search"
RUNS = "select type, state, error, clips_by_search, clips_added from runs "
SEARCHED = f"{RUNS} where job_id like 'search %%'"


def a_guild(messages: int = 60) -> World:
    """Channels and threads of every type, with every kind of clip."""
    return World.generate(seed=11, channels=7, messages=messages, thread_messages=5)


def auto(site: Site) -> Config:
    return site.configured(scan={"strategy": "auto"})


def guild_job(site: Site, **fields: object) -> GuildJob:
    (guild_id,) = site.world.guilds
    return GuildJob(guild_id=str(guild_id), **fields)


def searches(site: Site, status: int = 200) -> int:
    """Answers to searches with this status."""
    return site.simulator.statistics().by_route.get("GET /guilds/{}/messages/search", {})[status]


async def test_search_finds_clips_and_history_the_rest(site_of: OpenSite) -> None:
    async with site_of(a_guild()) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.3))
        await site.push(guild_job(site))
        with capture_logs() as logs:
            report = await site.drain(auto(site))
        everywhere = len(site.channels)
        assert (report.exit_code, report.outcomes) == (0, {"done": everywhere + 2})
        everything = planted(site.world)
        assert await site.clips() == everything
        ((kind, state, error, by_search, added),) = await site.rows(SEARCHED)
        assert (kind, state, error) == ("guild", "SUCCEEDED", None)
        # How many come to be found by which depends on how fast each of them is here.
        assert 0 < by_search == added < len(everything)
        assert await site.rows(
            "select count(*) from runs where type = 'batch' and clips_by_search > 0"
        ) == [(0,)]
        (ended,) = [one for one in logs if one["event"] == "job_ended" and "by_search" in one]
        assert ended["by_search"] == by_search
        # Search covers nothing: history has read every message of its own.
        read = "select sum(messages)::int from runs where type = 'batch'"
        written = sum(len(site.world.histories[one.channel_id]) for one in site.channels)
        assert await site.rows(read) == [(written,)]

        asked = searches(site)
        await site.push(guild_job(site))
        await site.drain(auto(site))
        assert searches(site) == asked, "what was read is not searched again"


async def test_where_the_bot_may_not_search_history_is_read(site_of: OpenSite) -> None:
    async with site_of(a_guild(messages=20)) as site:
        site.world.search = SearchSettings(refusal=20001)
        await site.push(guild_job(site))
        report = await site.drain(auto(site))
        assert report.outcomes == {"done": len(site.channels) + 2}
        assert await site.rows(SEARCHED) == [("guild", "SUCCEEDED", "search_denied", 0, 0)]
        assert await site.clips() == planted(site.world)
        assert searches(site, 403) == 1
        assert await site.rows("select count(*) from channels where access = 'denied'") == [(0,)], (
            "it says nothing of the channels"
        )


async def test_what_lingers_in_the_index_does_not_come_back(site_of: OpenSite) -> None:
    async with site_of(World.generate(seed=5, channels=1, messages=100, clip_share=0.3,
                                      simple=True)) as site:  # fmt: skip
        (channel,) = site.channels
        await site.push(scan_of(channel))
        await site.drain()
        gone = site.world.planted(channel.channel_id)[7]
        site.world.search = SearchSettings(linger_s=3600)
        site.world.delete(channel.channel_id, gone.message_id)
        await site.push(rescan_of(channel))
        await site.drain()
        deleted = "select clip_id from clips where deleted_reason = 'message'"
        assert await site.rows(deleted) == [(gone.clip_id,)]
        await site.push(guild_job(site, strategy="search"))
        await site.drain()
        ((_, _, _, found, _),) = await site.rows(f"{RUNS} where type = 'guild'")
        assert found == 0
        assert await site.rows(deleted) == [(gone.clip_id,)]


async def test_a_channel_is_searched_and_then_read(site_of: OpenSite) -> None:
    async with site_of(a_guild(messages=80)) as site:
        first, second, *_ = site.channels
        await site.push(scan_of(first, strategy="auto"), scan_of(second, strategy="search"))
        report = await site.drain()
        assert report.outcomes == {"done": 2}
        by_channel = "select channel_id, clips_by_search > 0, remaining::text from runs"
        assert set(await site.rows(by_channel)) == {
            (first.channel_id, True, "{}"),
            (second.channel_id, True, None),
        }
        found = await site.clips()
        assert planted(site.world, first) <= found <= planted(site.world, first, second)
        assert await site.rows("select channel_id from scan_coverage") == [(first.channel_id,)]


async def test_a_channel_that_may_not_be_searched_is_read(site_of: OpenSite) -> None:
    async with site_of(a_guild(messages=20)) as site:
        site.world.search = SearchSettings(refusal=50001)
        first, second, *_ = site.channels
        await site.push(scan_of(first, strategy="auto"), scan_of(second, strategy="search"))
        report = await site.drain()
        assert report.outcomes == {"done": 2}
        errors = await site.rows("select channel_id, error from runs order by error nulls first")
        assert errors == [(first.channel_id, None), (second.channel_id, "search_denied")]
        assert await site.clips() == planted(site.world, first)


async def test_a_search_makes_way_for_the_end_of_its_worker(site_of: OpenSite) -> None:
    async with site_of(World.generate(seed=5, channels=2, messages=400, clip_share=0.5,
                                      simple=True)) as site:  # fmt: skip
        site.simulator.faults.always(SEARCH, Fault.latency(0.03))
        (run,) = await site.push(guild_job(site, strategy="search"))
        async with site.worker() as worker:
            await site.has_read(pages=3, run_id=run)
            report = await worker.stop()
        assert report.outcomes == {"handback": 1}

        async def has_text() -> bool:
            return (await site.rows("select search_left is not null from runs"))[0][0]

        await until(has_text, "where it goes on is kept")
        assert (await site.drain()).outcomes == {"done": 1}
        assert await site.clips() == planted(site.world)


async def test_a_search_does_not_make_way_for_history(site_of: OpenSite) -> None:
    world = World.generate(seed=5, channels=2, messages=400, clip_share=0.5, simple=True)
    async with site_of(world) as site:
        hasty = site.configured(worker={"concurrency": 1, "reserved": 0, "slice": 0.01})
        await site.push(guild_job(site, strategy="search"), *map(scan_of, site.channels))
        report = await site.drain(hasty)
        assert report.outcomes["slice"] > 0, "history does"
        ended = await site.rows("select type, deliveries from runs order by ended_at")
        assert ended[0] == ("guild", 1)
