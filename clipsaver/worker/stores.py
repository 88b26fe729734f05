"""What a worker stands on: the servers, the connections to them, and the Discord client."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import NoReturn

import trio

from clipsaver.config import EMBEDDED, Config, consumer_name, egress_of
from clipsaver.database import Database, open_database
from clipsaver.database.run_writers import CONNECTIONS as RUN_CONNECTIONS
from clipsaver.discord_rest.client import DiscordClient, open_client
from clipsaver.discord_rest.limits.opening import open_limits
from clipsaver.discord_rest.limits.shared import SharedLimits
from clipsaver.embedded import Servers, open_servers
from clipsaver.masking import mask
from clipsaver.outage import Outage
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.redis_calls.combined import CombinedRedis
from clipsaver.redis_calls.scripts import RedisCommands
from clipsaver.trio_io.http import H11Transport
from clipsaver.trio_io.redis import open_redis
from clipsaver.worker.exposing.subject import OpenStores, Subject
from clipsaver.worker.readying import ready
from clipsaver.worker.restoring import StreamLoss
from clipsaver.worker.thumbnailing.kit import Kit, open_kit

_REDIS_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the stores are: embedded servers that run, or what the operator says."""

    redis_url: str
    database_url: str
    servers: Servers


@dataclass(frozen=True, slots=True)
class Stores:
    """All that is open for the life of a worker."""

    me: Consumer
    database: Database
    discord: DiscordClient
    limits: SharedLimits
    servers: Servers
    redis_outage: Outage
    redis: RedisCommands
    scripts: CombinedRedis
    """The stream's client, whose scripts travel together while it serves."""
    kit: Kit | None
    """None where this worker makes no thumbnails."""

    async def keep_running(
        self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> NoReturn:
        """Starts embedded servers again that died."""
        await self.servers.keep_running(task_status=task_status)


@asynccontextmanager
async def open_addresses(
    config: Config, *, redis: bool = True, database: bool = True
) -> AsyncIterator[Addresses]:
    """The addresses of the stores; starts the embedded servers that are asked for and needed.

    Who needs only one of the two says so, and the other is neither started nor waited for.
    Raises EmbeddedServerError where a server of our own cannot be started.
    """
    redis_url, database_url = str(config.redis.url), str(config.database.url)
    async with open_servers(
        config.data_dir,
        valkey=redis and redis_url == EMBEDDED,
        postgres=database and database_url == EMBEDDED,
    ) as servers:
        yield Addresses(
            redis_url=servers.redis_url or redis_url,
            database_url=servers.database_url or database_url,
            servers=servers,
        )


@asynccontextmanager
async def open_link(config: Config, redis_url: str, *, connections: int = 4) -> AsyncIterator[Link]:
    """The stream of the configuration; connects when it is first used."""
    names = Names(stream=config.redis.stream, group=config.redis.group)
    # A connection that hangs may cost one renewal, not the lease.
    timeout_s = min(_REDIS_TIMEOUT_S, config.redis.lease_seconds / 3)
    async with open_redis(redis_url, max_connections=connections, timeout_s=timeout_s) as redis:
        yield Link(redis, names, server=mask(redis_url))


def open_limits_of(config: Config, link: Link) -> AbstractAsyncContextManager[SharedLimits]:
    """The limits of the configured token, shared with all who use this Redis."""
    return open_limits(
        link.redis,
        server=link.server,
        token=config.discord.token,
        requests_per_second=config.discord.requests_per_second,
        egress=egress_of(config, host=socket.gethostname()),
        worker=f"{socket.gethostname()}-{os.getpid()}",
    )


@asynccontextmanager
async def open_discord(
    config: Config, link: Link, *, connections: int = 8
) -> AsyncIterator[tuple[SharedLimits, DiscordClient]]:
    """The limits of the configured token, shared with all who use this Redis, and a client."""
    async with (
        open_limits_of(config, link) as limits,
        open_client(
            config.discord.token,
            api_url=config.discord.api_url,
            permits=limits,
            request_timeout_s=config.discord.request_timeout,
            transport=H11Transport(max_connections=connections),
        ) as discord,
    ):
        yield limits, discord


@asynccontextmanager
async def open_stores(
    config: Config, stopping: trio.Event, subject: Subject
) -> AsyncIterator[Stores | None]:
    """Everything open and ready to work with; None if the worker was stopped before that.

    A store that is away is waited for and said to be; who looks at the `subject` sees it as well.
    Raises what `ready` raises.
    """
    host = socket.gethostname()
    async with (
        open_addresses(config) as addresses,
        open_link(config, addresses.redis_url, connections=16) as link,
        open_database(
            addresses.database_url,
            schema=config.database.schema,
            pool_size=max(1, config.database.pool_size - config.database.writers - RUN_CONNECTIONS),
        ) as database,
        open_discord(config, link, connections=config.worker.concurrency + 4) as (limits, discord),
    ):
        scripts = CombinedRedis(link.redis)
        me = Consumer(
            link=replace(link, redis=scripts),
            name=consumer_name(
                config.redis.consumer, host=host, pid=os.getpid(), random_part=secrets.token_hex(3)
            ),
            host=host,
            lease_ms=round(config.redis.lease_seconds * 1000),
            on_stream_lost=StreamLoss(link).noticed,
        )
        redis_outage = Outage("redis")
        with subject.having(OpenStores(link, database, redis_outage)):
            if not await ready(config, me, database, redis_outage, stopping):
                yield None
                return
            async with _open_kit_if_wanted(config, discord) as kit:
                yield Stores(
                    me, database, discord, limits, addresses.servers, redis_outage, link.redis,
                    scripts, kit,
                )  # fmt: skip


@asynccontextmanager
async def _open_kit_if_wanted(config: Config, discord: DiscordClient) -> AsyncIterator[Kit | None]:
    if not config.thumbnails.enabled:
        yield None
        return
    async with open_kit(config, discord) as kit:
        yield kit
