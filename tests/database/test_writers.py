"""The service: pages go in by groups, each is settled alone, and nothing hangs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import psycopg
import pytest
import trio
import trio.testing
from structlog.testing import capture_logs

from clipsaver.database import Database, PageWriters, writers
from clipsaver.errors import ClipsaverError, DatabaseUnavailable, DataRejected, LeaseLost
from clipsaver.records import PageChanges, PageResult
from tests.database.making import a_clip, a_page, a_part, rows
from tests.database.running import LIMIT_S, add_runs, page_of, running


async def outcomes_of(
    commit: Callable[[PageResult], Awaitable[PageChanges]], pages: list[PageResult]
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
    assert sum(statistics.commit_times) == 1


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


def a_search(run: int, *channels: int, **fields: object) -> list[PageResult]:
    """A page of it with a clip in each of the channels of these runs."""
    return [
        a_part(f"s/{run}", 70 + k, a_clip((70 + k) * 1000, 9, channel_id=70 + k), **fields)
        for k in channels
    ]


async def test_pages_of_searches_and_of_histories_go_in_side_by_side(database: Database) -> None:
    """A search has a group of its own; what waits behind it does not wait for ever."""
    await add_runs(database, 6)
    service = PageWriters(database, writers=1)
    with trio.fail_after(LIMIT_S):
        async with trio.open_nursery() as nursery:
            async with trio.open_nursery() as jobs:
                for pages in ([page_of(0, 1)], a_search(4, 0, 1, 2), [page_of(1, 1)]):
                    jobs.start_soon(service.commit_parts, pages)
                    await trio.testing.wait_all_tasks_blocked()
                jobs.start_soon(service.commit, a_search(5, 3)[0])
                await trio.testing.wait_all_tasks_blocked()
                assert service.waiting() == {"s/0", "s/1", "s/4", "s/5"}
                await nursery.start(service.run)
            nursery.cancel_scope.cancel()
    statistics = service.statistics()
    assert (statistics.groups, statistics.pages, statistics.clips) == (3, 4, 6)
    async with database.connection() as conn:
        counted = await rows(conn, "select pages, clips, clips_by_search from runs order by run_id")
    assert counted == [(1, 1, 0), (1, 1, 0), (0, 0, 0), (0, 0, 0), (1, 3, 3), (1, 1, 1)]


async def test_a_hit_that_cannot_be_stored_costs_only_itself(
    database: Database,
) -> None:
    await add_runs(database, 3)
    good, bad, other = a_search(0, 0, 1, 2)
    clip = a_clip(71_000, channel_id=71, width=2**31)
    bad = replace(bad, clips=(clip,), search_left="next")
    async with running(database) as service:
        with capture_logs() as log:
            changes = await service.commit_parts([good, bad, other])
        assert changes == PageChanges(added=2, by_search=2)
        (told,) = log
        assert (told["event"], told["run"], told["channel"]) == ("search_hit_not_stored", "s/0", 71)
        assert "out of range" in told["error"]
        alone = replace(bad, page_number=2)
        assert await service.commit_parts([alone]) == PageChanges()
        with pytest.raises(DataRejected):
            await service.commit_parts([replace(alone, page_number=3, requests=2**63)])
    async with database.connection() as conn:
        found = await rows(conn, "select pages, clips, search_left from runs where run_id = 's/0'")
    assert found == [(2, 4, "next")]


async def test_a_search_without_the_lease_is_refused(database: Database) -> None:
    await add_runs(database, 2)
    async with running(database) as service:
        with pytest.raises(LeaseLost):
            await service.commit_parts(a_search(0, 0, 1, fence=4))


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [*a_search(0, 0), *a_search(1, 1)],
        [*a_search(0, 0), *a_search(0, 1, page_number=2)],
        [page_of(0, 1), *a_search(0, 1)],
    ],
)
async def test_what_is_not_one_page_of_a_search_is_a_mistake(
    database: Database, parts: list[PageResult]
) -> None:
    with pytest.raises(ValueError, match="page"):
        await PageWriters(database, writers=1).commit_parts(parts)


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
