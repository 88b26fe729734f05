"""A scan's surroundings: a mocked transport for Discord, real tables."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from psycopg import sql

from clipsaver.database import Database, open_database
from clipsaver.database.migrations import migrate
from tests.scanning.chat import Chat
from tests.scanning.desk import Desk, open_desk
from tests.scanning.walking import Guild, open_guild

_schema_numbers = itertools.count(1)


@pytest.fixture
def chat() -> Chat:
    """A channel with 250 messages, every tenth with a clip."""
    return Chat()


@asynccontextmanager
async def _tables(postgres_dsn: str) -> AsyncIterator[Database]:
    schema = f"desk_{next(_schema_numbers)}"
    async with open_database(postgres_dsn, schema=schema, pool_size=4) as database:
        async with database.connection() as connection:
            await migrate(connection, schema)
        yield database
        async with database.connection() as connection:
            await connection.execute(
                sql.SQL("drop schema {} cascade").format(sql.Identifier(schema))
            )


@pytest.fixture
async def desk(chat: Chat, postgres_dsn: str) -> AsyncIterator[Desk]:
    """Where scans of that channel are made."""
    async with _tables(postgres_dsn) as database, open_desk(chat, database) as desk:
        yield desk


@pytest.fixture
async def guild(postgres_dsn: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Guild]:
    """A simulated guild with channels and threads of every type."""
    async with _tables(postgres_dsn) as database, open_guild(database, monkeypatch) as guild:
        yield guild
