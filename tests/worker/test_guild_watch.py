"""Guilds are kept current by one worker of all, whatever becomes of that worker."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from clipsaver.config import Config
from clipsaver.database.purging.purges import ask_purge
from clipsaver.jobs import GuildJob
from clipsaver.queue.control import Order
from clipsaver.queue.operating import audit, control
from clipsaver.queue.operating.workers import list_workers
from clipsaver.records import PurgeScope, PurgeTarget
from clipsaver.simulator import Fault
from clipsaver.worker import guild_watch
from clipsaver.worker.privacy import purging
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, Site, a_world, planted, scan_of, until

ACT = audit.Act("somebody@somewhere")
LISTS = "GET /guilds/*/channels"
UNKNOWN = "175928847299117063"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clipsaver.worker.reporting.BEAT_EVERY_S", 0.05)
    monkeypatch.setattr("clipsaver.worker.orders.LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(guild_watch, "_LOOK_AGAIN_S", 0.05)


def watching(site: Site, *guilds: str, **more: Any) -> Config:
    """A configuration that watches these guilds, else the world's, and hardly ever sleeps."""
    named = guilds or tuple(map(str, site.world.guilds))
    return site.configured(watch={"guilds": named, "interval": 0.2, **more})


async def watchers(site: Site) -> list[str]:
    """The workers that say that they watch."""
    workers = await list_workers(site.link, lease_ms=3000)
    return [one.name for one in workers if one.statistics and one.statistics.watching]


async def has_all(site: Site) -> None:
    async def condition() -> bool:
        return await site.clips() == planted(site.world) != set()

    await until(condition, "every clip is in the database")


def logged(logs: list[Any], event: str) -> list[dict[str, Any]]:
    return [log for log in logs if log["event"] == event]


async def test_a_token_and_a_guild_are_all_it_takes(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=2, messages=150)) as site:
        with capture_logs() as logs:
            async with site.worker(watching(site)):
                await until(lambda: tables(site), "there are tables")
                await has_all(site)  # nobody pushed a job: it surveys the guild by itself
                for channel in site.channels:
                    site.world.post(channel.channel_id)
                await has_all(site)
        assert await site.dead() == []
        found = logged(logs, "watch_found")
        assert found[0]["survey"] == 1
        assert sum(log.get("new", 0) for log in found) == 2
        assert await site.link.command("EXISTS", site.link.names.watch) == 0


async def tables(site: Site) -> bool:
    return (await site.rows("select to_regclass('runs')"))[0][0] is not None


async def test_one_watches_and_another_takes_over_and_makes_up(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=60)) as site:
        config = watching(site)
        ours, theirs = (named(config, name) for name in ("ours", "theirs"))
        async with site.worker(ours) as first:
            await until(lambda: one_watches(site), "it watches")
            await has_all(site)
            async with site.worker(theirs):
                await first.die()
                site.world.post(site.channels[0].channel_id)
                await has_all(site)

                async def is_other() -> bool:
                    return "theirs" in await watchers(site)

                await until(is_other, "the one that lives watches")
        assert await site.dead() == []


def named(config: Config, name: str) -> Config:
    redis = msgspec.structs.replace(config.redis, consumer=name)
    return msgspec.structs.replace(config, redis=redis)


async def test_a_paused_worker_leaves_the_watch_to_others(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=60)) as site:
        config = watching(site)
        async with site.worker(config):
            await until(lambda: one_watches(site), "it watches")
            (first,) = await watchers(site)
            async with site.worker(config):
                await control.order(site.link, ACT, [first], Order.PAUSE)

                async def is_other() -> bool:
                    return (await watchers(site)) not in ([], [first])

                await until(is_other, "the other watches")


async def one_watches(site: Site) -> bool:
    return len(await watchers(site)) == 1


@pytest.mark.parametrize(
    ("named", "told"),
    [((UNKNOWN,), 1), (("all",), 0)],
    ids=["a guild that it is not in", "all"],
)
async def test_which_guilds(site_of: OpenSite, named: tuple[str, ...], told: int) -> None:
    async with site_of(a_world(messages=60)) as site:
        named = (*named, *map(str, site.world.guilds)) if told else named
        with capture_logs() as logs:
            async with site.worker(watching(site, *named)):
                await until(lambda: tables(site), "there are tables")
                await has_all(site)
                site.world.post(site.channels[0].channel_id)
                await has_all(site)
        warnings = logged(logs, "guild_not_watched")
        assert len(warnings) == told
        assert all(log["guild"] == UNKNOWN for log in warnings)
        assert all("invite it" in log["hint"] for log in warnings)


