"""A worker as the users of `ops`, who may do no more than their work takes, does all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
import redis
from structlog.testing import capture_logs

from clipsaver.config import Config, Secret
from clipsaver.database import open_database
from clipsaver.database.thumbnails.states import ThumbnailFilter, ask_again
from clipsaver.jobs import GuildJob, MessageDeletionJob, PurgeAuthorJob, ThumbnailRetryJob
from clipsaver.operating.cancelling import cancel
from clipsaver.operating.rules import rules_of
from clipsaver.queue import produce
from clipsaver.queue.control import Order
from clipsaver.queue.link import Link
from clipsaver.queue.operating import audit
from clipsaver.queue.operating.control import order
from clipsaver.queue.operating.dead_letters import dead
from clipsaver.queue.operating.dead_letters.dead_actions import drop
from clipsaver.queue.operating.find import find
from clipsaver.queue.operating.workers import list_workers
from clipsaver.simulator import Fault
from clipsaver.worker.stores import open_link
from tests.ops import stage
from tests.ops.stage import database_as, redis_as
from tests.worker.site import (
    LEASE_S,
    PAGES,
    Site,
    a_world,
    messages_of,
    open_site,
    planted,
    rescan_of,
    scan_of,
    until,
    up_for,
)

ACT = audit.Act("somebody@somewhere")
MISSING = "175928847299117063"


@dataclass(frozen=True, slots=True)
class Rights:
    """Stores that have the users of `ops`."""

    redis_url: str
    database_url: str
    admin: redis.Redis

    def configured(self, config: Config, user: str, role: str, **sections: Any) -> Config:
        """The configuration of one of them."""
        urls = {
            "redis": redis_as(user, self.redis_url),
            "database": database_as(role, self.database_url),
        }
        sections = {"redis": {}, "database": {"migrate": False}, **sections}
        return msgspec.structs.replace(
            config,
            **{
                name: msgspec.structs.replace(
                    getattr(config, name),
                    **keys,
                    **({"url": Secret(urls[name])} if name in urls else {}),
                )
                for name, keys in sections.items()
            },
        )


@pytest.fixture
def rights(redis_url: str, database_url: str) -> Iterator[Rights]:
    """Users and roles are there, and go again."""
    up_for(redis_url, LEASE_S + 1)
    with (
        redis.Redis.from_url(redis_url, protocol=3, decode_responses=True) as admin,
        psycopg.connect(database_url, autocommit=True) as superuser,
    ):
        stage.add_users(admin)
        try:
            yield Rights(redis_url, database_url, admin)
        finally:
            stage.remove_users(admin)
            stage.drop_roles(superuser)


@asynccontextmanager
async def a_site(rights: Rights) -> AsyncIterator[Site]:
    await stage.migrated(rights.database_url)
    stores = {"database_url": rights.database_url, "redis_url": rights.redis_url}
    async with open_site(a_world(channels=3, messages=120), **stores) as site:
        yield site


async def test_a_worker_does_all_its_work(
    rights: Rights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clipsaver.worker.orders.LOOK_EVERY_S", 0.05)
    monkeypatch.setattr("clipsaver.worker.reporting.BEAT_EVERY_S", 0.05)
    async with a_site(rights) as site:
        config = rights.configured(
            site.config,
            "worker",
            "worker",
            discord={"media_hosts": (site.simulator.media_host,)},
            privacy={"accept_purge_jobs": True},
            thumbnails={"enabled": True, "storage": str(tmp_path), "concurrency": 2},
        )
        with capture_logs() as logs:
            async with (
                open_link(config, redis_as("producer", rights.redis_url)) as producer,
                site.worker(config) as worker,
            ):
                await produced(site, producer)
                await operated(site, rights, producer)
                await worker.ended.wait()
        assert stage.refusals(rights.admin) == []
        told = {log["event"]: log for log in logs if log["log_level"] in ("warning", "error")}
        assert set(told) == {"job_dead"}
        assert worker.report is not None
        assert worker.report.outcomes == {"done": 9, "dead": 2, "cancelled": 1}
        assert await site.clips() == planted(site.world)


async def test_it_searches_and_watches(rights: Rights) -> None:
    async with a_site(rights) as site:
        guilds = tuple(map(str, site.world.guilds))
        config = rights.configured(
            site.config,
            "worker",
            "worker",
            scan={"strategy": "auto"},
            watch={"guilds": guilds, "interval": 0.2},
        )

        async def has_all() -> bool:
            return await site.clips() == planted(site.world) != set()

        with capture_logs() as logs:
            async with site.worker(config):
                await until(has_all, "it has found all")
                site.world.post(site.channels[0].channel_id)
                await until(has_all, "it has found what is new")
        assert stage.refusals(rights.admin) == []
        assert [log for log in logs if log["log_level"] in ("warning", "error")] == []
        assert site.simulator.statistics().by_route["GET /guilds/{}/messages/search"][200] > 0
        assert not rights.admin.exists(site.link.names.watch)


async def produced(site: Site, producer: Link) -> None:
    """Jobs of all types that there are, by who may do nothing but push, and follow them."""
    channel = site.channels[0]
    where = {"guild_id": str(channel.guild_id), "channel_id": str(channel.channel_id)}
    (scanned,) = await produce.push(producer, [scan_of(channel)])
    await site.all_done(1)
    status = await produce.job_status(producer, produce.run_id_of(producer, scanned))
    assert status is not None
    assert (status.state, status.messages) == ("done", 120)
    ((clip_id,),) = await site.rows("select min(clip_id) from clips")
    await produce.push(
        producer,
        [
            messages_of(channel, int(clip_id.partition("-")[0])),
            rescan_of(channel),
            ThumbnailRetryJob(**where, clip_ids=(clip_id,)),
            GuildJob(guild_id=where["guild_id"]),
            GuildJob(guild_id=MISSING),
            b"no job",
        ],
    )
    await site.all_done(7)  # the guild job adds one for each of the two other channels
    await site.happened("dead", 2)

    async def condition() -> bool:
        return bool(await site.rows("select from thumbnails"))

    await until(condition, "there is a thumbnail")
    ((message_id,),) = await site.rows(
        "select max(message_id) from clips where channel_id = %s", channel.channel_id
    )
    site.world.delete(channel.channel_id, message_id)
    await produce.push(
        producer,
        [
            MessageDeletionJob(**where, message_ids=(str(message_id),)),
            PurgeAuthorJob(guild_id=where["guild_id"], author_id=MISSING),
        ],
    )
    await site.all_done(9)


async def operated(site: Site, rights: Rights, producer: Link) -> None:
    """A job is cancelled, letters are dropped, thumbnails made again and the worker told to end."""
    config = rights.configured(site.config, "operator", "operator")
    channel = site.channels[0]
    async with (
        open_link(config, str(config.redis.url)) as link,
        open_database(str(config.database.url), schema="clipsaver", pool_size=1) as database,
    ):
        site.simulator.faults.always(PAGES, Fault.latency(0.2))
        (slow,) = await produce.push(producer, [scan_of(channel, known="reread")])
        run_id = produce.run_id_of(link, slow)
        await site.is_running(run_id)
        entries = await find(link, rules_of(config), run_id)
        assert await cancel(link, database, ACT, entries) == {run_id: "held"}
        await site.event_came("cancelled", run_id)
        async with database.connection() as connection:
            await ask_again(connection, ThumbnailFilter())
        letters = await dead.look(link, count=5)
        await drop(link, [one.letter_id for one in letters.letters], ACT)
        workers = await list_workers(link, lease_ms=3000)
        await order(link, ACT, [one.name for one in workers], Order.DRAIN)
        assert len(await audit.read(link, count=9)) >= 3
        users = {f"clipsaver-{one}" for one in ("worker", "producer", "operator")}
        assert {one["user"] for one in rights.admin.client_list()} >= users
