"""The database on asyncio: one connection of psycopg's own, opened when needed and again when lost.

Everything that is asked is bounded: by the server while it works, by us where it hangs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from clipsaver.database.arrays import register
from clipsaver.database.conninfo import place, with_schema
from clipsaver.database.errors import Verdict, translated, verdict
from clipsaver.errors import DatabaseUnavailable

_CONNECT_S = 2
"""Per address: who waits for a database asks again anyway."""
_HANGS_S = 1.0
"""After what the server itself may take, its answer is not waited for any longer."""


class Tables:
    """One database and one schema in it, for one user at a time; `close` it.

    It is what `operating.connecting.Connections` asks for.
    """

    def __init__(self, url: str, schema: str, *, statement_s: float) -> None:
        """`statement_s` is what one statement may take."""
        self.place = place(url)
        """Name and host for a person, without the password."""
        limit = f"{round(statement_s * 1000)}ms"
        ours: dict[str, Any] = {"application_name": "clipsaver tui", "connect_timeout": _CONNECT_S}
        given = with_schema(url, schema, statement_timeout=limit, lock_timeout=limit)
        self._conninfo = make_conninfo("", **{**ours, **conninfo_to_dict(given)})
        self._limit_s = statement_s + _CONNECT_S + _HANGS_S
        self._lock = asyncio.Lock()
        self._connection: AsyncConnection[Any] | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        """The connection, in autocommit mode, for one unit of work; others wait for their turn.

        Raises DatabaseUnavailable, SchemaError or DataRejected for what psycopg raises inside, and
        DatabaseUnavailable where it takes too long.
        """
        async with self._lock:
            try:
                with translated(self.place):
                    async with asyncio.timeout(self._limit_s):
                        try:
                            yield await self._opened()
                        except psycopg.Error as error:
                            if verdict(error) is Verdict.AWAY:
                                self.close()  # one that is read-only stays so
                            raise
            except TimeoutError as error:
                raise DatabaseUnavailable(
                    f"{self.place} does not answer; is it overloaded or cut off?", said=error
                ) from error
            finally:
                self._drop_if_unusable()

    def close(self) -> None:
        """At once."""
        if self._connection is not None:
            self._connection.pgconn.finish()
            self._connection = None

    async def _opened(self) -> AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = await AsyncConnection.connect(self._conninfo, autocommit=True)
            register(self._connection)
        return self._connection

    def _drop_if_unusable(self) -> None:
        """What broke, or was left in the middle of something."""
        connection = self._connection
        if connection is not None and (
            connection.closed or connection.info.transaction_status is not TransactionStatus.IDLE
        ):
            self.close()
