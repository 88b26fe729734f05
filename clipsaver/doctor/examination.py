"""All checks, each with its own time and none at the mercy of another.

Redis                first: it holds the limits of the token for all workers
└─ Discord           within them; while Redis is away, slowly by itself
   PostgreSQL        beside it; then what Discord showed to be readable is remembered no longer
   this machine
thumbnails           beside all of these, where they are made here
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

import trio

from clipsaver.config import EMBEDDED, Config
from clipsaver.database import Database, denials, guilds, open_database
from clipsaver.discord_rest.client import DiscordClient, open_client
from clipsaver.discord_rest.flow import Policy
from clipsaver.doctor.facts import DiscordFacts, Machine, PostgresFacts, RedisFacts, ThumbnailFacts
from clipsaver.doctor.findings import Finding, exit_code
from clipsaver.doctor.machine import look_at_machine
from clipsaver.doctor.of_discord import judged, without_token
from clipsaver.doctor.of_machine import judge_clocks, judge_machine
from clipsaver.doctor.of_stores import away, judge_denials, judge_postgres, judge_redis, late
from clipsaver.doctor.of_thumbnails import judge_thumbnails
from clipsaver.doctor.of_watch import judge_watch
from clipsaver.doctor.pacing import Slowly
from clipsaver.doctor.preflight import ClockReading, Preflight
from clipsaver.doctor.searches import Searches
from clipsaver.doctor.stores import look_at_postgres, look_at_redis
from clipsaver.doctor.thumbnails import look_at_thumbnails
from clipsaver.errors import ClipsaverError
from clipsaver.queue.link import Link
from clipsaver.trio_io.http import H11Transport
from clipsaver.worker.stores import open_addresses, open_limits_of, open_link

STORE_S = 10.0
"""What Redis and PostgreSQL may take each."""
START_S = 60.0
"""What a server of our own may take beside that to start."""
DISCORD_S = 60.0
ANSWER_S = 5.0
"""What one answer of Discord's may take, unless less is configured."""
PATIENCE = Policy(attempts=2, patience_s=12.0, longest_backoff_s=2.0, awaits_index=False)


