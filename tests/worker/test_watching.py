"""What a job waits for can be seen by whoever looks, on any machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
import trio

from clipsaver.database import writers
from clipsaver.database.run_writers import RunWriters
from clipsaver.discord_rest import client
from clipsaver.discord_rest.flow import Policy
from clipsaver.errors import DatabaseUnavailable
from clipsaver.queue.produce import JobStatus, job_status
from clipsaver.queue.progress import Obstacle
from clipsaver.simulator import Fault, Limits, Rate
from clipsaver.worker import obstacles, progress, reach
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, Site, a_world, messages_of, scan_of, until

LEAST_S = 0.2


@pytest.fixture(autouse=True)
def _soon_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lasts a second for a person to be told of it lasts a fifth of one here."""
    monkeypatch.setattr(progress, "PROGRESS_EVERY_S", 0.05)
    monkeypatch.setattr(progress, "_LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(progress, "_SHORT_S", LEAST_S)
    monkeypatch.setattr(obstacles, "_LEAST_S", LEAST_S)


async def seen(site: Site, run_id: str, fits: Callable[[JobStatus], object]) -> JobStatus:
    """The first state of the run that fits."""
    found: list[JobStatus] = []

    async def condition() -> bool:
        status = await job_status(site.link, run_id)
        if status is not None and fits(status):
            found.append(status)
        return bool(found)

    await until(condition, "the job shows what it waits for")
    return found[0]


async def obstacle(site: Site, run_id: str, name: str) -> Obstacle:
    """What the run waits for, once that is told and of this name."""
    status = await seen(site, run_id, lambda it: it.obstacle and it.obstacle.name == name)
    assert status.obstacle is not None
    assert status.waits_for == name
    return status.obstacle


async def now_ms(site: Site) -> int:
    seconds, micros = await site.link.command("TIME")
    return int(seconds) * 1000 + int(micros) // 1000


async def test_the_limit_of_its_channel_with_its_end(site_of: OpenSite) -> None:
    slow = Limits(whole_token=None, per_route=Rate(2, 1.0))
    async with site_of(a_world(messages=400), limits=slow) as site:
        (channel,) = site.channels
        (run,) = await site.push(scan_of(channel))
        async with site.worker():
            found = await obstacle(site, run, "bucket")
            now = await now_ms(site)
            assert found.of == f"GET /channels/{{channel}}/messages of {channel.channel_id}"
            assert found.since_ms is not None
            assert found.until_ms is not None
            assert now - 5_000 < found.since_ms < found.until_ms < now + 5_000
            before = await site.pages()
            status = await seen(site, run, lambda it: it.pages > before)
            assert status.stage == "scan"
        assert (await job_status(site.link, run)).obstacle is None  # type: ignore[union-attr]


async def test_the_pace_of_the_whole_token(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=6, messages=300)) as site:
        config = site.configured(discord={"requests_per_second": 4.0})
        runs = await site.push(*map(scan_of, site.channels))
        async with site.worker(config):
            found = await obstacle(site, runs[0], "pace")
            assert found.of == ""
            assert found.until_ms is not None


async def test_another_request_to_its_channel(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=300)) as site:
        (channel,) = site.channels
        site.simulator.faults.always(PAGES, Fault.latency(1.0))
        await site.push(scan_of(channel))
        async with site.worker() as worker:
            await site.has_read(1)
            newest = max(clip.message_id for clip in site.world.planted(channel.channel_id))
            (run,) = await site.push(messages_of(channel, newest))
            found = await obstacle(site, run, "channel")
            assert found.of.endswith(f" of {channel.channel_id}")
            worker.stopping.set()


async def test_the_run_that_has_its_channel(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=300)) as site:
        (channel,) = site.channels
        site.simulator.faults.always(PAGES, Fault.latency(0.3))
        (first,) = await site.push(scan_of(channel))
        async with site.worker():
            await site.has_read(1)
            (second,) = await site.push(scan_of(channel, direction="forward"))
            found = await obstacle(site, second, "channel_busy")
            assert found.of == first
            status = await job_status(site.link, second)
            assert status is not None
            assert status.due_at_ms is not None
            site.simulator.faults.clear()
            await site.all_done(2)


async def test_discord_that_is_away(site_of: OpenSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "Policy", lambda: Policy(attempts=2, backoff_s=0.01))
    monkeypatch.setattr(reach, "_BACKOFF_S", (0.05, 0.1))
    async with site_of(a_world(messages=900)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.02))
        (run,) = await site.push(scan_of(site.channels[0]))
        async with site.worker():
            await site.has_read(2)
            site.simulator.faults.always("*", Fault.status(503))
            found = await obstacle(site, run, "discord")
            assert found.since_ms is not None
            assert found.since_ms < await now_ms(site)
            site.simulator.faults.clear()
            await site.all_done(1)


@pytest.mark.parametrize("what", ["its begin", "its page"])
async def test_the_database_that_is_away(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    is_back = trio.Event()
    begin, commit = RunWriters.begin, writers.commit_pages

    async def begin_or_fail(*arguments: Any) -> Any:
        if what == "its begin" and not is_back.is_set():
            raise DatabaseUnavailable("it is read-only")
        return await begin(*arguments)

    async def commit_or_fail(*arguments: Any) -> Any:
        if what == "its page" and not is_back.is_set():
            raise psycopg.errors.DiskFull("no room")
        return await commit(*arguments)

    monkeypatch.setattr(RunWriters, "begin", begin_or_fail)
    monkeypatch.setattr(writers, "commit_pages", commit_or_fail)
    async with site_of(a_world(messages=50)) as site:
        (run,) = await site.push(scan_of(site.channels[0]))
        async with site.worker():
            found = await obstacle(site, run, "database")
            assert found == replace(found, of="", until_ms=None)
            is_back.set()
            await site.all_done(1)


async def test_rate_and_end_of_a_scan_that_runs(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=3000)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.15))
        (run,) = await site.push(scan_of(site.channels[0]))
        async with site.worker():
            status = await seen(site, run, lambda it: it.rate and it.eta_ms)
            assert status.rate is not None
            assert status.eta_ms is not None
            assert 100 < status.rate < 700
            now = await now_ms(site)
            assert now < status.eta_ms < now + 60_000
            site.simulator.faults.clear()
            await site.all_done(1)
        status = await seen(site, run, lambda it: it.state.is_over)
        assert (status.rate, status.eta_ms, status.messages) == (None, None, 3000)
