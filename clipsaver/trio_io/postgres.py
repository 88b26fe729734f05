"""A small pool of Trio-native psycopg connections."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
import trio
from psycopg.abc import ConnParam
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import PipelineStatus, TransactionStatus
from psycopg.rows import TupleRow

from clipsaver.trio_io.postgres_connection import ROLLBACK_LIMIT_S, TrioConnection
from clipsaver.trio_io.readiness import is_readable

__all__ = ["Configure", "PoolStatistics", "TrioConnection", "TrioPool", "open_pool"]

Configure = Callable[[TrioConnection[TupleRow]], Awaitable[None]]
"""Prepares each new connection; a transaction that it leaves open is committed."""

DEFAULTS: dict[str, ConnParam] = {
    "application_name": "clipsaver",
    "connect_timeout": 10,  # seconds, per address
    # A server that vanished without a word is noticed in a minute instead of two hours.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds; Linux
}


@dataclass(frozen=True, slots=True)
class PoolStatistics:
    """What the pool holds now, and what it did since it was opened."""

    size: int
    idle: int
    in_use: int
    waiting: int
    """Tasks in the queue for a connection."""
    opened: int
    dropped: int
    """Closed because they broke, or were left in an unknown state."""


class TrioPool:
    """At most `size` connections, opened when needed; who waits longest comes first.

    Made by `open_pool`. Cancelling a waiter, a connect, a query or a commit leaks nothing.
    """

    def __init__(self, conninfo: str, *, size: int, configure: Configure | None = None) -> None:
        self._conninfo = conninfo
        self._configure = configure
        self._size = size
        self._slots = trio.Semaphore(size)
        self._idle: list[TrioConnection[TupleRow]] = []
        self._closed = False
        self._opened = 0
        self._dropped = 0

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[TrioConnection[TupleRow]]:
        """A connection for one unit of work: committed at the end, rolled back on any exception.

        Changes to the session (SET, autocommit, row_factory) stay with the connection.
        Raises psycopg.OperationalError where the server cannot be reached, and what the commit
        raises.
        """
        async with self._slots:
            connection = self._take_idle() or await self._open()
            try:
                yield connection
                await connection.commit()
            except BaseException:
                with (
                    contextlib.suppress(psycopg.Error),
                    trio.move_on_after(ROLLBACK_LIMIT_S, shield=True),
                ):
                    await connection.rollback()
                raise
            finally:
                self._give_back(connection)

    def statistics(self) -> PoolStatistics:
        """Counts of now and since the opening."""
        return PoolStatistics(
            size=self._size,
            idle=len(self._idle),
            in_use=self._size - self._slots.value,
            waiting=self._slots.statistics().tasks_waiting,
            opened=self._opened,
            dropped=self._dropped,
        )

    def close(self) -> None:
        """Close idle connections now, and those in use when they come back."""
        self._closed = True
        while self._idle:
            self._idle.pop().close_now()

    def _take_idle(self) -> TrioConnection[TupleRow] | None:
        """The connection used last, unless the server has left it."""
        while self._idle:
            connection = self._idle.pop()
            # An idle connection has nothing to tell us: what can be read is the server's farewell.
            if not connection.closed and not is_readable(connection.pgconn.socket):
                return connection
            self._drop(connection)
        return None

    def _drop(self, connection: TrioConnection[TupleRow]) -> None:
        self._dropped += 1
        connection.close_now()

    async def _open(self) -> TrioConnection[TupleRow]:
        if self._closed:
            raise psycopg.InterfaceError("the connection pool is closed")
        connection: TrioConnection[TupleRow] = await TrioConnection.connect(self._conninfo)
        self._opened += 1
        if self._configure is not None:
            try:
                await self._configure(connection)
                await connection.commit()
            except BaseException:
                self._drop(connection)
                raise
        return connection

    def _give_back(self, connection: TrioConnection[TupleRow]) -> None:
        pgconn = connection.pgconn
        if (
            connection.closed
            or pgconn.transaction_status != TransactionStatus.IDLE
            or pgconn.pipeline_status != PipelineStatus.OFF
        ):
            self._drop(connection)
        elif self._closed:
            connection.close_now()
        else:
            self._idle.append(connection)


@asynccontextmanager
async def open_pool(
    conninfo: str,
    *,
    size: int = 4,
    configure: Configure | None = None,
    **params: ConnParam,
) -> AsyncIterator[TrioPool]:
    """A pool for the time of the block; connects only when a connection is asked for.

    `conninfo` is a URL or a libpq string, `params` are libpq's keywords (`options="-c …"`) and
    win over it; what neither says is taken from `DEFAULTS`.
    """
    merged = {**DEFAULTS, **conninfo_to_dict(conninfo, **params)}
    pool = TrioPool(make_conninfo("", **merged), size=size, configure=configure)
    try:
        yield pool
    finally:
        pool.close()
