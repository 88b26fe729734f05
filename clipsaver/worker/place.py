"""What jobs work with: one for the whole worker."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import trio

from clipsaver.config import Config
from clipsaver.database import Database, PageWriters
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.errors import DatabaseUnavailable, RedisUnavailable
from clipsaver.queue.link import Consumer
from clipsaver.trio_io.postgres import TrioConnection
from clipsaver.worker.leases import LeaseKeeper
from clipsaver.worker.reporting import Progress
from clipsaver.worker.slots import Slots

_T = TypeVar("_T")
_LONGEST_RETRY_S = 5.0


@dataclass(frozen=True, slots=True)
class Workplace:
    """The stores, the client, and the services that jobs share.

    A store that is away is a state: `with_database` and `with_redis` wait until it is back.
    """

    config: Config
    me: Consumer
    database: Database
    writers: PageWriters
    discord: DiscordClient
    slots: Slots
    leases: LeaseKeeper
    progress: Progress
    stopping: trio.Event
    clock: Callable[[], float]
    """Unix seconds."""
    rng: random.Random

    async def with_database(self, do: Callable[[TrioConnection], Awaitable[_T]]) -> _T:
        """Does it on a connection, again where the database went away; it must bear repeating."""
        while True:
            try:
                async with self.database.connection() as connection:
                    return await do(connection)
            except DatabaseUnavailable:
                await self.database.wait_until_ready()

    async def with_redis(self, do: Callable[[], Awaitable[_T]]) -> _T:
        """Does it, again while Redis is away (which the intake reports); it must bear repeating."""
        delay_s = 0.1
        while True:
            try:
                return await do()
            except RedisUnavailable:
                await trio.sleep(delay_s * self.rng.uniform(0.5, 1.0))
                delay_s = min(2 * delay_s, _LONGEST_RETRY_S)
