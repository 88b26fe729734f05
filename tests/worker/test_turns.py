"""Whose turn it is in a fleet that is busy: no guild waits for the end of another's jobs."""

from __future__ import annotations

from clipsaver.simulator import Fault
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
            assert (await site.events()).count("slice") - begun <= SLOTS + 1
