"""Migrated tables for each test that asks: a schema of its own, since a whole database is slow."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
from psycopg import sql
from psycopg.rows import TupleRow

from clipsaver.database import Database, open_database
from clipsaver.database.migrations import migrate
from clipsaver.trio_io.postgres import TrioConnection

_schema_numbers = itertools.count(1)


@pytest.fixture
async def database(postgres_dsn: str) -> AsyncIterator[Database]:
    schema = f"room_{next(_schema_numbers)}"
    async with open_database(postgres_dsn, schema=schema, pool_size=8) as opened:
        async with opened.connection() as connection:
            await migrate(connection, schema)
        yield opened
        async with opened.connection() as connection:
            await connection.execute(
                sql.SQL("drop schema {} cascade").format(sql.Identifier(schema))
            )


@pytest.fixture
async def conn(database: Database) -> AsyncIterator[TrioConnection[TupleRow]]:
    """One of the pool's connections, with psycopg's own errors."""
    async with database._pool.connection() as connection:
        yield connection
