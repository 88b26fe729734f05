"""What jobs work with: one for the whole worker."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import trio

from clipsaver.config import Config
from clipsaver.database import Database, PageWriters
from clipsaver.database.run_writers import RunWriters
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.errors import DatabaseUnavailable, DiscordUnavailable, RedisUnavailable
from clipsaver.outage import Outage, insist
from clipsaver.queue.link import Consumer
from clipsaver.scanning.access import Doors
from clipsaver.scanning.dispatch import do_scan
from clipsaver.scanning.retention import Retention
from clipsaver.scanning.scan import Scan, ScanEnd, ScanJob
from clipsaver.trio_io.postgres import TrioConnection
from clipsaver.worker.leases import LeaseKeeper
from clipsaver.worker.obstacles import DATABASE, DISCORD, Obstacles
from clipsaver.worker.progress import Progress
from clipsaver.worker.reach import DiscordReach
from clipsaver.worker.slots import Slots
from clipsaver.worker.thumbnailing.due import Due
from clipsaver.worker.thumbnailing.kit import Kit

_T = TypeVar("_T")
FIRST_RETRY_S = 0.1
_LONGEST_RETRY_S = 5.0


@dataclass(frozen=True, slots=True)
class Workplace:
    """The stores, the client, and the services that jobs share.

    A store that is away is a state: `with_database`, `despite_database` and `with_redis` wait until
    it is back, and so does `discord_back`.
    """

    config: Config
    me: Consumer
    database: Database
    writers: PageWriters
    runs: RunWriters
    discord: DiscordClient
    reach: DiscordReach
    obstacles: Obstacles
    redis_outage: Outage
    slots: Slots
    leases: LeaseKeeper
    progress: Progress
    stopping: trio.Event
    clock: Callable[[], float]
    """Unix seconds."""
    rng: random.Random
    scan: Callable[[ScanJob, Scan], Awaitable[ScanEnd]] = do_scan
    """What does the jobs that read messages."""
    kit: Kit | None = None
    """What making thumbnails takes; None where this worker makes none."""
    due: Due = field(default_factory=Due)
    """Who finds clips tells who makes thumbnails."""
    doors: Doors = field(default_factory=Doors)
    _asking: trio.Lock = field(default_factory=trio.Lock)

    @property
    def retention(self) -> Retention:
        """What is too old to be read and stored."""
        return Retention.of(self.config.privacy)

    @property
    def may_start(self) -> bool:
        """False while jobs would only wait for Discord."""
        return not self.reach.is_away and self.discord.statistics().held_since is None

    async def with_database(self, do: Callable[[TrioConnection], Awaitable[_T]]) -> _T:
        """Does it on a connection, again where the database went away; it must bear repeating."""

        async def on_connection() -> _T:
            async with self.database.connection() as connection:
                return await do(connection)

        return await self.despite_database(on_connection)

    async def despite_database(self, do: Callable[[], Awaitable[_T]]) -> _T:
        """Does it, again where the database went away; it must bear repeating."""
        try:
            return await do()
        except DatabaseUnavailable as error:
            problem = error
        delay_s = FIRST_RETRY_S
        with self.obstacles.waiting_for(DATABASE):
            while True:
                delay_s = await self.database_back(delay_s, problem)
                try:
                    result = await do()
                except DatabaseUnavailable as error:
                    problem = error
                else:
                    self.database.outage.ended()
                    return result

    async def database_back(self, delay_s: float, problem: DatabaseUnavailable) -> float:
        """Pauses, and returns when the database answers, with the next pause, should it be needed.

        One of all jobs asks. A database can answer and still not serve: its disk is full, say.
        """
        if delay_s != FIRST_RETRY_S:  # a connection that breaks once is not worth a word
            self.database.outage.began(problem)
        with self.obstacles.waiting_for(DATABASE):
            delay_s = await self._pause(delay_s)
            async with self._asking:
                await self.database.wait_until_ready(dice=self.rng.random)
        return delay_s

    async def discord_back(self, problem: DiscordUnavailable) -> None:
        """Returns when Discord is back; raises the problem where Discord was not away at all."""
        with self.obstacles.waiting_for(DISCORD):
            if not await self.reach.was_away():
                raise problem

    async def with_redis(self, do: Callable[[], Awaitable[_T]]) -> _T:
        """Does it, again while Redis is away; it must bear repeating."""
        return await insist(
            do,
            self.redis_outage,
            RedisUnavailable,
            dice=self.rng.random,
            longest_s=_LONGEST_RETRY_S,
        )

    async def _pause(self, delay_s: float) -> float:
        """Sleeps; returns for how long the next time: a store can answer and still not serve."""
        await trio.sleep(delay_s * self.rng.uniform(0.5, 1.0))
        return min(2 * delay_s, _LONGEST_RETRY_S)
