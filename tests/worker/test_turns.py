"""Whose turn it is in a fleet that is busy: no guild waits for the end of another's jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import trio

from clipsaver.jobs import BatchJob
from clipsaver.scanning.scan import Scan, ScanEnd, ScanJob
from clipsaver.simulator import Fault
from clipsaver.worker.nursery import run_worker
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, a_world, messages_of, scan_of, until

SLOTS = 3


async def test_another_guilds_job_starts_within_two_slices_of_the_slots(site_of: OpenSite) -> None:
    """Its channel is of the first guild, so that it is dead as soon as it has begun."""
    async with site_of(a_world(channels=16, messages=3000)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.05))
        config = site.configured(worker={"concurrency": SLOTS, "reserved": 0, "slice": 0.2})
        *theirs, last = site.channels
        # Behind those that can run there are hundreds more that would wait for their channels.
        await site.push(*map(scan_of, theirs * 30))
        async with site.worker(config):
            await site.event_came("slice")
            sliced = (await site.events()).count("slice")
            (run,) = await site.push(scan_of(last, guild_id="1"))
            await site.event_came("dead", run)
            assert (await site.events()).count("slice") - sliced <= 2 * SLOTS


async def test_so_it_does_behind_ten_thousand_that_came_while_all_slots_were_taken(
    site_of: OpenSite,
) -> None:
    begun: list[str] = []
    last_begins = trio.Event()

    async def scan(job: ScanJob, of: Scan) -> ScanEnd:
        begun.append(job.guild_id)
        if job.guild_id == "2":
            last_begins.set()
        while not await of.after_page(of.start.progress, 0.5):  # noqa: ASYNC110 - a page
            await trio.sleep(0.05)
        return ScanEnd.PAUSED

    def jobs(guild_id: str, first: int, count: int) -> list[BatchJob]:
        return [
            BatchJob(guild_id=guild_id, channel_id=str(number))
            for number in range(first, first + count)
        ]

    async with site_of(a_world(messages=1)) as site, trio.open_nursery() as nursery:
        config = site.configured(worker={"concurrency": SLOTS, "reserved": 0, "slice": 0.5})
        stopping = trio.Event()
        await site.push(*jobs("1", 1000, SLOTS))
        nursery.start_soon(partial(run_worker, config, stopping, scan=scan))
        await until(checked(lambda: len(begun) == SLOTS), "all slots are taken")
        await site.push(*jobs("1", 2000, 10_000))
        await site.push(*jobs("2", 500, 1))
        others = len(begun)
        await last_begins.wait()
        assert len(begun) - others - 1 <= 4 * SLOTS  # two slices: the first ones are halves
        stopping.set()


def checked(condition: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return condition()

    return check


async def test_a_live_job_goes_before_backfills_without_reserved_slots(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=12, messages=3000)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.05))
        config = site.configured(worker={"concurrency": SLOTS, "reserved": 0, "slice": 0.2})
        *others, one = site.channels
        await site.push(*map(scan_of, others))
        async with site.worker(config):
            await site.event_came("slice")
            (run,) = await site.push(messages_of(one, 5))
            begun = (await site.events()).count("slice")

            async def is_over() -> bool:
                return bool({"done", "dead"} & set(await site.events(run)))

            await until(is_over, "the live job is over")
            assert (await site.events()).count("slice") - begun <= 2 * SLOTS + 1  # of halves
