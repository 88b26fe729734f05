"""psycopg on Trio against a real server: what works, and what a cancellation leaves behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import psycopg
import pytest
import trio
from psycopg.rows import TupleRow

from clipsaver.trio_io.postgres import TrioConnection


@asynccontextmanager
async def connected(url: str, **options: bool) -> AsyncIterator[TrioConnection[TupleRow]]:
    connection: TrioConnection[TupleRow] = await TrioConnection.connect(url, **options)
    try:
        yield connection
    finally:
        await connection.close()


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
        while not await running_queries(url, text):
            await trio.lowlevel.checkpoint()


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


async def test_cancel_query(database_url: str) -> None:
    async with connected(database_url) as connection, trio.open_nursery() as nursery:

        async def sleeper() -> None:
            await connection.execute("SELECT pg_sleep(60) /* slow */")

        nursery.start_soon(sleeper)
        await wait_for_running(database_url, "/* slow */")
        nursery.cancel_scope.cancel()
    # the connection was closed by its block; what counts is that the server stopped
    assert await running_queries(database_url, "/* slow */") == 0
