"""The worker's and the commands' way to PostgreSQL: a small pool on Trio."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psycopg
import trio
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from clipsaver.database.arrays import register
from clipsaver.database.conninfo import place, with_schema
from clipsaver.database.errors import Verdict, translated, verdict
from clipsaver.errors import DatabaseUnavailable
from clipsaver.outage import Outage, delay_s
from clipsaver.trio_io.postgres import (
    DEFAULTS,
    PoolStatistics,
    TrioConnection,
    TrioPool,
    open_pool,
)

__all__ = ["Database", "open_database"]

CONNECT_TIMEOUT_S = 5
"""Per address. Short: who waits for a database asks again anyway."""


class Database:
    """One database and one schema in it; made by `open_database`."""

    def __init__(self, url: str, schema: str, pool: TrioPool) -> None:
        self.schema = schema
        self.place = place(url)
        """Name and host for a person, without the password."""
        self.outage = Outage("database")
        """Shared by all who ask it for something."""
        self._url = url
        self._pool = pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[TrioConnection[TupleRow]]:
        """A connection in autocommit mode for one unit of work; give it back soon.

        Raises DatabaseUnavailable, SchemaError or DataRejected for what psycopg raises inside.
        """
        with translated(self.place):
            async with self._pool.connection() as connection:
                try:
                    yield connection
                except psycopg.Error as error:
                    if verdict(error) is Verdict.AWAY:
                        # A session that is read-only stays so when its database no longer is.
                        connection.close_now()
                    raise

    async def connect_writer(self, **settings: str) -> TrioConnection[TupleRow]:
        """A connection of one's own for a writer; close it. Raises psycopg's errors.

        Its plans are made once: arrays say nothing about their length that would be worth the
        millisecond that planning takes. `settings` are those of the server for this connection.
        """
        settings = {"plan_cache_mode": "force_generic_plan", **settings}
        conninfo = _with_defaults(with_schema(self._url, self.schema, **settings))
        connection: TrioConnection[TupleRow] = await TrioConnection.connect(
            conninfo, autocommit=True
        )
        register(connection)
        return connection

    async def wait_until_ready(self, *, dice: Callable[[], float] = random.random) -> None:
        """Returns once the database answers and takes writes; until then asks again and again."""
        failures = 0
        while True:
            try:
                async with self.connection() as connection:
                    await _prove_writable(connection)
            except DatabaseUnavailable as problem:
                self.outage.began(problem)
                await trio.sleep(delay_s(failures, dice()))
                failures += 1
            else:
                if failures:
                    self.outage.ended()
                return

    def statistics(self) -> PoolStatistics:
        """Of the pool."""
        return self._pool.statistics()


@asynccontextmanager
async def open_database(url: str, *, schema: str, pool_size: int) -> AsyncIterator[Database]:
    """The database for the time of the block; connects only when a connection is asked for.

    `url` is a URL or a libpq connection string.
    """
    conninfo = _with_defaults(with_schema(url, schema))
    async with open_pool(conninfo, size=pool_size, configure=_configure) as pool:
        yield Database(url, schema, pool)


def _with_defaults(conninfo: str) -> str:
    """What the user did not say: libpq's own timeouts let a worker hang for minutes."""
    ours = {**DEFAULTS, "connect_timeout": CONNECT_TIMEOUT_S}
    return make_conninfo("", **{**ours, **conninfo_to_dict(conninfo)})


async def _prove_writable(connection: TrioConnection[TupleRow]) -> None:
    """Raises what a write would: a replica answers questions all the same."""
    found = await connection.execute("select current_setting('transaction_read_only')")
    if await found.fetchone() == ("on",):
        raise psycopg.errors.ReadOnlySqlTransaction("transaction_read_only is on")


async def _configure(connection: TrioConnection[TupleRow]) -> None:
    """One statement is one round trip and one transaction; more of them ask for a block."""
    await connection.set_autocommit(True)
    register(connection)
