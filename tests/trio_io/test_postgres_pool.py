"""The pool: units of work are whole or not at all, and no connection is ever lost."""

from __future__ import annotations

import math
import random

import psycopg
import pytest
import trio
import trio.testing
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from clipsaver.trio_io.postgres import TrioConnection, TrioPool, open_pool


async def one(connection: TrioConnection[TupleRow], query: str, *params: object) -> object:
    cursor = await connection.execute(query, params)
    row = await cursor.fetchone()
    assert row is not None
    return row[0]


async def insert_and_fail(pool: TrioPool) -> None:
    async with pool.connection() as connection:
        await connection.execute("INSERT INTO clip VALUES (2)")
        await connection.execute("SELECT 1 / 0")


async def test_commit_and_rollback(database_url: str) -> None:
    async with open_pool(database_url, size=2) as pool:
        async with pool.connection() as connection:
            await connection.execute("CREATE TABLE clip (id int primary key)")
            await connection.execute("INSERT INTO clip VALUES (1)")
        with pytest.raises(psycopg.errors.DivisionByZero):
            await insert_and_fail(pool)
        with pytest.raises(psycopg.errors.UniqueViolation):
            async with pool.connection() as connection:
                await connection.execute("INSERT INTO clip VALUES (3), (1)")
        with trio.CancelScope() as scope:
            async with pool.connection() as connection:
                await connection.execute("INSERT INTO clip VALUES (4)")
                scope.cancel()
                await trio.lowlevel.checkpoint()
        async with pool.connection() as connection:
            assert await one(connection, "SELECT array_agg(id) FROM clip") == [1]
        counts = pool.statistics()
        assert (counts.opened, counts.idle, counts.in_use, counts.dropped) == (1, 1, 0, 0)


async def test_parameters_defaults_and_configure(database_url: str) -> None:
    async def configure(connection: TrioConnection[TupleRow]) -> None:
        await connection.execute("SET statement_timeout = '77s'")

    async with (
        open_pool(
            database_url, size=1, configure=configure, options="-c search_path=clips,public"
        ) as pool,
        pool.connection() as connection,
    ):
        assert await one(connection, "SHOW search_path") == "clips,public"
        assert await one(connection, "SHOW statement_timeout") == "77s"
        assert await one(connection, "SHOW application_name") == "clipsaver"
        assert connection.info.get_parameters()["keepalives_idle"] == "30"
    named = f"{database_url}&application_name=other"
    async with open_pool(named) as pool, pool.connection() as connection:
        assert await one(connection, "SHOW application_name") == "other"


async def test_a_failing_configure_keeps_nothing(database_url: str) -> None:
    async def configure(connection: TrioConnection[TupleRow]) -> None:
        await connection.execute("SELECT no_such_column")

    async with open_pool(database_url, size=1, configure=configure) as pool:
        for _ in range(3):
            with pytest.raises(psycopg.errors.UndefinedColumn):
                async with pool.connection():
                    raise AssertionError
        assert pool.statistics().in_use == 0


async def test_who_waits_longest_comes_first(database_url: str) -> None:
    order: list[int] = []
    async with open_pool(database_url, size=1) as pool, trio.open_nursery() as nursery:

        async def user(number: int) -> None:
            async with pool.connection() as connection:
                order.append(number)
                await one(connection, "SELECT 1")

        async with pool.connection():
            for number in range(5):
                nursery.start_soon(user, number)
                await trio.testing.wait_all_tasks_blocked()
            assert pool.statistics().waiting == 5
    assert order == [0, 1, 2, 3, 4]


async def end_it_while_it_works(pool: TrioPool) -> None:
    async with pool.connection() as connection, pool.connection() as other:
        await one(other, "SELECT pg_terminate_backend(%s)", connection.info.backend_pid)
        await one(connection, "SELECT 1")


async def test_connections_that_the_server_ended_are_replaced(database_url: str) -> None:
    async with open_pool(database_url, size=2) as pool:
        async with pool.connection() as first, pool.connection() as second:
            victim = second.info.backend_pid
            survivor = first.info.backend_pid
        async with pool.connection() as connection:
            assert connection.info.backend_pid == survivor
            assert await one(connection, "SELECT pg_terminate_backend(%s, 10000)", victim)
            async with pool.connection() as replacement:
                assert await one(replacement, "SELECT 1") == 1
                assert replacement.info.backend_pid != victim
        assert pool.statistics().dropped == 1
        with pytest.raises(psycopg.OperationalError):
            await end_it_while_it_works(pool)
        async with pool.connection() as connection:
            assert await one(connection, "SELECT 1") == 1


async def test_what_is_left_open_is_not_reused(database_url: str) -> None:
    async with open_pool(database_url, size=1) as pool:
        with trio.CancelScope() as scope:
            async with pool.connection() as connection, connection.pipeline():
                await connection.execute("SELECT 1")
                scope.cancel()
        assert scope.cancelled_caught
        async with pool.connection() as connection:
            assert await one(connection, "SELECT 1") == 1
        assert pool.statistics().dropped == 1


async def test_closing(database_url: str) -> None:
    async with open_pool(database_url, size=2) as pool:
        async with pool.connection() as used:
            async with pool.connection() as idle:
                assert not idle.closed
            pool.close()
            assert idle.closed
            assert await one(used, "SELECT 1") == 1
        assert used.closed
        with pytest.raises(psycopg.InterfaceError, match="closed"):
            async with pool.connection():
                raise AssertionError
        assert pool.statistics().in_use == 0


async def test_nothing_is_lost_to_random_cancellations(database_url: str) -> None:
    dice = random.Random(7)
    size = 3
    committed: set[int] = set()

    async def work(pool: TrioPool, numbers: range) -> None:
        for number in numbers:
            # Every fifth has all the time that it takes, however slow the machine.
            with trio.move_on_after(dice.uniform(0, 0.02) if number % 5 else math.inf):
                async with pool.connection() as connection:
                    await connection.execute("INSERT INTO clip VALUES (%s)", [number])
                    async with connection.transaction():
                        await one(connection, "SELECT pg_sleep(0.001)")
                committed.add(number)

    async with open_pool(database_url, size=size) as pool:
        async with pool.connection() as connection:
            await connection.execute("CREATE TABLE clip (id int primary key)")
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                for task in range(4 * size):
                    nursery.start_soon(work, pool, range(task * 25, task * 25 + 25))
        assert 60 <= len(committed) < 300
        counts = pool.statistics()
        assert (counts.in_use, counts.waiting) == (0, 0)
        assert counts.idle <= size
        async with (
            pool.connection() as first,
            pool.connection() as second,
            pool.connection() as third,
        ):
            for connection in (first, second, third):  # every slot is there
                assert connection.info.transaction_status == TransactionStatus.IDLE
            cursor = await first.execute("SELECT id FROM clip")
            stored = {row[0] for row in await cursor.fetchall()}
        assert committed <= stored  # a cancelled COMMIT may have happened
