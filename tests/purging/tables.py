"""Tables that are made once and emptied for each test: faster than a schema for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import trio
from psycopg.rows import TupleRow

from clipsaver.database import Database, open_database
from clipsaver.database.migrations import migrate
from clipsaver.trio_io.postgres import TrioConnection

_SCHEMA = "purged"
_IN_ORDER = (
    *("purges", "thumbnails", "clips", "messages", "authors", "scan_coverage", "denials", "runs"),
    *("channels", "guilds", "file_outbox", "opt_outs", "opt_out_key"),
)


@pytest.fixture(scope="session")
def tables(postgres_dsn: str) -> Iterator[str]:
    """The URL of a database that has them."""

    async def on_loop(statement: str) -> None:
        async with (
            open_database(postgres_dsn, schema=_SCHEMA, pool_size=1) as opened,
            opened.connection() as connection,
        ):
            if statement:
                await connection.execute(statement)
            else:
                await migrate(connection, _SCHEMA)

    trio.run(on_loop, "")
    yield postgres_dsn
    trio.run(on_loop, f"drop schema if exists {_SCHEMA} cascade")


@pytest.fixture
async def database(tables: str) -> AsyncIterator[Database]:
    """Those tables, empty."""
    async with open_database(tables, schema=_SCHEMA, pool_size=8) as opened:
        async with opened.connection() as connection:
            for table in _IN_ORDER:
                await connection.execute(f"delete from {table}")
        yield opened


@pytest.fixture
async def conn(database: Database) -> AsyncIterator[TrioConnection[TupleRow]]:
    """One of the pool's connections, with psycopg's own errors."""
    async with database._pool.connection() as connection:
        yield connection
