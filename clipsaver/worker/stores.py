"""What a worker stands on: the servers, the connections to them, and the Discord client."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NoReturn

import structlog
import trio

from clipsaver.config import EMBEDDED, Config, consumer_name
from clipsaver.database import Database, migrations, open_database
from clipsaver.discord_rest.client import DiscordClient, open_client
from clipsaver.embedded import Servers, open_servers
from clipsaver.errors import DatabaseUnavailable, RedisUnavailable
from clipsaver.masking import mask
from clipsaver.queue.intake import ensure_group
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.trio_io.http import H11Transport
from clipsaver.trio_io.redis import open_redis

_log = structlog.get_logger()

_RETRY_S = 2.0
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
    servers: Servers

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


@asynccontextmanager
async def open_stores(config: Config, stopping: trio.Event) -> AsyncIterator[Stores | None]:
    """Everything open and ready to work with; None if the worker was stopped before that.

    A store that is away is waited for and said to be. Raises SchemaError where the tables are not
    ones that this version can use.
    """
    host = socket.gethostname()
    async with (
        open_addresses(config) as addresses,
        open_link(config, addresses.redis_url, connections=16) as link,
        open_database(
            addresses.database_url,
            schema=config.database.schema,
            pool_size=config.database.pool_size - config.database.writers,
        ) as database,
        open_client(
            config.discord.token,
            api_url=config.discord.api_url,
            requests_per_second=config.discord.requests_per_second,
            request_timeout_s=config.discord.request_timeout,
            transport=H11Transport(max_connections=config.worker.concurrency + 4),
        ) as discord,
    ):
        if not await _ready(config, link, database, stopping):
            yield None
            return
        me = Consumer(
            link=link,
            name=consumer_name(
                config.redis.consumer, host=host, pid=os.getpid(), random_part=secrets.token_hex(3)
            ),
            host=host,
            lease_ms=round(config.redis.lease_seconds * 1000),
        )
        yield Stores(me, database, discord, addresses.servers)


async def _ready(config: Config, link: Link, database: Database, stopping: trio.Event) -> bool:
    """Waits for both stores at once, unless the worker is stopped meanwhile."""
    is_ready = False
    async with trio.open_nursery() as waiting:

        async def stop() -> None:
            await stopping.wait()
            waiting.cancel_scope.cancel()

        waiting.start_soon(stop)
        async with trio.open_nursery() as both:
            both.start_soon(_redis_ready, link)
            both.start_soon(_database_ready, config, database)
        is_ready = True
        waiting.cancel_scope.cancel()
    return is_ready


async def _redis_ready(link: Link) -> None:
    has_said = False
    while True:
        try:
            await ensure_group(link)
        except RedisUnavailable as error:
            if not has_said:
                _log.warning("redis_away", error=str(error))
                has_said = True
            await trio.sleep(_RETRY_S)
        else:
            return


async def _database_ready(config: Config, database: Database) -> None:
    """Waits for the tables; that the database goes away meanwhile is no reason to end."""
    while True:
        await database.wait_until_ready()
        try:
            return await _tables_ready(config, database)
        except DatabaseUnavailable as error:
            _log.warning("schema_not_ready", error=str(error))
            await trio.sleep(_RETRY_S)


async def _tables_ready(config: Config, database: Database) -> None:
    async with database.connection() as connection:
        if config.database.migrate:
            for migration in await migrations.migrate(connection, config.database.schema):
                _log.info("schema_migrated", migration=migration.name)
        else:
            await migrations.check_usable(connection, config.database.schema)
