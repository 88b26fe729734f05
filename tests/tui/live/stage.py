"""A stream and tables to fill, beside a source and an operator that look at them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from clipsaver.config import Config
from clipsaver.jobs import BatchJob, encode
from clipsaver.queue import intake, lease, presence, produce, series
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.operating import audit
from clipsaver.queue.operating.audit import AuditEvent
from clipsaver.queue.outcomes import settle
from clipsaver.queue.policy import Dead, Failure, Wait
from clipsaver.queue.worker_statistics import (
    Limits,
    Pages,
    WorkerStatistics,
    encode_statistics,
)
from clipsaver.tui.sources.live.looking import LiveSource
from clipsaver.tui.sources.live.operating import LiveOperator

GUILD = "9284"
NOT_FOUND = Failure("not_found", "no such channel", "aaaaaaaaaaaa")


def on_asyncio(act: Callable[[], Awaitable[Any]]) -> Any:
    """What `act` returns, on a loop as Textual has it."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(act())


def job(channel: int, **fields: Any) -> bytes:
    return encode(BatchJob(guild_id=GUILD, channel_id=str(channel), **fields))


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that a test needs."""

    config: Config
    source: LiveSource
    operator: LiveOperator
    link: Link

    @classmethod
    async def opened(cls, config: Config, source: LiveSource, operator: LiveOperator) -> Stage:
        return cls(config, source, operator, source._link)

    async def worker(self, name: str, *, is_alive: bool = True) -> Consumer:
        """A member of the group, which beats or is gone."""
        await intake.ensure_group(self.link)
        me = Consumer(self.link, name, "host-a", 15_000)
        said = WorkerStatistics(
            outcomes={"done": 3}, pages=Pages(pages=5, clips=2), limits=Limits(waiting=2)
        )
        if is_alive:
            facts = {"pid": 7, "version": "0.1.0", "statistics": encode_statistics(said)}
            await presence.claim_name(me, facts, expires_ms=600_000)
            await presence.beat(me, facts, expires_ms=600_000)
            await series.write(me, series.Ledger(), series.done_by(said))
        return me

    async def pushed(self, *channels: int, **fields: Any) -> list[str]:
        """Run ids of new batch jobs."""
        ids = await produce.push(self.link, [job(one, **fields) for one in channels])
        return [produce.run_id_of(self.link, one) for one in ids]

    async def taken(self, me: Consumer, channel: int, **facts: Any) -> lease.Lease:
        """A new job that a worker has begun."""
        await self.pushed(channel)
        (entry,) = await intake.read(me, 1, block_ms=1)
        held = await lease.take(me, entry, facts)
        assert held is not None
        return held

    async def put_off(self, me: Consumer, channel: int) -> str:
        held = await self.taken(me, channel)
        await settle(me, held, Wait(60, "channel_busy"))
        return held.run_id

    async def died(self, me: Consumer, channel: int, failure: Failure = NOT_FOUND) -> str:
        """The id of a new dead letter."""
        await settle(me, await self.taken(me, channel), Dead(failure))
        ((letter_id, _),) = await self.link.command(
            "XREVRANGE", self.link.names.dead, "+", "-", "COUNT", 1
        )
        return letter_id.decode()

    async def actions(self) -> Sequence[AuditEvent]:
        """What is on record, the newest first."""
        return await audit.read(self.link, count=50)

    async def sql(self, text: str, *values: Any) -> list[Any]:
        """In the tables, on a connection of its own."""
        url = f"{self.config.database.url}&options=-csearch_path%3Dclipsaver"
        async with await AsyncConnection.connect(url, autocommit=True) as connection:
            found = await connection.execute(text, values or None)
            return await found.fetchall() if found.description else []

    async def channel(self, channel_id: int, name: str) -> None:
        await self.sql(
            "insert into guilds (guild_id, name) values (%s, 'guild-a') on conflict do nothing",
            int(GUILD),
        )
        await self.sql(
            "insert into channels (channel_id, guild_id, type, name) values (%s, %s, 0, %s)",
            channel_id,
            int(GUILD),
            name,
        )

    async def clip(self, clip_id: str, channel_id: int = 70, **columns: Any) -> None:
        """A clip of a channel that is there."""
        message_id = int(clip_id.partition("-")[0])
        await self.sql(
            "insert into authors (author_id, username, is_bot) values (900, 'ann', false)"
            " on conflict do nothing"
        )
        await self.sql(
            "insert into messages (message_id, channel_id, author_id, type, content, posted_at)"
            " values (%s, %s, 900, 0, 'look', now()) on conflict do nothing",
            message_id,
            channel_id,
        )
        await self.sql(
            """
            insert into clips (clip_id, message_id, channel_id, guild_id, author_id, source,
                               spoiler, discord_clip, filename, content_type, url, posted_at,
                               settings_hash, codec, thumbnail_state)
            values (%s, %s, %s, %s, 900, 'embed', false, false, 'a.mp4', 'video/mp4',
                    'https://h/a', now(), '', 'h264', %s)
            """,
            clip_id,
            message_id,
            channel_id,
            int(GUILD),
            columns.get("thumbnail_state", "pending"),
        )
