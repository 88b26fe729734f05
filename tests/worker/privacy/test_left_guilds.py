"""A guild that the bot left is noticed, forgiven when it comes back, and purged some time later."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from clipsaver.simulator import Fault, World
from tests.worker.conftest import OpenSite
from tests.worker.privacy.test_checking import (
    a_world_of_last_week,
    busy,
    checks,
    scanned_long_ago,
)
from tests.worker.privacy.test_retaining import told
from tests.worker.site import Site, planted, scan_of, until

LIST = "GET /users/@me/guilds"
GUILD = "GET /guilds/*"


def two_guilds() -> World:
    return World.generate(seed=5, guilds=2, channels=1, messages=40, clip_share=0.2, simple=True)


async def scanned(site: Site) -> list[int]:
    """Everything is on record; the guilds."""
    await site.push(*map(scan_of, site.channels))
    await site.drain()
    assert await site.clips() == planted(site.world)
    return sorted(site.world.guilds)


async def looked(site: Site) -> None:
    """One round, by a worker that is there."""
    await site.rows("update chores set due_at = now() where name = 'left_guilds' returning 1")

    async def is_over() -> bool:
        found = await site.rows(
            "select due_at > now() + interval '5 minutes' from chores where name = 'left_guilds'"
        )
        return found == [(True,)]

    await until(is_over, "a round is over")


async def left(site: Site) -> list[int]:
    found = await site.rows("select guild_id from guilds where left_at is not null order by 1")
    return [row[0] for row in found]


async def purges(site: Site) -> list[Any]:
    return await site.rows("select scope, guild_id, asked_by from purges")


async def purged(site: Site) -> bool:
    return await site.rows("select ended_at is not null from purges") == [(True,)]


async def test_it_is_marked_and_forgiven_and_purged(site_of: OpenSite, at_once: None) -> None:
    async with site_of(two_guilds()) as site:
        stays, goes = await scanned(site)
        config = site.configured(privacy={"purge_left_guilds_after": 86_400.0})
        guild = site.world.guilds[goes]
        with capture_logs() as logs:
            async with site.worker(config):
                await looked(site)
                assert await left(site) == []
                del site.world.guilds[goes]
                await looked(site)
                assert await left(site) == [goes]
                site.world.guilds[goes] = guild
                await looked(site)
                assert await left(site) == []
                del site.world.guilds[goes]
                await looked(site)
                await site.rows(
                    "update guilds set left_at = now() - interval '23 hours' "
                    "where left_at is not null returning 1"
                )
                await looked(site)
                assert await purges(site) == []
                await site.rows(
                    "update guilds set left_at = now() - interval '25 hours' "
                    "where left_at is not null returning 1"
                )
                await looked(site)
                assert await purges(site) == [("guild", goes, "left_guild")]
                await until(lambda: purged(site), "it is carried out")
                await looked(site)
        assert len(await purges(site)) == 1
        assert await site.clips() == planted(site.world, *site.world.readable_channels(stays))
        assert await site.rows("select name from guilds where guild_id = %s", goes) == [(None,)]
        assert [one["guild_id"] for one in told(logs, "guild_left")] == [str(goes)] * 2
        first = told(logs, "guild_left")[0]
        assert first["purged_at"] is not None
        assert "invite the bot again" in first["hint"]
        assert len(told(logs, "guild_came_back")) == 1
        assert len(told(logs, "left_guild_purged")) == 1


async def test_nothing_is_purged_where_that_is_switched_off(
    site_of: OpenSite, at_once: None
) -> None:
    async with site_of(two_guilds()) as site:
        _, goes = await scanned(site)
        config = site.configured(privacy={"purge_left_guilds_after": 0.0})
        del site.world.guilds[goes]
        with capture_logs() as logs:
            async with site.worker(config):
                await looked(site)
                await site.rows(
                    "update guilds set left_at = now() - interval '900 days' "
                    "where left_at is not null returning 1"
                )
                await looked(site)
        assert await left(site) == [goes]
        assert await purges(site) == []
        assert told(logs, "guild_left")[0]["purged_at"] is None


async def test_what_proves_nothing_changes_nothing(
    site_of: OpenSite, at_once: None, impatient: None
) -> None:
    async with site_of(two_guilds()) as site:
        guilds = dict(site.world.guilds)
        _, goes = await scanned(site)
        async with site.worker():
            await looked(site)
            del site.world.guilds[goes]
            for pattern, fault in (
                (LIST, Fault.status(503)),
                (LIST, Fault.garbage()),
                (GUILD, Fault.status(503)),
                (GUILD, Fault.status(403, error=50013)),
            ):
                site.simulator.faults.always(pattern, fault)
                await looked(site)
                assert await left(site) == [], (pattern, fault)
                site.simulator.faults.clear()
            site.world.guilds.update(guilds)
            site.world.revoke()
            await looked(site)
            assert await left(site) == []


@pytest.mark.parametrize("is_known", [False, True])
async def test_a_list_without_any_known_guild_is_believed_of_the_same_bot_alone(
    site_of: OpenSite, at_once: None, is_known: bool
) -> None:
    async with site_of(two_guilds()) as site:
        guilds = await scanned(site)
        with capture_logs() as logs:
            async with site.worker():
                await looked(site)
                if not is_known:
                    site.world.bot["id"] = "1"  # another one's token
                site.world.guilds.clear()
                await looked(site)
        assert await left(site) == (guilds if is_known else [])
        assert len(told(logs, "guild_list_not_believed")) == (0 if is_known else 1)


async def test_a_guild_that_may_not_be_read_may_have_been_left(
    site_of: OpenSite, at_once: None
) -> None:
    async with site_of(a_world_of_last_week(channels=1)) as site:
        await scanned_long_ago(site)
        await site.rows(
            "insert into chores (name, due_at, place) "
            "values ('left_guilds', now() + interval '1 hour', %s) returning 1",
            site.world.bot["id"],  # its list is believed
        )
        site.world.guilds.clear()
        site.simulator.faults.always("GET /channels/*/messages", Fault.status(403, error=50001))

        async def is_known() -> bool:
            return await site.rows("select left_at is not null from guilds") == [(True,)]

        async with site.worker(busy(site)):
            await until(is_known, "it is known that the bot left")
        assert {row[1] for row in await checks(site)} == {"FAILED"}
