"""What a test sees and does behind the queue's back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import trio

from clipsaver.errors import RedisUnavailable
from clipsaver.jobs import BatchJob, MessageJob, encode
from clipsaver.queue import intake, lease, produce
from clipsaver.queue.entries import Entry
from clipsaver.queue.lease import Lease
from clipsaver.queue.link import Consumer, Link

BATCH = encode(BatchJob(guild_id="1", channel_id="2"))
MESSAGE = encode(MessageJob(guild_id="1", channel_id="2", message_ids=("3",)))


@asynccontextmanager
async def full_memory(link: Link) -> AsyncIterator[None]:
    """For the time of the block the server has no memory for anything new."""
    await link.command("CONFIG SET", "maxmemory", "1")
    try:
        yield
    finally:
        with trio.move_on_after(5, shield=True):
            await link.command("CONFIG SET", "maxmemory", "0")


async def promote(link: Link) -> None:
    """Makes a replica a primary again; a change of roles may have closed the connection to it."""
    with trio.move_on_after(5, shield=True):
        while True:
            try:
                await link.command("REPLICAOF", "NO", "ONE")
            except RedisUnavailable:
                continue
            return


@dataclass(frozen=True, slots=True)
class Pending:
    consumer: str
    idle_ms: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Probe:
    """Raw looks at the keys of one stream."""

    link: Link

    async def stream(self, key: str | None = None) -> dict[str, dict[str, bytes]]:
        rows = await self.link.command("XRANGE", key or self.link.names.stream, "-", "+")
        return {
            entry_id.decode(): {name.decode(): value for name, value in fields.items()}
            for entry_id, fields in rows
        }

    async def dead(self) -> list[dict[str, Any]]:
        return list((await self.stream(self.link.names.dead)).values())

    async def delayed(self) -> list[list[str]]:
        members = await self.link.command("ZRANGE", self.link.names.delayed, 0, -1)
        return [json.loads(member) for member in members]

    async def pending(self) -> dict[str, Pending]:
        names = self.link.names
        rows = await self.link.redis.xpending_range(  # type: ignore[attr-defined]
            names.stream, names.group, "-", "+", 100_000
        )
        return {
            row["message_id"].decode(): Pending(
                row["consumer"].decode(), row["time_since_delivered"], row["times_delivered"]
            )
            for row in rows
        }

    async def job(self, run_id: str) -> dict[str, str]:
        fields = await self.link.command("HGETALL", self.link.names.job(run_id))
        return {name.decode(): value.decode() for name, value in fields.items()}

    async def events(self) -> list[str]:
        return [
            fields["event"].decode()
            for fields in (await self.stream(self.link.names.events)).values()
        ]

    async def age(self, *entry_ids: str, idle_ms: int = 60_000) -> None:
        """Let the holder of each entry have been silent for so long."""
        pending, names = await self.pending(), self.link.names
        for entry_id in entry_ids:
            holder = pending[entry_id].consumer
            words = ["XCLAIM", names.stream, names.group, holder, 0, entry_id]
            await self.link.redis.execute_command(
                *words, "IDLE", idle_ms, "JUSTID", parse_justid=True
            )

    async def make_due(self) -> None:
        """Let everything in the delayed set be due."""
        names = self.link.names
        for member in await self.link.command("ZRANGE", names.delayed, 0, -1):
            await self.link.command("ZADD", names.delayed, 1, member)

    async def taken_over(self, me: Consumer, count: int = 10) -> list[Entry]:
        """What `me` gets of entries whose lease ran out and of what waits in line."""
        await intake.reclaim(me)
        return list((await intake.take_next(me, count, others=count)).entries)

    async def pushed(self, me: Consumer, job: bytes = BATCH) -> Entry:
        """A new job that `me` has read."""
        await produce.push(self.link, [job])
        (entry,) = await intake.read(me, 1, block_ms=1)
        return entry

    async def taken(self, me: Consumer, job: bytes = BATCH, channel: int | None = None) -> Lease:
        """A new job whose delivery `me` has begun."""
        held = await lease.take(me, await self.pushed(me, job), {}, exclusive_channel=channel)
        assert held is not None
        return held
