"""A scan's surroundings: a mocked transport for Discord, real tables."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
from psycopg import sql

from clipsaver.database import open_database
from clipsaver.database.migrations import migrate
from tests.scanning.chat import Chat
from tests.scanning.desk import Desk, open_desk

_schema_numbers = itertools.count(1)


@pytest.fixture
def chat() -> Chat:
    """A channel with 250 messages, every tenth with a clip."""
    return Chat()


@pytest.fixture
async def desk(chat: Chat, postgres_dsn: str) -> AsyncIterator[Desk]:
    """Where scans of that channel are made."""
    schema = f"desk_{next(_schema_numbers)}"
    async with open_database(postgres_dsn, schema=schema, pool_size=4) as database:
        async with database.connection() as connection:
            await migrate(connection, schema)
        async with open_desk(chat, database) as desk:
            yield desk
        async with database.connection() as connection:
            await connection.execute(
                sql.SQL("drop schema {} cascade").format(sql.Identifier(schema))
            )