@dataclass(slots=True)
class Examination:
    """What was found so far; `run` fills it."""

    config: Config
    token_from: str
    """Where the token was found, for a person."""
    discord: DiscordFacts = field(init=False)
    redis: RedisFacts | None = None
    postgres: PostgresFacts | None = None
    machine: Machine | None = None
    thumbnails: ThumbnailFacts | None = None
    """None where none are made here."""
    findings: list[Finding] = field(default_factory=list)
    _looked: trio.Event = field(default_factory=trio.Event)
    _of_redis: list[Finding] = field(default_factory=list)
    _of_postgres: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.discord = DiscordFacts(self.config.discord.api_url)

    async def run(self) -> None:
        """Makes all checks; what they meet is found, and not raised."""
        async with trio.open_nursery() as nursery:
            if self.config.thumbnails.enabled:
                nursery.start_soon(self._thumbnails)
            await self._redis(self._beyond_redis)
        if self.config.discord.token:
            self.findings += judged(self.discord, self.token_from)
            self.findings += judge_watch(self.config.watch, self.discord)
        else:
            self.findings.append(without_token())
        self.findings += [*self._of_redis, *self._of_postgres]
        self.findings += judge_clocks(
            {
                "Discord": self.discord.clock,
                "Redis": None if self.redis is None else self.redis.clock,
                "PostgreSQL": None if self.postgres is None else self.postgres.clock,
            }
        )
        self.machine = await trio.to_thread.run_sync(look_at_machine, self.config)
        self.findings += judge_machine(self.machine)
        if self.thumbnails is not None:
            self.findings += judge_thumbnails(self.thumbnails)

    async def _thumbnails(self) -> None:
        self.thumbnails = await look_at_thumbnails(self.config)

    async def _redis(self, then: Callable[[Link | None], Awaitable[None]]) -> None:
        """Looks at Redis, then goes on with a connection to it, or with None if it is of no use."""
        bound_s = _bound_s(self.config.redis.url)
        try:
            with trio.move_on_after(bound_s) as bound:
                async with (
                    open_addresses(self.config, database=False) as addresses,
                    open_link(self.config, addresses.redis_url) as link,
                ):
                    self.redis = await look_at_redis(link)
                    self._of_redis += judge_redis(self.redis)
                    bound.deadline = float("inf")
                    await then(None if exit_code(self._of_redis) else link)
                    return
        except ClipsaverError as error:
            self._of_redis.append(away("Redis", error))
        if bound.cancelled_caught:
            self._of_redis.append(late("Redis", bound_s))
        await then(None)

    async def _beyond_redis(self, link: Link | None) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._postgres)
            await self._discord(link)
            self._looked.set()

    async def _discord(self, link: Link | None) -> None:
        if not self.config.discord.token:
            return
        transport = ClockReading(H11Transport(max_connections=4))
        preflight: Preflight | None = None
        searches: Searches | None = None
        try:
            with trio.move_on_after(DISCORD_S) as bound:
                async with self._client(link, transport) as client:
                    preflight = Preflight(client, self.discord, time.time())
                    await preflight.run()
                    if preflight.facts.error is None:
                        searches = Searches(client)
                        guilds = preflight.facts.guilds
                        await searches.run(one.guild_id for one in guilds if not one.error)
        except ClipsaverError as error:
            self.findings.append(away("Discord", error))
            return
        finally:
            if preflight is not None:
                self.discord = preflight.facts
            if searches is not None:
                self.discord = replace(self.discord, searches=searches.found)
            self.discord = replace(self.discord, clock=transport.offset)
        if bound.cancelled_caught:
            self.discord = replace(self.discord, is_late=True)

    @asynccontextmanager
    async def _client(
        self, link: Link | None, transport: ClockReading
    ) -> AsyncIterator[DiscordClient]:
        async with AsyncExitStack() as stack:
            permits = (
                Slowly()
                if link is None
                else await stack.enter_async_context(open_limits_of(self.config, link))
            )
            yield await stack.enter_async_context(
                open_client(
                    self.config.discord.token,
                    api_url=self.config.discord.api_url,
                    permits=permits,
                    request_timeout_s=min(self.config.discord.request_timeout, ANSWER_S),
                    transport=transport,
                    policy=PATIENCE,
                )
            )

    async def _postgres(self) -> None:
        bound_s = _bound_s(self.config.database.url)
        try:
            with trio.move_on_after(bound_s) as bound:
                async with (
                    open_addresses(self.config, redis=False) as addresses,
                    open_database(
                        addresses.database_url, schema=self.config.database.schema, pool_size=1
                    ) as database,
                ):
                    self.postgres = await look_at_postgres(
                        database, migrates=self.config.database.migrate
                    )
                    self._of_postgres += judge_postgres(self.postgres)
                    bound.deadline = float("inf")
                    await self._looked.wait()
                    bound.deadline = trio.current_time() + STORE_S
                    await self._forget_denials(database, self.postgres)
        except ClipsaverError as error:
            self._of_postgres.append(away("PostgreSQL", error))
            return
        if bound.cancelled_caught:
            self._of_postgres.append(late("PostgreSQL", bound_s))

    async def _forget_denials(self, database: Database, facts: PostgresFacts) -> None:
        """What the bot may read is asked for again at once."""
        if facts.status.pending or facts.status.obstacle() or facts.is_read_only or facts.lacking:
            return
        async with database.connection() as connection:
            forgotten = await denials.forget_denials(connection, self.discord.readable)
            await guilds.note_allowed(connection, forgotten)
            standing = await denials.denied_channels(connection)
            names = await denials.denied_names(connection)
        self._of_postgres += judge_denials(standing, names, len(forgotten))


def _bound_s(url: str) -> float:
    return STORE_S + (START_S if str(url) == EMBEDDED else 0.0)
