"""After Redis has lost everything, all runs that had begun end all the same."""

from __future__ import annotations

from clipsaver.operating.repairing import damage_of, put_all_back
from clipsaver.queue.intake import ensure_group
from clipsaver.queue.operating.audit import Act
from clipsaver.simulator import Fault
from tests.worker.conftest import OpenSite
from tests.worker.site import LEASE_S, PAGES, a_world, planted, scan_of, until
from tests.worker.test_cancelling import database_of

ACT = Act("somebody@somewhere")


async def test_after_a_flush_all_runs_that_had_begun_end(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=3, messages=600)) as site, database_of(site) as database:
        site.simulator.faults.always(PAGES, Fault.latency(60.0), after=3)
        first, second, third = site.channels
        async with site.worker() as worker:
            left_behind = await site.push(scan_of(second))
            await site.has_read(1, left_behind[0])
            await worker.stop()  # handed back: QUEUED
        site.simulator.faults.clear()
        site.simulator.faults.always(PAGES, Fault.latency(1.0))
        await site.link.command("DEL", site.link.names.stream)  # but for what a worker has
        await ensure_group(site.link)
        async with site.worker():
            runs = await site.push(scan_of(first))
            await site.has_read(1, runs[0])
            runs += await site.push(scan_of(first, known="reread"), scan_of(third))
            await site.event_came("wait", runs[1])  # put off, since the first has the channel
            await site.link.command("FLUSHALL")

            async def both_are_found() -> bool:
                damage = await damage_of(site.link, database, lease_s=LEASE_S)
                return {left_behind[0], runs[1]} <= set(damage.lost)

            await until(both_are_found, "what nobody has in hand is found lost")
            damage = await damage_of(site.link, database, lease_s=LEASE_S)
            assert runs[0] not in damage.lost
            restored = await put_all_back(site.link, database, ACT, damage.lost)
            assert {left_behind[0], runs[1]} <= set(restored)
            site.simulator.faults.clear()

            async def all_ended() -> bool:
                return await site.rows("select state from runs") == [("SUCCEEDED",)] * 4

            await until(all_ended, "all runs ended")
        assert await site.clips() == planted(site.world)
        assert (await damage_of(site.link, database, lease_s=0.0)).unfinished == 0


async def test_what_a_worker_has_in_hand_is_left_to_it(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=600)) as site, database_of(site) as database:
        site.simulator.faults.always(PAGES, Fault.latency(60.0), after=1)
        async with site.worker():
            (run_id,) = await site.push(scan_of(site.channels[0]))
            await site.has_read(1, run_id)
            healthy = await damage_of(site.link, database, lease_s=0.0)
            assert (healthy.unfinished, healthy.lost, healthy.recent) == (1, [], 0)
            await site.link.command("FLUSHALL")
            lost = await damage_of(site.link, database, lease_s=600.0)
            assert lost.lost == []
