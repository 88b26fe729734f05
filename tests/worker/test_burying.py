"""A buried job stops at once wherever it runs, keeps what it committed, and is a dead letter."""

from __future__ import annotations

import trio

from clipsaver.database.cancelling import bury_runs
from clipsaver.operating.cancelling import bury
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.dead_letters import dead
from clipsaver.queue.operating.dead_letters.dead_actions import retry
from clipsaver.simulator import Fault
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, a_world, scan_of
from tests.worker.test_cancelling import database_of, ended_before_the_wake, entries_of

ACT = Act("somebody@somewhere", why="it scans the wrong channel")


async def test_a_running_job_stops_within_a_second_and_can_be_retried(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=900)) as site, database_of(site) as database:
        site.simulator.faults.always(PAGES, Fault.latency(60.0), after=3)
        async with site.worker() as worker:
            (run_id,) = await site.push(scan_of(site.channels[0]))
            await site.has_read(3, run_id)
            begun = trio.current_time()
            (buried,), _ = await bury(site.link, database, ACT, await entries_of(site, run_id))
            assert buried.was_held
            report = await worker.stop()  # its grace is longer: only an idle worker stops so soon
            assert trio.current_time() - begun < 1.0
        assert report.outcomes == {"cancelled": 1}
        assert await site.rows("select state, pages, error from runs") == [("FAILED", 3, "buried")]
        site.simulator.faults.clear()
        assert (await site.drain()).outcomes == {}
        (letter,) = (await dead.look(site.link, count=5)).letters
        assert letter.death.error == "buried by somebody@somewhere: it scans the wrong channel"
        await retry(site.link, [letter.letter_id], ACT)
        assert (await site.drain()).outcomes == {"done": 1}
        assert await site.rows("select sum(messages)::int from runs") == [(900,)]


async def test_one_that_was_ended_in_the_database_alone_is_buried_by_who_takes_it(
    site_of: OpenSite,
) -> None:
    """The command died between the two steps."""
    async with site_of(a_world(messages=200)) as site, database_of(site) as database:
        await site.drain()
        (run_id,) = await site.push(scan_of(site.channels[0]))
        async with database.connection() as connection:
            await bury_runs(connection, {run_id: scan_of(site.channels[0])}, "buried by a test")
        assert (await site.drain()).outcomes == {"dead": 1}
        (letter,) = (await dead.look(site.link, count=5)).letters
        assert (letter.run_id, letter.death.reason) == (run_id, "buried")
        assert letter.death.error == "buried by a test"
        assert site.pages_asked == 0


async def test_a_page_that_is_refused_before_the_wake_is_no_lost_lease(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=900)) as site, database_of(site) as database:
        await ended_before_the_wake(site, database, bury_runs)
