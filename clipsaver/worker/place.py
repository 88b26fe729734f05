"""What jobs work with: one for the whole worker."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
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
FIRST_RETRY_S = 0.1
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
    _asking: trio.Lock = field(default_factory=trio.Lock)

    async def with_database(self, do: Callable[[TrioConnection], Awaitable[_T]]) -> _T:
        """Does it on a connection, again where the database went away; it must bear repeating."""
        delay_s = FIRST_RETRY_S
        while True:
            try:
                async with self.database.connection() as connection:
                    return await do(connection)
            except DatabaseUnavailable:
                delay_s = await self.database_back(delay_s)

    async def database_back(self, delay_s: float) -> float:
        """Pauses, and returns when the database answers, with the next pause, should it be needed.

        One of all jobs asks, and says so once for all of them.
        """
        delay_s = await self._pause(delay_s)
        async with self._asking:
            await self.database.wait_until_ready()
        return delay_s

    async def with_redis(self, do: Callable[[], Awaitable[_T]]) -> _T:
        """Does it, again while Redis is away (which the intake reports); it must bear repeating."""
        delay_s = FIRST_RETRY_S
        while True:
            try:
                return await do()
            except RedisUnavailable:
                delay_s = await self._pause(delay_s)

    async def _pause(self, delay_s: float) -> float:
        """Sleeps; returns for how long the next time: a store can answer and still not serve."""
        await trio.sleep(delay_s * self.rng.uniform(0.5, 1.0))
        return min(2 * delay_s, _LONGEST_RETRY_S)
