"""A job whose work is over does not keep others waiting while its end is recorded."""

from __future__ import annotations

from functools import partial

import trio

from clipsaver.jobs import BatchJob
from clipsaver.scanning.scan import Scan, ScanEnd, ScanJob
from clipsaver.worker.nursery import run_worker
from tests.worker.conftest import OpenSite
from tests.worker.site import a_world


async def test_the_next_job_begins_while_the_end_of_the_last_one_is_recorded(
    site_of: OpenSite,
) -> None:
    begun: list[str] = []
    next_one = trio.Event()

    async with site_of(a_world(messages=1)) as site:

        async def scan(job: ScanJob, _: Scan) -> ScanEnd:
            begun.append(job.channel_id)
            if len(begun) == 1:  # whoever holds the run's row keeps its end from being recorded
                await site.database.execute("begin; select from runs for update")
            else:
                next_one.set()
            return ScanEnd.FINISHED

        async with trio.open_nursery() as nursery:
            config = site.configured(worker={"concurrency": 1, "reserved": 0})
            stopping = trio.Event()
            await site.push(
                *(BatchJob(guild_id="1", channel_id=str(n)) for n in (1001, 1002, 1003))
            )
            nursery.start_soon(partial(run_worker, config, stopping, scan=scan))
            await next_one.wait()
            await site.database.execute("rollback")
            await site.all_done(3)
            stopping.set()
