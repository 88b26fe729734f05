"""A cancelled job stops at once wherever it runs, keeps what it committed, and never comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import trio
from structlog.testing import capture_logs

from clipsaver.database import Database, open_database
from clipsaver.database.cancelling import cancel_runs
from clipsaver.operating.cancelling import cancel
from clipsaver.operating.rules import rules_of
from clipsaver.queue import produce
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.find import find
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.simulator import Fault
from clipsaver.worker import cancelling
from tests.worker.conftest import OpenSite
from tests.worker.site import LEASE_S, PAGES, Site, a_world, scan_of

ACT = Act("somebody@somewhere")


@asynccontextmanager
async def database_of(site: Site) -> AsyncIterator[Database]:
    url, schema = str(site.config.database.url), site.config.database.schema
    async with open_database(url, schema=schema, pool_size=2) as database:
        yield database


async def entries_of(site: Site, *runs: str) -> list[PendingEntry]:
    rules = rules_of(site.config)
    return [one for run_id in runs for one in await find(site.link, rules, run_id)]


async def has_ended(site: Site, run_id: str) -> bool:
    """Whether the worker is done with it, in the stream's eyes."""
    status = await produce.job_status(site.link, run_id)
    return status is not None and status.state is produce.JobState.CANCELLED


async def ended_before_the_wake(
    site: Site, database: Database, end: Callable[..., Awaitable[object]]
) -> None:
    """While a job is read, `end` takes the first of the two steps alone: the worker sees it by a
    page that is refused, which is no lost lease."""
    site.simulator.faults.always(PAGES, Fault.latency(0.2), after=1)
    with capture_logs() as logs:
        async with site.worker() as worker:
            (run_id,) = await site.push(scan_of(site.channels[0]))
            await site.has_read(1, run_id)
            async with database.connection() as connection:
                await end(connection, {run_id: scan_of(site.channels[0])}, "by a test")
            report = await worker.stop()
    assert report.outcomes == {"cancelled": 1}
    assert {"job_abandoned", "lease_lost"}.isdisjoint(log["event"] for log in logs)


async def states(site: Site) -> list[tuple[str, str]]:
    return await site.rows("select run_id, state from runs order by run_id")


async def test_a_running_job_stops_within_a_second_and_keeps_its_pages(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=900)) as site, database_of(site) as database:
        site.simulator.faults.always(PAGES, Fault.latency(60.0), after=3)
        async with site.worker() as worker:
            (run_id,) = await site.push(scan_of(site.channels[0]))
            await site.has_read(3, run_id)
            begun = trio.current_time()
            fates = await cancel(site.link, database, ACT, await entries_of(site, run_id))
            assert fates == {run_id: "held"}
            report = await worker.stop()  # its grace is longer: only an idle worker stops so soon
            assert trio.current_time() - begun < 1.0
        assert report.outcomes == {"cancelled": 1}
        assert await site.rows("select state, pages, messages, error from runs") == [
            ("CANCELLED", 3, 300, "cancelled")
        ]
        assert len(await site.clips()) > 0
        assert await site.pending() == []
        site.simulator.faults.clear()
        assert (await site.drain()).outcomes == {}


async def test_jobs_that_wait_never_begin(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=200)) as site, database_of(site) as database:
        await site.drain()  # makes the tables
        runs = await site.push(*[scan_of(site.channels[0])] * 3)
        fates = await cancel(site.link, database, ACT, await entries_of(site, *runs[:2]))
        assert set(fates.values()) == {"removed"}
        await site.drain()
        assert await states(site) == [
            (runs[0], "CANCELLED"), (runs[1], "CANCELLED"), (runs[2], "SUCCEEDED"),
        ]  # fmt: skip
        again = await cancel(site.link, database, ACT, [])
        assert again == {}


async def test_one_that_was_cancelled_in_the_database_alone_is_ended_by_who_takes_it(
    site_of: OpenSite,
) -> None:
    """The command died between the two steps."""
    async with site_of(a_world(messages=200)) as site, database_of(site) as database:
        await site.drain()
        (run_id,) = await site.push(scan_of(site.channels[0]))
        async with database.connection() as connection:
            await cancel_runs(connection, {run_id: scan_of(site.channels[0])}, "by a test")
        assert (await site.drain()).outcomes == {"cancelled": 1}
        assert await states(site) == [(run_id, "CANCELLED")]
        assert await has_ended(site, run_id)
        assert site.pages_asked == 0


async def test_a_holder_that_hears_nothing_learns_of_it_at_its_next_renewal(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancelling, "FROM_THE_FIRST", "99999999999999-0")  # deaf
    async with site_of(a_world(messages=900)) as site, database_of(site) as database:
        site.simulator.faults.always(PAGES, Fault.latency(60.0), after=2)
        async with site.worker() as worker:
            (run_id,) = await site.push(scan_of(site.channels[0]))
            await site.has_read(2, run_id)
            await cancel(site.link, database, ACT, await entries_of(site, run_id))

            with trio.fail_after(LEASE_S):
                report = await worker.stop()
        assert report.outcomes == {"cancelled": 1}
        assert await states(site) == [(run_id, "CANCELLED")]
        assert await has_ended(site, run_id)


async def test_a_page_that_is_refused_before_the_wake_is_a_cancel_too(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=900)) as site, database_of(site) as database:
        await ended_before_the_wake(site, database, cancel_runs)
        site.simulator.faults.clear()
        await site.let_leases_run_out()
        assert (await site.drain()).outcomes == {"cancelled": 1}  # as the command's second step
        assert await site.pending() == []


async def test_only_the_named_job_stops(site_of: OpenSite) -> None:
    world = a_world(channels=2, messages=600)
    async with site_of(world) as site, database_of(site) as database:
        site.simulator.faults.always(PAGES, Fault.latency(0.1))
        async with site.worker():
            first, second = await site.push(*map(scan_of, site.channels))
            await site.has_read(1, first)
            await site.has_read(1, second)
            await cancel(site.link, database, ACT, await entries_of(site, first))
            site.simulator.faults.clear()
            await site.all_done(1)
        assert await states(site) == [(first, "CANCELLED"), (second, "SUCCEEDED")]
