"""Dead letters that a person has tried again, by real workers."""

from __future__ import annotations

import pytest

from clipsaver.queue import produce
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.dead_letters import dead, dead_actions
from clipsaver.queue.operating.dead_letters.dead_actions import Fate
from clipsaver.simulator import Fault
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, Site, a_world, planted, scan_of

ACT = Act("alice@desk")


async def retry_all(site: Site) -> list[str]:
    """The runs of the retries."""
    handled = await dead_actions.retry(site.link, (await dead.select(site.link)).ids, ACT)
    assert {one.fate for one in handled} == {Fate.RETRIED}
    return [str(one.run_id) for one in handled]


@pytest.mark.usefixtures("impatient")
async def test_a_retry_reads_the_rest_in_a_run_of_its_own(site_of: OpenSite) -> None:
    async with site_of(a_world()) as site:
        config = site.configured(retry={"max_attempts": 1})
        (run,) = await site.push(scan_of(site.channels[0], job_id="nightly"))
        site.simulator.faults.always(PAGES, Fault.latency(0.02))
        async with site.worker(config):
            await site.has_read(3)
            site.simulator.faults.always(PAGES, Fault.status(502))
            await site.event_came("dead", run)
        site.simulator.faults.clear()
        (again,) = await retry_all(site)
        assert (await site.drain()).outcomes == {"done": 1}
        assert await site.clips() == planted(site.world)
        runs = await site.rows(
            "select run_id, state, job_id, messages from runs order by created_at"
        )
        assert [(row[0], row[1], row[2]) for row in runs] == [
            (run, "FAILED", "nightly"),
            (again, "SUCCEEDED", "nightly"),
        ]
        assert runs[0][3] >= 300
        assert runs[0][3] + runs[1][3] == 700  # no message was read twice
        assert await site.dead() == []
        assert await site.keys_without_expiry() == set()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("is_same_job", [True, False])
async def test_a_retry_has_the_job_id_that_the_job_had(
    site_of: OpenSite, is_same_job: bool
) -> None:
    """While an unfinished run has it: the same job joins that one, another is dead again."""
    async with site_of(a_world(channels=2)) as site:
        first, second = site.channels
        config = site.configured(retry={"max_attempts": 1})
        site.simulator.faults.always(PAGES, Fault.status(502))
        await site.push(scan_of(first, job_id="nightly"))
        assert (await site.drain(config)).outcomes == {"dead": 1}
        site.simulator.faults.clear()
        site.simulator.faults.always(PAGES, Fault.latency(0.1))
        async with site.worker(config):
            (run,) = await site.push(scan_of(first if is_same_job else second, job_id="nightly"))
            await site.is_running(run)
            (again,) = await retry_all(site)
            await site.event_came("done" if is_same_job else "dead", again)
        if is_same_job:
            status = await produce.job_status(site.link, again)
            assert status is not None
            assert status.joined == run
            assert await site.dead() == []
        else:
            (letter,) = await site.dead()
            assert (letter["reason"], letter["run"]) == ("job_id_reused", again)
