"""Nothing stays behind: after all that can become of jobs and workers, every key goes by itself."""

from __future__ import annotations

import pytest

from clipsaver.database import open_database
from clipsaver.operating import cancelling
from clipsaver.operating.rules import rules_of
from clipsaver.queue import presence
from clipsaver.queue.events import Event, read_events
from clipsaver.queue.intake import WAITING
from clipsaver.queue.link import Consumer
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.find import find
from clipsaver.simulator import Fault, Limits, Rate
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, Site, a_world, messages_of, scan_of

HOUR_MS = 3_600_000
LONGEST_MS = {"{discord_clip_jobs}": 25 * HOUR_MS, "{clipsaver:limits": 15 * 24 * HOUR_MS}
"""By the beginning of a key: the run of a job is known for a day, a token for two weeks."""
EVERYTHING = {
    "done", "retry", "wait", "slice", "handed_back", "dead", "cancelled", "reclaimed",
    "worker_started", "worker_stopped",
}  # fmt: skip


async def cancel(site: Site, run_id: str) -> None:
    entries = await find(site.link, rules_of(site.config), run_id)
    schema = site.config.database.schema
    async with open_database(str(site.config.database.url), schema=schema, pool_size=2) as database:
        await cancelling.cancel(site.link, database, Act("somebody@somewhere"), list(entries))


async def all_goes_by_itself(site: Site) -> None:
    assert await site.keys_without_expiry() == set()
    for key in {key.decode() for key in await site.link.command("KEYS", "*")}:
        if key not in site.link.names.lasting:
            (longest_ms,) = (ms for begin, ms in LONGEST_MS.items() if key.startswith(begin))
            assert await site.link.command("PTTL", key) <= longest_ms, key


async def everything_happens(site: Site) -> None:
    """To jobs of four channels and three workers, of which the first is killed."""
    killed, sliced, cancelled, failing = site.channels
    site.simulator.faults.always(PAGES, Fault.latency(0.05))
    await site.push(scan_of(killed))
    async with site.worker() as worker:
        await site.has_read(2)
        await all_goes_by_itself(site)
        await worker.die()
    await site.let_leases_run_out()
    of_one = f"GET /channels/{failing.channel_id}/messages"
    site.simulator.faults.next(of_one, Fault.status(503), times=2)
    few = site.configured(worker={"concurrency": 4, "reserved": 1, "slice": 0.2})
    async with site.worker(few):
        await site.push(b"no job", *map(scan_of, (sliced, failing)))
        await site.push(scan_of(sliced, direction="forward"), messages_of(failing, 5))
        (ended,) = await site.push(scan_of(cancelled))
        for event in ("slice", "wait", "dead", "retry"):
            await site.event_came(event)
        await site.is_running(ended)
        await cancel(site, ended)
        await all_goes_by_itself(site)
    assert "handed_back" in await site.events()
    await site.drain()


@pytest.mark.usefixtures("impatient")
async def test_after_all_outcomes_only_what_shall_stay_is_left(site_of: OpenSite) -> None:
    limits = Limits(whole_token=None, per_route=Rate(20, 1.0), hidden=True)
    async with site_of(a_world(channels=4, messages=3000), limits=limits) as site:
        await everything_happens(site)
        found = await read_events(site.link, count=1000)
        assert {event.name for event in found} >= EVERYTHING
        assert [event.name for event in found][-1] == "worker_stopped"
        assert any(event.detail.get("pages", 0) > 20 for event in found if event.name == "done")
        await all_goes_by_itself(site)
        assert await site.link.command("KEYS", "*:worker:*") in ([], [_killed(found, site)])


def _killed(found: list[Event], site: Site) -> bytes:
    """The heartbeat of the worker that could not take it away."""
    (name,) = {event.worker for event in found if event.name == "reclaimed"}
    return site.link.names.worker(name).encode()


async def test_consumers_do_not_pile_up(site_of: OpenSite) -> None:
    """Those that leave take their name along; the name of one that was killed goes once silent."""
    async with site_of(a_world(messages=300)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.05))
        for number in range(3):
            await site.push(scan_of(site.channels[0], known="reread"))
            async with site.worker() as worker:
                await site.has_read(2 * (number + 1))
                assert len(await site.consumers()) == 1
                await worker.die()
            await site.let_leases_run_out()
            await site.drain()
            left = await site.consumers()
            assert len(left) == 1
            other = Consumer(site.link, "other", "host", 15_000)
            assert await presence.reap_silent(other) == []  # it may only be slow
            assert set(await presence.reap_silent(other, silent_ms=0)) - {WAITING} == set(left)
            assert await site.consumers() == []
