"""What a worker shows of itself while it works."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from clipsaver.combining import CombinerStatistics
from clipsaver.database.writer_statistics import WriterStatistics
from clipsaver.discord_rest.limits.statistics import LimitStatistics
from clipsaver.queue import series
from clipsaver.queue import worker_statistics as told
from clipsaver.queue.worker_statistics import WorkerStatistics, read_statistics
from clipsaver.simulator import Fault, Limits, Rate
from clipsaver.trio_io.http import HttpStatistics
from clipsaver.trio_io.postgres import PoolStatistics
from clipsaver.trio_io.redis_client import RedisStatistics
from clipsaver.worker import reporting
from clipsaver.worker.leases import LeaseStatistics
from clipsaver.worker.process import ProcessStatistics
from clipsaver.worker.progress import ProgressStatistics
from clipsaver.worker.slots import SlotStatistics
from clipsaver.worker.thumbnailing.tally import ThumbnailStatistics
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, Site, a_world, scan_of, until

NOT_OF_ALL = {
    HttpStatistics: {"dropped"},
    PoolStatistics: {"reused", "repeated"},
    RedisStatistics: {"reused", "repeated"},
}
"""Fields that a part does not have, of those that parts of its kind have."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "BEAT_EVERY_S", 0.1)


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (SlotStatistics, told.Slots),
        (LeaseStatistics, told.Leases),
        (ProgressStatistics, told.Progress),
        (WriterStatistics, told.Pages),
        (CombinerStatistics, told.Combined),
        (HttpStatistics, told.Connections),
        (PoolStatistics, told.Connections),
        (RedisStatistics, told.Connections),
        (LimitStatistics, told.Limits),
        (ProcessStatistics, told.Process),
        (ThumbnailStatistics, told.Thumbnails),
    ],
)
def test_what_is_told_of_a_part_is_known_there_by_the_same_name(part: type, kind: type) -> None:
    known = {field.name for field in dataclasses.fields(part)}
    assert set(kind.__struct_fields__) - known <= NOT_OF_ALL.get(part, set())  # type: ignore[attr-defined]


async def said(site: Site) -> WorkerStatistics | None:
    """By the one worker, whether it has read anything from the stream or not."""
    prefix = site.link.names.worker("")
    keys = await site.link.command("KEYS", f"{prefix}*")
    names = [key.decode().removeprefix(prefix) for key in keys]
    return next(iter((await read_statistics(site.link, names)).values()), None)


async def said_once(site: Site, fits: Callable[[WorkerStatistics], object]) -> WorkerStatistics:
    """The first that fits."""
    found: list[WorkerStatistics] = []

    async def condition() -> bool:
        now = await said(site)
        if now is not None and fits(now):
            found.append(now)
        return bool(found)

    await until(condition, "the heartbeat shows it")
    return found[0]


async def test_every_part_is_in_the_heartbeat(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=2, messages=900)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.05))
        await site.push(*map(scan_of, site.channels))
        async with site.worker():
            await site.has_read(2)
            busy = await said_once(site, lambda it: it.slots.others == 2)
            assert busy.leases == told.Leases(beginning=0, held=2, lost=0)
            assert busy.progress.followed == 2
            assert busy.slots.concurrency == 8
            await site.all_done(2)
            done = await said_once(site, lambda it: it.outcomes == {"done": 2})
        clips = len(await site.clips())
        assert (done.pages.pages, done.pages.messages, done.pages.clips) == (20, 1800, clips)
        assert done.pages.commit_seconds > 0
        assert sum(done.pages.commit_times) == done.pages.groups
        assert done.by_type == {"batch": {"done": 2}}
        assert done.redelivered == {}
        assert done.discord.answers["200"] >= 20
        assert done.discord.routes["GET /channels/{channel}/messages"] == {"200": 20}
        recent = done.discord.recent["GET /channels/{channel}/messages"]
        assert [one.status for one in recent] == [200] * 10
        assert [one.ago_s for one in recent] == sorted((one.ago_s for one in recent), reverse=True)
        assert 0 < (done.pages.last_commit_ms or 0) < 5000
        assert done.grace_left_s is None
        assert done.discord.requests == site.simulator.statistics().requests
        assert done.runs.calls == 4
        assert done.scripts.calls >= done.scripts.groups > 4
        assert min(part.opened for part in (done.database, done.redis, done.http)) >= 1
        assert done.http.reused > 0
        assert 20e6 < done.process.memory_bytes < 2e9
        assert done.process.tasks > 5
        assert done.redis_ms > 0
        assert done.away == told.Away()
        assert done.progress.written >= done.progress.writes >= 1


async def test_what_is_away_is_in_the_heartbeat(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=50)) as site:
        site.simulator.faults.always("*", Fault.status(503))
        async with site.worker():
            await said_once(site, lambda it: (it.away.discord_s or 0) > 0)


async def test_how_long_its_jobs_may_go_on_is_in_the_heartbeat_of_one_that_stops(
    site_of: OpenSite,
) -> None:
    async with site_of(a_world(messages=50)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.5))
        await site.push(scan_of(site.channels[0]))
        async with site.worker(site.configured(worker={"shutdown_grace": 15})) as worker:
            await said_once(site, lambda it: it.slots.others == 1)
            worker.stopping.set()
            stops = await said_once(site, lambda it: it.grace_left_s is not None)
        assert 10 < (stops.grace_left_s or 0) <= 15
        assert stops.slots.others == 1


async def test_a_token_that_is_held_is_in_the_heartbeat(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=50)) as site:
        site.world.revoke()
        async with site.worker():
            await said_once(site, lambda it: it.discord.token_held_for_s is not None)


async def test_what_workers_did_shows_minute_by_minute_also_of_one_that_is_gone(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is over long before its second heartbeat."""
    monkeypatch.setattr(reporting, "BEAT_EVERY_S", 60.0)
    async with site_of(a_world(channels=2, messages=900)) as site:
        await site.push(*map(scan_of, site.channels), b"no job")
        await site.drain()
        total = sum((minute.total for minute in await series.read(site.link)), series.Done())
        assert total.outcomes == {"done": 2, "dead": 1}
        clips = len(await site.clips())
        assert (total.pages, total.messages, total.clips) == (20, 1800, clips)
        assert total.requests == site.simulator.statistics().requests
        assert total.commits >= 10
        assert total.refused == total.failures == 0


async def test_what_discord_refuses_and_lets_wait_is_counted(site_of: OpenSite) -> None:
    hidden = Limits(whole_token=None, per_route=Rate(3, 0.6), hidden=True)
    async with site_of(a_world(messages=900), limits=hidden) as site:
        await site.push(scan_of(site.channels[0]))
        await site.drain()
        total = sum((minute.total for minute in await series.read(site.link)), series.Done())
        assert total.refused == site.simulator.statistics().limited["user"] >= 1
        assert total.waits >= 2
        assert 0.6 < total.waited_s < 20
