"""psycopg on Trio against a real server: what works, and what a cancellation leaves behind."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import psycopg
import pytest
import trio
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from clipsaver.trio_io import postgres_connection
from clipsaver.trio_io.postgres import TrioConnection


@asynccontextmanager
async def connected(url: str, **options: bool) -> AsyncIterator[TrioConnection[TupleRow]]:
    connection: TrioConnection[TupleRow] = await TrioConnection.connect(url, **options)
    try:
        yield connection
    finally:
        connection.close_now()


async def running_queries(url: str, text: str) -> int:
    """How many backends run a statement that holds `text`, other than this one."""
    async with connected(url) as observer:
        cursor = await observer.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE state = 'active' AND query LIKE %s AND pid <> pg_backend_pid()",
            [f"%{text}%"],
        )
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])


async def wait_for_running(url: str, text: str) -> None:
    with trio.fail_after(10):
        while await running_queries(url, text) == 0:
            pass


async def test_everything_psycopg_does(database_url: str) -> None:
    async with connected(database_url) as connection:
        await connection.execute("CREATE TABLE clip (id bigint primary key, name text)")
        async with connection.transaction():
            cursor = connection.cursor()
            await cursor.executemany(
                "INSERT INTO clip VALUES (%s, %s)", [(n, f"clip {n}") for n in range(100)]
            )
            assert cursor.rowcount == 100
        async with connection.pipeline():
            first = await connection.execute("SELECT count(*) FROM clip")
            second = await connection.execute("SELECT max(id) FROM clip")
        assert await first.fetchone() == (100,)
        assert await second.fetchone() == (99,)
        async with connection.cursor() as cursor:
            async with cursor.copy("COPY clip FROM STDIN") as copy:
                for n in range(100, 30_000):
                    await copy.write_row((n, "x" * 100))
            copied = 0
            async with cursor.copy("COPY clip TO STDOUT") as copy:
                async for _ in copy.rows():
                    copied += 1
        assert copied == 30_000
        async with connection.cursor("reader") as reader:
            reader.itersize = 1000
            await reader.execute("SELECT id FROM clip ORDER BY id")
            assert [row[0] async for row in reader] == list(range(30_000))
        await connection.commit()
        with pytest.raises(psycopg.errors.UniqueViolation):
            await connection.execute("INSERT INTO clip VALUES (1, 'again')")
        await connection.rollback()
        async with connection.transaction() as outer:
            await connection.execute("DELETE FROM clip")
            async with connection.transaction():
                await connection.execute("INSERT INTO clip VALUES (1, 'inner')")
            raise psycopg.Rollback(outer)
        cursor2 = await connection.execute("SELECT count(*) FROM clip")
        assert await cursor2.fetchone() == (30_000,)


async def test_a_large_parameter_is_sent_while_the_answer_comes(database_url: str) -> None:
    async with connected(database_url) as connection:
        text = "x" * 20_000_000
        cursor = await connection.execute("SELECT %s::text", [text])
        row = await cursor.fetchone()
        assert row is not None
        assert row[0] == text


async def test_notifications(database_url: str) -> None:
    async with (
        connected(database_url, autocommit=True) as listener,
        connected(database_url, autocommit=True) as speaker,
    ):
        await listener.execute("LISTEN clips")
        assert [n async for n in listener.notifies(timeout=0)] == []
        await speaker.execute("NOTIFY clips, 'one'")
        async with aclosing(listener.notifies(timeout=10)) as notices:
            async for notice in notices:
                assert notice.payload == "one"
                break
        with trio.move_on_after(0.01) as scope:
            async with aclosing(listener.notifies()) as notices:
                async for _ in notices:
                    raise AssertionError("nothing was sent")
        assert scope.cancelled_caught
        cursor = await listener.execute("SELECT 1")
        assert await cursor.fetchone() == (1,)


async def sleep_in_server(connection: TrioConnection[TupleRow]) -> None:
    await connection.execute("SELECT pg_sleep(60) /* slow */")


async def answers(connection: TrioConnection[TupleRow]) -> bool:
    cursor = await connection.execute("SELECT 42")
    return await cursor.fetchone() == (42,)


async def test_a_cancelled_query_ends_in_the_server_and_the_connection_goes_on(
    database_url: str,
) -> None:
    async with connected(database_url) as connection:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleep_in_server, connection)
            await wait_for_running(database_url, "/* slow */")
            nursery.cancel_scope.cancel()
        assert await running_queries(database_url, "/* slow */") == 0
        assert connection.info.transaction_status == TransactionStatus.INERROR
        await connection.rollback()
        assert await answers(connection)


async def test_a_cancelled_transaction_block_is_rolled_back(database_url: str) -> None:
    async with connected(database_url, autocommit=True) as connection:
        await connection.execute("CREATE TABLE clip (id int)")

        async def work() -> None:
            async with connection.transaction():
                await connection.execute("INSERT INTO clip VALUES (1)")
                async with connection.transaction():
                    await sleep_in_server(connection)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            await wait_for_running(database_url, "/* slow */")
            nursery.cancel_scope.cancel()
        assert connection.info.transaction_status == TransactionStatus.IDLE
        with trio.CancelScope() as scope:
            async with connection.transaction():
                await connection.execute("INSERT INTO clip VALUES (2)")
                scope.cancel()  # meets COMMIT
        assert connection.info.transaction_status == TransactionStatus.IDLE
        cursor = await connection.execute("SELECT * FROM clip")
        assert await cursor.fetchall() == []
        async with connection.transaction():
            assert await answers(connection)


async def test_a_cancelled_copy_leaves_the_connection_usable(database_url: str) -> None:
    async with connected(database_url) as connection:
        await connection.execute("CREATE TABLE clip (id bigint, name text)")
        await connection.commit()
        with trio.CancelScope() as scope:
            async with connection.cursor() as cursor, cursor.copy("COPY clip FROM STDIN") as copy:
                for n in range(10_000_000):  # never waits, and is cancelled nevertheless
                    await copy.write_row((n, "x" * 500))
                    if n == 5000:
                        scope.cancel()
        assert scope.cancelled_caught
        await connection.rollback()
        cursor2 = await connection.execute("SELECT count(*) FROM clip")
        assert await cursor2.fetchone() == (0,)
        with trio.CancelScope() as scope:
            async with connection.cursor() as cursor:
                query = "COPY (SELECT generate_series(1, 100000000)) TO STDOUT"
                async with cursor.copy(query) as copy:
                    async for _ in copy:
                        scope.cancel()
        assert scope.cancelled_caught
        await connection.rollback()
        assert await answers(connection)


async def test_a_cancelled_pipeline_closes_the_connection(database_url: str) -> None:
    async with connected(database_url) as connection:

        async def work() -> None:
            async with connection.pipeline():
                await connection.execute("SELECT 1")
                cursor = await connection.execute("SELECT pg_sleep(60) /* slow */")
                await cursor.fetchone()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            await wait_for_running(database_url, "/* slow */")
            nursery.cancel_scope.cancel()
        assert connection.closed
        with trio.fail_after(10):
            while await running_queries(database_url, "/* slow */"):
                pass


async def test_a_server_that_does_not_answer_is_given_up(
    database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(postgres_connection, "CANCEL_LIMIT_S", 0.2)
    async with connected(database_url) as connection, connected(database_url) as observer:
        pid = connection.info.backend_pid
        start = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleep_in_server, connection)
            await wait_for_running(database_url, "/* slow */")
            os.kill(pid, signal.SIGSTOP)
            nursery.cancel_scope.cancel()
        os.kill(pid, signal.SIGCONT)
        assert trio.current_time() - start < 4
        assert connection.closed
        assert "did not end" in caplog.text
        assert await answers(observer)


async def test_closing_wakes_who_waits(database_url: str) -> None:
    async with connected(database_url) as connection:

        async def waiter() -> None:
            with pytest.raises(psycopg.OperationalError, match="closed"):
                await sleep_in_server(connection)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(waiter)
            await wait_for_running(database_url, "/* slow */")
            await connection.close()


async def test_refused_connections(database_url: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        await TrioConnection.connect(database_url, dbname="no_such_database")
    with pytest.raises(psycopg.OperationalError, match=r"(?s)no address.*127.0.0.1.*::1"):
        await TrioConnection.connect("host=127.0.0.1,::1 port=1 dbname=x")


async def test_connecting_to_a_mute_server_times_out_and_can_be_cancelled() -> None:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        port = listener.socket.getsockname()[1]
        with pytest.raises(psycopg.errors.ConnectionTimeout):
            await TrioConnection.connect(f"host=127.0.0.1 port={port}", connect_timeout=2)
        with trio.move_on_after(0.05) as scope:
            await TrioConnection.connect(f"host=127.0.0.1 port={port}")
        assert scope.cancelled_caught


async def test_random_cancellations(database_url: str) -> None:
    dice = random.Random(1)
    async with connected(database_url, autocommit=True) as connection:
        await connection.execute("CREATE TABLE clip (id int primary key)")
        for n in range(200):
            with trio.move_on_after(dice.uniform(0, 0.003)):
                async with connection.transaction():
                    await connection.execute("INSERT INTO clip VALUES (%s)", [n])
                    await connection.execute("SELECT pg_sleep(0.0005)")
            if connection.closed:  # a BEGIN that was cancelled may leave it so
                break
            assert connection.info.transaction_status == TransactionStatus.IDLE
            cursor = await connection.execute("SELECT %s::int", [n])
            assert await cursor.fetchone() == (n,)
