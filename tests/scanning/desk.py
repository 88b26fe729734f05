"""Makes scans of the chat's channel, as a worker does, and looks at what came of them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import trio

from clipsaver.config import ScanConfig
from clipsaver.database import Database, PageWriters, denials, run_changes
from clipsaver.database.run_changes import Leaving, begin_run, leave_run
from clipsaver.discord_rest.client import DiscordClient, open_client
from clipsaver.jobs import BatchJob, MessageJob, RescanJob
from clipsaver.records import Delivery, RunProgress, RunState
from clipsaver.scanning.access import Doors
from clipsaver.scanning.dispatch import do_scan
from clipsaver.scanning.retention import KEEP_ALL, Retention
from clipsaver.scanning.scan import Scan, ScanEnd, ScanJob
from tests.permits import AtOnce
from tests.scanning.chat import CHANNEL, GUILD, NOW, Chat

LIMIT_S = 20.0


async def never(_: RunProgress, __: float) -> bool:
    """Does not pause."""
    return False


@dataclass(eq=False)
class Desk:
    """One chat, one database."""

    chat: Chat
    database: Database
    discord: DiscordClient
    writers: PageWriters
    defaults: ScanConfig = field(default_factory=ScanConfig)
    now: float = NOW
    doors: Doors = field(default_factory=Doors)
    retention: Retention = KEEP_ALL
    _fences: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def scan(
        self,
        run: str = "run",
        *,
        after_page: Callable[[RunProgress, float], Awaitable[bool]] = never,
        **fields: Any,
    ) -> ScanEnd:
        """One delivery of a batch job: without limit, unless the fields say otherwise."""
        named = {"guild_id": str(GUILD), "channel_id": str(CHANNEL), "limit": None}
        return await self.deliver(BatchJob(**{**named, **fields}), run, after_page=after_page)

    async def look_at(self, *message_ids: int, run: str = "look", **fields: Any) -> ScanEnd:
        """A message job."""
        ids = tuple(map(str, message_ids))
        job = MessageJob(guild_id=str(GUILD), channel_id=str(CHANNEL), message_ids=ids, **fields)
        return await self.deliver(job, run)

    async def rescan(
        self,
        run: str = "again",
        *,
        after_page: Callable[[RunProgress, float], Awaitable[bool]] = never,
        **fields: Any,
    ) -> ScanEnd:
        """One delivery of a rescan job."""
        job = RescanJob(guild_id=str(GUILD), channel_id=str(CHANNEL), **fields)
        return await self.deliver(job, run, after_page=after_page)

    async def deliver(
        self,
        job: ScanJob,
        run: str,
        *,
        after_page: Callable[[RunProgress, float], Awaitable[bool]] = never,
    ) -> ScanEnd:
        """One delivery of a job, which ends its run where nothing is left."""
        delivery = Delivery(run, next(self._fences), attempts=0)
        async with self.database.connection() as connection:
            begun = await begin_run(connection, delivery, job)
        assert isinstance(begun, run_changes.Begun)
        scan = Scan(
            discord=self.discord,
            database=self.database,
            writers=self.writers,
            defaults=self.defaults,
            delivery=delivery,
            start=begun.start,
            clock=lambda: self.now,
            after_page=after_page,
            doors=self.doors,
            retention=self.retention,
        )
        end = await do_scan(job, scan)
        if end is not ScanEnd.PAUSED:
            async with self.database.connection() as connection:
                await leave_run(connection, Leaving(run, delivery.fence, RunState.SUCCEEDED))
        return end

    async def forget_denials(self) -> None:
        """As when somebody saw that the channel may be read."""
        async with self.database.connection() as connection:
            await denials.forget_denials(connection, [CHANNEL])

    async def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        async with self.database.connection() as connection:
            return await (await connection.execute(query, values)).fetchall()

    async def clips(self) -> set[str]:
        return {row[0] for row in await self.rows("select clip_id from clips")}

    async def progress(self, run: str = "run") -> RunProgress:
        """What the run has done, as committed."""
        (row,) = await self.rows(
            "select pages, messages, clips, requests from runs where run_id = %s", run
        )
        return RunProgress(*row)

    async def covers(self, *message_ids: int) -> list[bool]:
        """Of each id, whether it counts as read under some settings."""
        return [
            (
                await self.rows(
                    "select exists (select from scan_coverage where covered @> %s::bigint)", one
                )
            )[0][0]
            for one in message_ids
        ]


@asynccontextmanager
async def open_desk(chat: Chat, database: Database) -> AsyncIterator[Desk]:
    """The desk for the time of the block, which is bounded."""
    client = open_client(
        "a.bot.token",
        api_url="https://discord.example/api/v10",
        permits=AtOnce(),
        request_timeout_s=10,
        transport=httpx.MockTransport(chat),
        dice=lambda: 0.0,
    )
    writers = PageWriters(database, writers=1)
    with trio.fail_after(LIMIT_S):
        async with client as discord, trio.open_nursery() as nursery:
            await nursery.start(writers.run)
            yield Desk(chat, database, discord, writers)
            nursery.cancel_scope.cancel()
