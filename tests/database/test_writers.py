"""The service: pages go in by groups, each is settled alone, and nothing hangs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import psycopg
import pytest
import trio
import trio.testing
from psycopg.rows import TupleRow
from structlog.testing import capture_logs

from clipsaver.database import Database, PageWriters, open_database, writers
from clipsaver.database.migrations import migrate
from clipsaver.database.pages import commit_pages
from clipsaver.errors import ClipsaverError, DatabaseUnavailable, DataRejected, LeaseLost
from clipsaver.records import PageResult
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import a_clip, a_page, add_run, rows

LIMIT_S = 20


class Dice:
    """Jitter for tests: no wait is long, and each one is told."""

    def __init__(self) -> None:
        self.thrown = trio.Event()

    def __call__(self) -> float:
        self.thrown.set()
        return 0.01


@asynccontextmanager
async def running(
    database: Database, *, count: int = 1, dice: Callable[[], float] = lambda: 0.01
) -> AsyncIterator[PageWriters]:
    service = PageWriters(database, writers=count, dice=dice)
    with trio.fail_after(LIMIT_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(service.run)
            yield service
            nursery.cancel_scope.cancel()


async def add_runs(database: Database, count: int) -> None:
    async with database.connection() as conn:
        for number in range(count):
            await add_run(conn, f"s/{number}", channel_id=70 + number)


def page_of(number: int, *attachments: int, **fields: object) -> PageResult:
    channel = 70 + number
    clips = (a_clip(channel * 1000, k, channel_id=channel) for k in attachments)
    return a_page(f"s/{number}", 1, *clips, channel_id=channel, **fields)


async def outcomes_of(
    commit: Callable[[PageResult], Awaitable[None]], pages: list[PageResult]
) -> list[type[ClipsaverError] | None]:
    """What became of each page, all handed in at once."""
    outcomes: list[type[ClipsaverError] | None] = [None] * len(pages)

    async def one(place: int, page: PageResult) -> None:
        try:
            await commit(page)
        except ClipsaverError as error:
            outcomes[place] = type(error)

    async with trio.open_nursery() as nursery:
        for place, page in enumerate(pages):
            nursery.start_soon(one, place, page)
    return outcomes


async def test_a_page_is_in_when_commit_returns(database: Database) -> None:
    await add_runs(database, 1)
    async with running(database) as service:
        await service.commit(page_of(0, 1, 2))
        async with database.connection() as conn:
            assert await rows(conn, "select count(*) from clips") == [(2,)]
        statistics = service.statistics()
    assert (statistics.groups, statistics.pages, statistics.rows) == (1, 1, 4)
    assert (statistics.waiting, statistics.is_away) == (0, False)
    assert statistics.commit_seconds > 0


async def test_pages_that_wait_go_in_together(database: Database) -> None:
    await add_runs(database, 20)
    async with running(database) as service:
        outcomes = await outcomes_of(service.commit, [page_of(n, 1) for n in range(20)])
        assert outcomes == [None] * 20
        assert service.statistics().groups <= 2


async def test_writers_that_share_authors_and_channels_get_along(database: Database) -> None:
    await add_runs(database, 10)
    async with running(database, count=4) as service:
        for _ in range(5):
            pages = [page_of(n, 1, 2, 3) for n in range(10)]
            assert await outcomes_of(service.commit, pages) == [None] * 10
    async with database.connection() as conn:
        assert await rows(conn, "select sum(pages), sum(clips) from runs") == [(10, 30)]
        assert await rows(conn, "select count(*) from clips") == [(30,)]


async def test_a_second_page_of_a_run_goes_in_after_the_first(database: Database) -> None:
    """A group takes one page of a run; here three of them wait before the service starts."""
    await add_runs(database, 2)
    service = PageWriters(database, writers=1)
    with trio.fail_after(LIMIT_S):
        async with trio.open_nursery() as nursery:
            async with trio.open_nursery() as jobs:
                for page in (page_of(0), a_page("s/0", 2), page_of(1), a_page("s/0", 3)):
                    jobs.start_soon(service.commit, page)
                    await trio.testing.wait_all_tasks_blocked()
                await nursery.start(service.run)
            nursery.cancel_scope.cancel()
    assert (service.statistics().groups, service.statistics().pages) == (3, 4)
    async with database.connection() as conn:
        assert await rows(conn, "select pages from runs order by run_id") == [(3,), (1,)]


async def test_only_the_page_without_the_lease_is_refused(database: Database) -> None:
    await add_runs(database, 3)
    pages = [page_of(0, 1), page_of(1, 1, fence=4), page_of(2, 1)]
    async with running(database) as service:
        assert await outcomes_of(service.commit, pages) == [None, LeaseLost, None]


@pytest.mark.parametrize("bad", [0, 6, 10])
async def test_only_the_page_with_bad_data_is_rejected(database: Database, bad: int) -> None:
    await add_runs(database, 11)
    pages = [page_of(n, 1) for n in range(11)]
    pages[bad] = page_of(bad, 1, requests=2**63)
    async with running(database) as service:
        outcomes = await outcomes_of(service.commit, pages)
    assert outcomes == [DataRejected if n == bad else None for n in range(11)]
    async with database.connection() as conn:
        assert await rows(conn, "select count(*) from clips") == [(10,)]


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
    problems = [log["problem"] for log in logs if log["event"] == "database_away"]
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


async def test_when_the_writers_end_who_waits_is_told(database: Database) -> None:
    await add_runs(database, 1)
    service = PageWriters(database, writers=1)
    told: list[ClipsaverError] = []

    async def job() -> None:
        with pytest.raises(DatabaseUnavailable, match=r"the writers to .* have ended") as caught:
            await service.commit(page_of(0))
        told.append(caught.value)

    with trio.fail_after(LIMIT_S):
        async with (
            trio.open_nursery() as jobs,
            database.connection() as purge,
            purge.transaction(),
        ):
            await purge.execute("select from channels for update")
            async with trio.open_nursery() as nursery:
                await nursery.start(service.run)
                jobs.start_soon(job)
                await trio.testing.wait_all_tasks_blocked(0.05)
                nursery.cancel_scope.cancel()
        await job()
    assert len(told) == 2


async def test_a_page_whose_job_has_gone_is_not_taken_up(database: Database) -> None:
    await add_runs(database, 2)
    service = PageWriters(database, writers=1)
    with trio.fail_after(LIMIT_S):
        async with trio.open_nursery() as nursery:
            async with trio.open_nursery() as jobs:
                jobs.start_soon(service.commit, page_of(0))
                await trio.testing.wait_all_tasks_blocked()
                jobs.cancel_scope.cancel()
            await nursery.start(service.run)
            await service.commit(page_of(1))
            nursery.cancel_scope.cancel()
    async with database.connection() as conn:
        assert await rows(conn, "select pages from runs order by run_id") == [(0,), (1,)]


async def test_a_mistake_of_ours_ends_the_service_loudly(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_: object) -> None:
        raise psycopg.errors.SyntaxError("selec")

    monkeypatch.setattr(writers, "commit_pages", mistaken)
    service = PageWriters(database, writers=2)

    async def job() -> None:
        with pytest.raises(DatabaseUnavailable):
            await service.commit(page_of(0))

    with (
        trio.fail_after(LIMIT_S),
        pytest.RaisesGroup(pytest.RaisesExc(psycopg.errors.SyntaxError), flatten_subgroups=True),
    ):
        async with trio.open_nursery() as jobs:
            jobs.start_soon(job)
            await service.run()


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

    async def unanswered(conn: TrioConnection[TupleRow], pages: list[PageResult]) -> object:
        answers.append(await commit_pages(conn, pages))
        if len(answers) == 1:
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return answers[-1]

    monkeypatch.setattr(writers, "commit_pages", unanswered)
    async with running(database) as service:
        await service.commit(page_of(0, 1))
    assert answers == [[None], [None]]
    async with database.connection() as conn:
        assert await rows(conn, "select pages, clips from runs where run_id = 's/0'") == [(1, 1)]
