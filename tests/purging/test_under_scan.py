"""A guild is purged while a worker scans it and its neighbour, and whoever purges dies and dies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from clipsaver.database import Database, open_database
from clipsaver.database.purging.purges import ask_purge
from clipsaver.database.thumbnails.claims import claim_clips
from clipsaver.jobs import GuildJob
from clipsaver.purging import driving
from clipsaver.purging.driving import carry_out
from clipsaver.records import Purge, PurgeCounts, PurgeScope, PurgeStage, PurgeTarget
from clipsaver.simulator import Fault, World
from clipsaver.thumbnails.storage import open_storage
from tests.purging.test_resuming import Dying, dying
from tests.purging.world import give_pictures, keys_of
from tests.worker.conftest import OpenSite, site_of
from tests.worker.site import PAGES, Site, planted, scan_of

__all__ = ["dying", "site_of"]

CHANNELS, TOKEN = 2, 5
ROWS = {
    "clips": "select count(*) from clips where guild_id = %s",
    "messages": "select count(*) from messages join channels using (channel_id)"
    " where guild_id = %s",
    "pictures": "select count(*) from thumbnails join clips using (clip_id) where guild_id = %s",
    "coverage": "select count(*) from scan_coverage join channels using (channel_id)"
    " where guild_id = %s",
    "names": "select count(*) from channels where guild_id = %s and name is not null",
}


@asynccontextmanager
async def database_of(site: Site) -> AsyncIterator[Database]:
    url, schema = str(site.config.database.url), site.config.database.schema
    async with open_database(url, schema=schema, pool_size=4) as database:
        yield database


async def rows_of(site: Site, guild: int) -> dict[str, int]:
    return {name: (await site.rows(query, guild))[0][0] for name, query in ROWS.items()}


async def store_pictures(database: Database, folder: Path) -> None:
    """Of all clips that are on record."""
    async with database._pool.connection() as conn:
        for claimed in await claim_clips(conn, count=1000, for_due=0, token=TOKEN, lease_s=60):
            for key in keys_of(claimed.claim.clip_id, TOKEN):
                (folder / key).parent.mkdir(exist_ok=True)
                (folder / key).write_bytes(b"a picture")
            await give_pictures(conn, claimed)


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


async def purge_by_mortals(
    database: Database, folder: Path, target: PurgeTarget, dying: Dying
) -> tuple[Purge, int]:
    """Each lives for three statements more than the one before; returns how many died."""

    async def never(_: Purge) -> bool:
        return False

    async with database.connection() as conn:
        purge = await ask_purge(conn, target, asked_by="command")
    for deaths in count():
        with dying.after(3 * deaths + 1):
            purge = await carry_out(
                database,
                lambda: open_storage(str(folder)),
                purge,
                driver=f"driver {deaths}",
                dice=lambda: 0.5,
                after_step=never,
            )
        if purge.stage is PurgeStage.DONE:
            return purge, deaths
    raise AssertionError


async def test_nothing_comes_back_and_the_neighbour_stays_whole(
    site_of: OpenSite, tmp_path: Path, dying: Dying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "_CLIPS_AT_ONCE", 20)
    monkeypatch.setattr(driving, "_MOST_CLIPS_AT_ONCE", 20)
    world = World.generate(
        seed=5, guilds=2, channels=CHANNELS, messages=300, clip_share=0.1, simple=True
    )
    guild, neighbour = world.guilds
    async with site_of(world) as site, database_of(site) as database:
        await site.push(*(scan_of(channel, limit=100) for channel in site.channels))
        await site.drain()
        await store_pictures(database, tmp_path)
        there = await rows_of(site, guild)
        assert there["pictures"] > 0
        # From now on there are always pages on their way.
        site.simulator.faults.always(PAGES, Fault.latency(0.2))
        async with site.worker() as worker:
            await site.push(*(scan_of(channel) for channel in site.channels))
            await site.has_read(2 * CHANNELS + 1)
            purge, deaths = await purge_by_mortals(
                database, tmp_path, PurgeTarget(PurgeScope.GUILD, guild), dying
            )
            assert deaths > 5
            gone: dict[str, Any] = dict.fromkeys(ROWS, 0)
            assert await rows_of(site, guild) == gone
            await worker.stop()
        await site.drain()
        assert await rows_of(site, guild) == gone
        ends = (
            "select state, error, count(*) from runs where guild_id = %s group by 1, 2 order by 1"
        )
        done = ("SUCCEEDED", None, CHANNELS)
        assert await site.rows(ends, guild) == [("CANCELLED", "purged", CHANNELS), done]
        assert await site.rows(ends, neighbour) == [("SUCCEEDED", None, 2 * CHANNELS)]
        left = planted(world, *world.readable_channels(neighbour))
        assert await site.clips() == left
        kept = {key for (key,) in await site.rows("select storage_key from thumbnails")}
        assert files_in(tmp_path) == kept
        assert purge.left == PurgeCounts()
        assert purge.deleted.clips >= there["clips"]
        await site.push(GuildJob(guild_id=str(guild)))
        await site.drain()
        assert await site.clips() == left | planted(world, *world.readable_channels(guild))
