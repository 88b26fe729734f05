"""Where connections to the database come from: the worker's pool, or any other on any loop."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from psycopg import AsyncConnection


class Connections(Protocol):
    """Such as `clipsaver.database.Database`."""

    def connection(self) -> AbstractAsyncContextManager[AsyncConnection[Any]]:
        """A connection in autocommit mode, whose search path has our schema; given back soon."""
        ...
