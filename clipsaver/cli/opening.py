"""The stream, the tables or both, for commands that look at them or change what is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from clipsaver.config import Config
from clipsaver.database import Database, open_database
from clipsaver.queue.link import Link
from clipsaver.worker.stores import open_addresses, open_link


@asynccontextmanager
async def open_stream(config: Config) -> AsyncIterator[Link]:
    """The stream of the configuration, its embedded server started first where it is that."""
    async with (
        open_addresses(config, database=False) as addresses,
        open_link(config, addresses.redis_url) as link,
    ):
        yield link


@asynccontextmanager
async def open_tables(config: Config) -> AsyncIterator[Database]:
    """The configured database, its embedded server started first where it is that."""
    async with (
        open_addresses(config, redis=False) as addresses,
        open_database(
            addresses.database_url, schema=config.database.schema, pool_size=1
        ) as database,
    ):
        yield database


@asynccontextmanager
async def open_both(
    config: Config, *, database: bool = True
) -> AsyncIterator[tuple[Link, Database | None]]:
    """The stream, and the database where it is asked for."""
    async with AsyncExitStack() as opened:
        addresses = await opened.enter_async_context(open_addresses(config, database=database))
        link = await opened.enter_async_context(open_link(config, addresses.redis_url))
        if not database:
            yield link, None
            return
        tables = open_database(addresses.database_url, schema=config.database.schema, pool_size=2)
        yield link, await opened.enter_async_context(tables)
