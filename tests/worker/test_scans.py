"""Scans from the stream to the database: everything is found, and in turns."""

from __future__ import annotations

from clipsaver.simulator import Fault, World
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, a_world, planted, scan_of


async def test_every_clip_of_a_guild_is_found_and_nothing_else(site_of: OpenSite) -> None:
    """Channels and threads of all types, with every kind of message that there is."""
    async with site_of(World.generate(seed=11, channels=5, messages=330)) as site:
        await site.push(*map(scan_of, site.channels))
        report = await site.drain()
        assert (report.exit_code, report.outcomes) == (0, {"done": len(site.channels)})
        assert await site.clips() == planted(site.world)
        runs = await site.rows("select state, remaining::text, ended_at is not null from runs")
        assert runs == [("SUCCEEDED", "{}", True)] * len(site.channels)
        read = await site.rows("select sum(messages) from runs")
        written = sum(len(site.world.histories[one.channel_id]) for one in site.channels)
        assert read == [(written,)]


async def test_two_workers_share_the_work(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=12, messages=210)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.005))
        few = site.configured(worker={"concurrency": 3, "reserved": 1})
        await site.push(*map(scan_of, site.channels))
        async with site.worker(few) as one, site.worker(few) as other:
            await site.all_done(12)
        assert await site.clips() == planted(site.world)
        assert await site.rows("select distinct state, deliveries from runs") == [("SUCCEEDED", 1)]
    assert one.report is not None
    assert other.report is not None
    assert min(one.report.outcomes["done"], other.report.outcomes["done"]) > 0


async def test_a_scan_past_its_slice_makes_room(site_of: OpenSite) -> None:
    """One place for two long scans: they take turns, and none loses a page or an attempt."""
    async with site_of(a_world(channels=2, messages=800)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.02))
        config = site.configured(worker={"concurrency": 2, "reserved": 1, "slice": 0.03})
        runs = await site.push(*map(scan_of, site.channels))
        assert (await site.drain(config)).outcomes["done"] == 2
        sliced = [
            event["run"].decode()
            for event in await site.stream(site.link.names.events)
            if event["event"] == b"slice"
        ]
        assert sliced[:4] == [*runs, *runs]
        assert await site.clips() == planted(site.world)
        assert (
            await site.rows("select state, attempts, pages, messages from runs")
            == [("SUCCEEDED", 0, 9, 800)] * 2
        )


async def test_a_scan_past_its_slice_goes_on_where_nobody_waits(site_of: OpenSite) -> None:
    async with site_of(a_world()) as site:
        config = site.configured(worker={"concurrency": 2, "reserved": 1, "slice": 0.001})
        await site.push(scan_of(site.channels[0]))
        assert (await site.drain(config)).outcomes == {"done": 1}


async def test_jobs_of_one_channel_run_one_after_the_other(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=500)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.05))
        (channel,) = site.channels
        runs = await site.push(scan_of(channel), scan_of(channel, direction="forward"))
        assert (await site.drain()).exit_code == 0
        first, second = sorted([await site.events(run) for run in runs], key=len)
        assert first == ["done"]
        assert set(second[:-1]) == {"wait"}
        assert second[-1] == "done"
        # The later one finds all of it read, but for what is posted after the last message.
        assert await site.rows("select state, messages from runs order by messages") == [
            ("SUCCEEDED", 0),
            ("SUCCEEDED", 500),
        ]
        assert await site.rows("select attempts from runs") == [(0,)] * 2
