"""A database that is away, slow or torn off costs waiting, and counts nothing twice."""

from __future__ import annotations

import psycopg
import pytest
import trio
from psycopg.rows import TupleRow
from structlog.testing import capture_logs

from clipsaver.database import Database, PageWriters, open_database, writers
from clipsaver.database.migrations import migrate
from clipsaver.database.opt_outs import Marks
from clipsaver.database.pages import commit_pages
from clipsaver.database.search_pages import commit_search_page
from clipsaver.records import PageChanges, PageResult
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import a_clip, a_page, a_part, rows
from tests.database.running import LIMIT_S, Dice, add_runs, page_of, running


async def test_a_lost_connection_is_opened_again(database: Database) -> None:
    await add_runs(database, 2)
    async with running(database) as service:
        await service.commit(page_of(0))
        async with database.connection() as conn:
            await conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where query like '%%accepted%%' and pid <> pg_backend_pid() "
                "and datname = current_database()"
            )
        await service.commit(page_of(1))
    async with database.connection() as conn:
        assert await rows(conn, "select pages from runs order by run_id") == [(1,), (1,)]


async def test_a_transaction_in_the_way_is_waited_for(database_url: str) -> None:
    """Such as a purge that holds the channel; our side gives up after lock_timeout and repeats."""
    url, dice = f"{database_url}&options=-c%20lock_timeout%3D20ms", Dice()
    async with open_database(url, schema="s", pool_size=2) as database:
        async with database.connection() as conn:
            await migrate(conn, "s")
        await add_runs(database, 1)
        async with (
            running(database, dice=dice) as service,
            trio.open_nursery() as nursery,
            database.connection() as purge,
            purge.transaction(),
        ):
            await purge.execute("select from channels for update")
            nursery.start_soon(service.commit, page_of(0))
            await dice.thrown.wait()
    assert service.statistics().pages == 1


async def test_a_database_that_is_away_is_waited_for_and_named_once(
    database_url: str, postgres_dsn: str
) -> None:
    dice = Dice()
    name = database_url.partition("@/")[2].partition("?")[0]
    admin = await TrioConnection.connect(postgres_dsn, autocommit=True)
    with capture_logs() as logs:
        async with open_database(database_url, schema="s", pool_size=2) as database:
            async with database.connection() as conn:
                await migrate(conn, "s")
            await add_runs(database, 2)
            async with running(database, dice=dice) as service, trio.open_nursery() as nursery:
                await service.commit(page_of(0))
                await admin.execute(f"alter database {name} allow_connections false")
                await admin.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
                    [name],
                )
                nursery.start_soon(service.commit, page_of(1))
                for _ in range(3):
                    dice.thrown = trio.Event()
                    await dice.thrown.wait()
                assert service.statistics().is_away
                await admin.execute(f"alter database {name} allow_connections true")
            async with database.connection() as conn:
                assert await rows(conn, "select pages from runs order by run_id") == [(1,), (1,)]
    await admin.close()
    assert [log["event"] for log in logs].count("database_back") == 1
    problems = [log["error"] for log in logs if log["event"] == "database_away"]
    assert len(problems) == len(set(problems)) <= 2  # shut down, then not accepting connections
    assert f"database {name}" in problems[0]


async def test_waiting_until_ready_ends_when_the_server_is_there(
    tmp_path: object, postgres_dsn: str
) -> None:
    dice = Dice()
    async with open_database(f"host={tmp_path} dbname=x", schema="s", pool_size=1) as absent:
        with capture_logs() as logs, trio.fail_after(LIMIT_S):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(lambda: absent.wait_until_ready(dice=dice))
                await dice.thrown.wait()
                nursery.cancel_scope.cancel()
    assert [log["event"] for log in logs] == ["database_away"]
    async with open_database(postgres_dsn, schema="s", pool_size=1) as present:
        with trio.fail_after(LIMIT_S):
            await present.wait_until_ready()


async def test_connections_that_break_at_any_moment_count_nothing_twice(database: Database) -> None:
    """A connection can break before, while and after the server commits."""
    runs, pages = 6, 25
    await add_runs(database, runs)
    starting, started = trio.open_memory_channel[None](runs * pages)

    async def job(service: PageWriters, number: int) -> None:
        for page_number in range(1, pages + 1):
            clip = a_clip(page_number * 100, number, channel_id=70 + number)
            page = a_page(f"s/{number}", page_number, clip, channel_id=70 + number)
            if page_number % 5 == 0:
                starting.send_nowait(None)
            await service.commit(page)

    async def cut() -> None:
        async with database.connection() as conn:
            async for _ in started:
                await conn.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where query like "
                    "'%%accepted%%' and pid <> pg_backend_pid() and datname = current_database()"
                )

    async with (
        running(database, count=2, dice=lambda: 0.002) as service,
        trio.open_nursery() as cutting,
    ):
        cutting.start_soon(cut)
        async with trio.open_nursery() as jobs:
            for number in range(runs):
                jobs.start_soon(job, service, number)
        starting.close()
    async with database.connection() as conn:
        counted = await rows(conn, "select pages, messages, clips, requests from runs")
        assert counted == [(pages, pages * 100, pages, pages)] * runs
        assert await rows(conn, "select count(*) from clips") == [(runs * pages,)]


async def test_a_commit_that_nobody_was_told_of_counts_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server commits and the connection breaks before the answer."""
    await add_runs(database, 3)
    answers: list[object] = []

    async def unanswered(
        conn: TrioConnection[TupleRow], marks: Marks, pages: list[PageResult]
    ) -> object:
        answers.append(await commit_pages(conn, marks, pages))
        if len(answers) == 1:
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return answers[-1]

    monkeypatch.setattr(writers, "commit_pages", unanswered)
    async with running(database) as service:
        await service.commit(page_of(0, 1))
    assert answers == [[PageChanges(added=1)], [PageChanges()]]
    async with database.connection() as conn:
        assert await rows(conn, "select pages, clips from runs where run_id = 's/0'") == [(1, 1)]


async def test_a_page_of_a_search_that_nobody_was_told_of_counts_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_runs(database, 2)
    answers: list[object] = []

    async def unanswered(
        conn: TrioConnection[TupleRow], marks: Marks, parts: list[PageResult]
    ) -> object:
        answers.append(await commit_search_page(conn, marks, parts))
        if len(answers) == 1:
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return answers[-1]

    monkeypatch.setattr(writers, "commit_search_page", unanswered)
    parts = [a_part("s/0", k, a_clip(k * 1000, channel_id=k)) for k in (70, 71)]
    async with running(database) as service:
        await service.commit_parts(parts)
    assert answers == [PageChanges(added=2, by_search=2), PageChanges()]
    async with database.connection() as conn:
        assert await rows(conn, "select pages, clips from runs where run_id = 's/0'") == [(1, 2)]
