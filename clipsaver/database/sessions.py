"""Connections that writers keep for themselves."""

from __future__ import annotations

from psycopg.rows import TupleRow

from clipsaver.database.connections import Database
from clipsaver.trio_io.postgres import TrioConnection


class Session:
    """A writer's connection, opened when needed and again after it broke."""

    def __init__(self, database: Database, **settings: str) -> None:
        """`settings` are those of the server for this connection, such as enable_seqscan."""
        self._database = database
        self._settings = settings
        self._connection: TrioConnection[TupleRow] | None = None

    async def connection(self) -> TrioConnection[TupleRow]:
        """Raises psycopg's errors."""
        if self._connection is None or self._connection.closed:
            self._connection = await self._database.connect_writer(**self._settings)
        return self._connection

    def drop(self) -> None:
        """The next one is a new one."""
        if self._connection is not None:
            self._connection.close_now()
        self._connection = None
