"""A scan's surroundings: a mocked transport for Discord, real tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from clipsaver.database import Database, open_database
from tests.rooms import Rooms
from tests.scanning.chat import Chat
from tests.scanning.desk import Desk, open_desk
from tests.scanning.walking import Guild, open_guild


@pytest.fixture
def chat() -> Chat:
    """A channel with 250 messages, every tenth with a clip."""
    return Chat()


@asynccontextmanager
async def _tables(postgres_dsn: str, rooms: Rooms) -> AsyncIterator[Database]:
    with rooms.taken() as schema:
        async with open_database(postgres_dsn, schema=schema, pool_size=4) as database:
            yield database


@pytest.fixture
async def desk(chat: Chat, postgres_dsn: str, rooms: Rooms) -> AsyncIterator[Desk]:
    """Where scans of that channel are made."""
    async with _tables(postgres_dsn, rooms) as database, open_desk(chat, database) as desk:
        yield desk


@pytest.fixture
async def guild(
    postgres_dsn: str, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Guild]:
    """A simulated guild with channels and threads of every type."""
    async with _tables(postgres_dsn, rooms) as database, open_guild(database, monkeypatch) as guild:
        yield guild