async def test_a_guild_that_was_purged_is_not_watched_until_it_is_scanned(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "LOOK_EVERY_S", 0.05)
    async with site_of(a_world(messages=60)) as site:
        (channel,) = site.channels
        memory = site.link.names.watched(channel.guild_id)

        async def is_forgotten() -> bool:
            return await site.link.command("EXISTS", memory) == 0

        with capture_logs() as logs:
            async with site.worker(watching(site)):
                await until(lambda: tables(site), "there are tables")
                await has_all(site)
                target = PurgeTarget(PurgeScope.GUILD, channel.guild_id)
                await ask_purge(site.database, target, asked_by="command")
                await until(lambda: says(logs, "purge_done"), "it is purged")
                await until(lambda: says(logs, "guild_not_watched"), "it is said")
                await until(is_forgotten, "its memory is gone")
                site.world.post(channel.channel_id)
                (survey,) = await site.push(GuildJob(guild_id=str(channel.guild_id)))
                await site.event_came("done", survey)
                await has_all(site)
                site.world.post(channel.channel_id)
                await has_all(site)
        (told,) = logged(logs, "guild_not_watched")
        assert "was purged, and nobody has asked for it since" in told["error"]
        assert "`clipsaver scan`" in told["hint"]


async def test_it_goes_on_after_discord_was_away(site_of: OpenSite, impatient: None) -> None:
    async with site_of(a_world(messages=60)) as site:
        with capture_logs() as logs:
            async with site.worker(watching(site)):
                await until(lambda: tables(site), "there are tables")
                await has_all(site)
                site.simulator.faults.always("*", Fault.status(503))
                await until(lambda: says(logs, "discord_away"), "it is said")
                site.world.post(site.channels[0].channel_id)
                site.simulator.faults.clear()
                await has_all(site)
        assert len(logged(logs, "discord_away")) == 1
        assert logged(logs, "guild_not_watched") == []


async def says(logs: list[Any], event: str) -> bool:
    return bool(logged(logs, event))


async def test_what_is_wrong_with_one_list_is_said_once(site_of: OpenSite, impatient: None) -> None:
    async with site_of(a_world(messages=60)) as site:
        site.simulator.faults.next(LISTS, Fault.garbage(), times=8)
        with capture_logs() as logs:
            async with site.worker(watching(site)):
                await until(lambda: tables(site), "there are tables")
                await has_all(site)
        assert len(logged(logs, "guild_not_watched")) == 1


@pytest.mark.parametrize("is_drain", [True, False])
async def test_nothing_is_watched_by_one_that_drains_or_out_of_hours(
    site_of: OpenSite, is_drain: bool
) -> None:
    async with site_of(a_world(messages=60)) as site:
        if is_drain:
            await site.drain(watching(site))
        else:
            hours = hours_without(time.time())
            async with site.worker(watching(site, active_hours=hours)):
                await until(lambda: one_watches(site), "it has the lease")
                await site.push(scan_of(site.channels[0]))
                await site.all_done(1)
        by_route = site.simulator.statistics().by_route
        assert not [route for route in by_route if route.startswith("GET /guilds")]


def hours_without(now: float) -> str:
    """An hour of the day, far from now, in UTC."""
    hour = (time.gmtime(now).tm_hour + 12) % 24
    return f"{hour:02}:00-{hour:02}:59"


def live(channel: Any, after: int) -> Any:
    return msgspec.structs.replace(scan_of(channel), after_message_id=str(after), priority="live")


async def test_what_is_new_does_not_wait_for_a_backfill_of_its_channel(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=3000)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.15))
        (channel,) = site.channels
        async with site.worker():
            (backfill,) = await site.push(scan_of(channel))
            await site.has_read(2, backfill)
            newest = site.world.histories[channel.channel_id].last_message_id
            assert newest
            posted = site.world.post(channel.channel_id)
            (run_id,) = await site.push(live(channel, newest))
            await site.event_came("done", run_id)
            assert await site.events(backfill) == []  # it never left its slot, and is not done
            assert [row[0] for row in await site.rows(
                "select pages from runs where run_id = %s", run_id
            )] == [1]  # fmt: skip
            assert any(clip.startswith(f"{posted}-") for clip in await site.clips())
            site.simulator.faults.clear()
            await site.all_done(2)
        assert await site.clips() == planted(site.world)
