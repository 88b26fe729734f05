"""Migrated tables for each test that asks, in a schema that is its own meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from psycopg.rows import TupleRow

from clipsaver.database import Database, open_database
from clipsaver.trio_io.postgres import TrioConnection
from tests.rooms import Rooms


@pytest.fixture
async def database(postgres_dsn: str, rooms: Rooms) -> AsyncIterator[Database]:
    with rooms.taken() as schema:
        async with open_database(postgres_dsn, schema=schema, pool_size=8) as opened:
            yield opened


@pytest.fixture
async def conn(database: Database) -> AsyncIterator[TrioConnection[TupleRow]]:
    """One of the pool's connections, with psycopg's own errors."""
    async with database._pool.connection() as connection:
        yield connection
