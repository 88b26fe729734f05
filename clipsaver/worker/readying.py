"""From open connections to a worker that may begin: both stores answer, and the name is ours."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import structlog
import trio

from clipsaver.config import Config
from clipsaver.database import Database, migrations
from clipsaver.database.opt_outs import read_marks
from clipsaver.errors import DatabaseUnavailable, RedisUnavailable
from clipsaver.outage import Outage, insist
from clipsaver.queue import server
from clipsaver.queue.intake import ensure_group
from clipsaver.queue.link import Consumer
from clipsaver.worker.naming import claim_name
from clipsaver.worker.reporting import EXPIRES_MS

_T = TypeVar("_T")
_log = structlog.get_logger()

_LONGEST_RETRY_S = 5.0


async def ready(
    config: Config,
    me: Consumer,
    database: Database,
    redis_outage: Outage,
    stopping: trio.Event,
) -> bool:
    """Waits for both stores at once, then for the name; False if the worker is stopped meanwhile.

    Raises SchemaError where the tables are not ones that this version can use, UsageError for a
    Redis that is too old or a privacy.key that is not the one of the list, and NameTaken.
    """
    is_ready = False

    async def with_redis(do: Callable[[], Awaitable[_T]]) -> _T:
        return await insist(
            do, redis_outage, RedisUnavailable, dice=random.random, longest_s=_LONGEST_RETRY_S
        )

    async with trio.open_nursery() as waiting:

        async def stop() -> None:
            await stopping.wait()
            waiting.cancel_scope.cancel()

        waiting.start_soon(stop)
        async with trio.open_nursery() as both:
            both.start_soon(with_redis, partial(_stream_ready, me))
            both.start_soon(_database_ready, config, database)
        # Last, since from now on it has to beat.
        facts = {"pid": os.getpid(), "started_at": int(time.time())}
        await claim_name(me, facts, expires_ms=EXPIRES_MS, with_redis=with_redis)
        is_ready = True
        waiting.cancel_scope.cancel()
    return is_ready


async def _stream_ready(me: Consumer) -> None:
    await server.check_version(me.link)
    await ensure_group(me.link)


async def _database_ready(config: Config, database: Database) -> None:
    """Waits for the tables; that the database goes away meanwhile is no reason to end."""

    async def prepare() -> None:
        await database.wait_until_ready()
        await _tables_ready(config, database)

    await insist(prepare, database.outage, DatabaseUnavailable, dice=random.random)


async def _tables_ready(config: Config, database: Database) -> None:
    async with database.connection() as connection:
        if config.database.migrate:
            for migration in await migrations.migrate(connection, config.database.schema):
                _log.info("schema_migrated", migration=migration.name)
        else:
            await migrations.check_usable(connection, config.database.schema)
        await read_marks(connection, config.privacy.key)
