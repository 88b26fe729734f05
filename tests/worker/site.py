"""A worker's surroundings for one test: real stores, a simulated Discord, and looks behind both."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import trio

from clipsaver.config import EMBEDDED, Config, Secret
from clipsaver.jobs import AnyJob, BatchJob, MessageJob, RescanJob
from clipsaver.queue import produce
from clipsaver.queue.intake import WAITING, ensure_group
from clipsaver.queue.link import Link
from clipsaver.simulator import Channel, Limits, Simulator, World, open_simulator
from clipsaver.trio_io.postgres import TrioConnection
from clipsaver.worker.nursery import Report, run_worker
from clipsaver.worker.stores import open_link

LIMIT_S = 45.0
"""Of one test. None comes near it unless something hangs."""
LEASE_S = 3.0
"""The shortest that the configuration takes."""
PAGES = "GET /channels/*/messages"

_SETTINGS: dict[str, dict[str, Any]] = {
    "redis": {"lease_seconds": LEASE_S},
    "worker": {"concurrency": 8, "shutdown_grace": 5.0},
    "retry": {"backoff": (0.05, 0.1)},
    "scan": {"strategy": "history"},  # searching has tests of its own
    "thumbnails": {"enabled": False},  # what makes them takes a second to start
}


async def until(
    condition: Callable[[], Awaitable[bool]], what: str, *, within_s: float = 20.0
) -> None:
    """Returns once the condition holds; fails if that takes too long."""
    deadline = trio.current_time() + within_s
    while not await condition():
        assert trio.current_time() < deadline, f"not within {within_s:g} s: {what}"
        await trio.sleep(0.01)


def a_world(*, messages: int = 700, channels: int = 1, seed: int = 5) -> World:
    """Text channels with plain clips: little to render."""
    return World.generate(
        seed=seed, channels=channels, messages=messages, clip_share=0.1, simple=True
    )


def scan_of(channel: Channel, **fields: Any) -> BatchJob:
    """A job for all of a channel, unless the fields say otherwise."""
    named = {"guild_id": str(channel.guild_id), "channel_id": str(channel.channel_id)}
    return BatchJob(**{**named, "limit": None, **fields})


def messages_of(channel: Channel, *message_ids: int, **fields: Any) -> MessageJob:
    """A job for some messages of a channel."""
    named = {"guild_id": str(channel.guild_id), "channel_id": str(channel.channel_id)}
    return MessageJob(**{**named, "message_ids": tuple(map(str, message_ids)), **fields})


def rescan_of(channel: Channel, **fields: Any) -> RescanJob:
    """A rescan of what was read of a channel."""
    named = {"guild_id": str(channel.guild_id), "channel_id": str(channel.channel_id)}
    return RescanJob(**{**named, **fields})


def planted(world: World, *channels: Channel) -> set[str]:
    """What has to be found there; everywhere, if no channel is named."""
    return {
        clip.clip_id
        for channel in channels or world.readable_channels()
        for clip in world.planted(channel.channel_id)
        if clip.by_default
    }


@dataclass(eq=False)
class Worker:
    """A worker that runs in the test's process."""

    stopping: trio.Event = field(default_factory=trio.Event)
    ended: trio.Event = field(default_factory=trio.Event)
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    report: Report | None = None

    async def run(
        self, config: Config, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        with self.scope:
            self.report = await run_worker(config, self.stopping, task_status=task_status)
        self.ended.set()

    async def stop(self) -> Report:
        """Asks it to stop and waits for its end."""
        self.stopping.set()
        await self.ended.wait()
        assert self.report is not None
        return self.report

    async def die(self) -> None:
        """Ends it in the middle of everything, without a word to the stores."""
        self.scope.cancel()
        await self.ended.wait()


@dataclass(eq=False)
class Site:
    """Where workers work."""

    config: Config
    simulator: Simulator
    link: Link
    database: TrioConnection[Any]

    @property
    def world(self) -> World:
        return self.simulator.world

    @property
    def channels(self) -> list[Channel]:
        return self.world.readable_channels()

    def configured(self, **sections: dict[str, Any]) -> Config:
        """The configuration with some keys changed."""
        changed = {
            name: msgspec.structs.replace(getattr(self.config, name), **keys)
            for name, keys in sections.items()
        }
        return msgspec.structs.replace(self.config, **changed)

    def embedded_in(self, data_dir: Path) -> Config:
        """The configuration with servers of clipsaver's own, which it keeps running."""
        config = self.configured(
            redis={"url": Secret(EMBEDDED)}, database={"url": Secret(EMBEDDED)}
        )
        return msgspec.structs.replace(config, data_dir=data_dir)

    async def look_into(self, database_url: str) -> None:
        """Opens the connection for looks behind the worker's back, anew where there was one."""
        if self.database is not None:
            self.database.pgconn.finish()
        schema = self.config.database.schema
        self.database = await TrioConnection.connect(
            f"{database_url}&options=-csearch_path%3D{schema}", autocommit=True
        )

    async def push(self, *jobs: AnyJob | bytes) -> list[str]:
        """Puts jobs on the stream; returns their run ids."""
        return [
            produce.run_id_of(self.link, entry_id)
            for entry_id in await produce.push(self.link, list(jobs))
        ]

    @asynccontextmanager
    async def worker(self, config: Config | None = None) -> AsyncIterator[Worker]:
        """A worker for the time of the block; then it is stopped."""
        worker = Worker()
        async with trio.open_nursery() as nursery:
            await nursery.start(worker.run, config or self.config)
            yield worker
            worker.stopping.set()

    async def drain(self, config: Config | None = None) -> Report:
        """A worker that works until nothing is left."""
        return await run_worker(config or self.config, trio.Event(), drain=True)

    async def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the database; tables need no schema."""
        found = await self.database.execute(query, values)
        return await found.fetchall()

    @property
    def pages_asked(self) -> int:
        """How often Discord was asked for a page of history."""
        asked = self.simulator.statistics().by_route.get("GET /channels/{}/messages", {})
        return sum(asked.values())

    async def clips(self) -> set[str]:
        return {row[0] for row in await self.rows("select clip_id from clips")}

    async def pages(self, run_id: str | None = None) -> int:
        """Pages committed, of one run or of all; 0 before there are tables."""
        if (await self.rows("select to_regclass('runs')"))[0][0] is None:
            return 0
        found = await self.rows(
            "select coalesce(sum(pages), 0) from runs where run_id = coalesce(%s, run_id)", run_id
        )
        return int(found[0][0])

    async def has_read(self, pages: int, run_id: str | None = None) -> None:
        """Returns once so many pages are committed."""

        async def condition() -> bool:
            return await self.pages(run_id) >= pages

        await until(condition, f"{pages} pages are committed")

    async def stream(self, key: str) -> list[dict[str, bytes]]:
        entries = await self.link.command("XRANGE", key, "-", "+")
        return [{name.decode(): value for name, value in fields.items()} for _, fields in entries]

    async def dead(self) -> list[dict[str, Any]]:
        """What is known of each dead letter, with its job as it was pushed."""
        return [
            {**json.loads(letter["dead"]), "job": letter.get("job")}
            for letter in await self.stream(self.link.names.dead)
        ]

    async def is_running(self, run_id: str) -> None:
        """Returns once the run has begun."""

        async def condition() -> bool:
            return await self.link.command("HGET", self.link.names.job(run_id), "state") == (
                b"running"
            ) and bool(await self.rows("select from runs where run_id = %s", run_id))

        await until(condition, f"{run_id} is running")

    async def happened(self, event: str, count: int) -> None:
        """Returns once the event has happened so often."""

        async def condition() -> bool:
            return (await self.events()).count(event) == count

        await until(condition, f"{count} times {event}")

    async def all_done(self, count: int) -> None:
        """Returns once so many jobs are done."""
        await self.happened("done", count)

    async def events(self, run_id: str | None = None) -> list[str]:
        return [
            event["event"].decode()
            for event in await self.stream(self.link.names.events)
            if run_id in (None, event["run"].decode())
        ]

    async def event_came(self, event: str, run_id: str | None = None) -> None:
        """Returns once this happened."""

        async def condition() -> bool:
            return event in await self.events(run_id)

        await until(condition, f"event {event}")

    async def pending(self) -> list[dict[str, Any]]:
        """Entries that were delivered and not settled."""
        names = self.link.names
        found: list[dict[str, Any]] = await self.link.redis.xpending_range(  # type: ignore[attr-defined]
            names.stream, names.group, "-", "+", 1000
        )
        return found

    async def let_leases_run_out(self, *, deliveries: int = 1) -> None:
        """As if every holder had been silent for long, after so many deliveries."""
        names = self.link.names
        for entry in await self.pending():
            holder, entry_id = entry["consumer"], entry["message_id"]
            words = ("XCLAIM", names.stream, names.group, holder, 0, entry_id, "IDLE", 60_000)
            await self.link.command(*words, "RETRYCOUNT", deliveries)

    async def consumers(self) -> list[str]:
        """Who is known to the group, apart from the name in which entries wait."""
        names = self.link.names
        found = await self.link.redis.xinfo_consumers(names.stream, names.group)  # type: ignore[attr-defined]
        names_known = [one["name"].decode() for one in found]
        return [name for name in names_known if name != WAITING]

    async def keys_without_expiry(self) -> set[str]:
        """Keys that would stay for ever, apart from those that shall."""
        names = self.link.names
        some_wait = any(entry["consumer"] == WAITING.encode() for entry in await self.pending())
        may_stay = names.lasting if some_wait else names.lasting - names.in_line
        keys = {key.decode() for key in await self.link.command("KEYS", "*")}
        # One that has expired since has an expiry, too.
        return {key for key in keys - may_stay if await self.link.command("PTTL", key) == -1}


@asynccontextmanager
async def open_site(
    world: World,
    *,
    database_url: str,
    redis_url: str,
    schema: str = "clipsaver",
    keeps_schema: bool = False,
    limits: Limits | None = None,
) -> AsyncIterator[Site]:
    """The surroundings for the time of the block. Fails if a key is left that never expires.

    The schema is dropped at the end, unless whoever lent it has other ideas: making one is far
    quicker than making a database.
    """
    with trio.fail_after(LIMIT_S):
        async with open_simulator(world, limits=limits) as simulator:
            site = Site(Config(data_dir=Path("/nonexistent")), simulator, None, None)  # type: ignore[arg-type] -- made below
            site.config = site.configured(
                discord={
                    "token": Secret(simulator.token),
                    "api_url": simulator.api_url,
                    "requests_per_second": 1000.0,
                },
                **{
                    **_SETTINGS,
                    "redis": {**_SETTINGS["redis"], "url": Secret(redis_url)},
                    "database": {"url": Secret(database_url), "schema": schema},
                },
            )
            async with open_link(site.config, redis_url) as site.link:
                await ensure_group(site.link)
                await site.look_into(database_url)
                try:
                    yield site
                    if not keeps_schema:
                        await site.database.execute(f"drop schema if exists {schema} cascade")
                finally:
                    site.database.pgconn.finish()
                assert await site.keys_without_expiry() == set()


def up_for(redis_url: str, seconds: float) -> None:
    """Returns once the server has been up so long that leases may be taken over there."""
    import redis

    with redis.Redis.from_url(redis_url) as client:
        while client.info("server")["uptime_in_seconds"] < seconds:
            time.sleep(0.05)
