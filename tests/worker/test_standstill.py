"""Redis stands still for longer than a lease: every lease has run out, and nobody has died."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import redis
import trio
from structlog.testing import capture_logs

from clipsaver.queue import intake
from clipsaver.queue.link import Consumer
from clipsaver.simulator import Fault
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, Site, a_world, scan_of, until

LEASE_S = 2.0
"""Shorter than the configuration takes; half of it is still longer than from one look for what has
run out to the next."""
_JUST_RENEWED_S = 0.15


@contextmanager
def standing_still(redis_url: str) -> Iterator[None]:
    """The server does nothing for the time of the block; what is sent to it waits."""
    with redis.Redis.from_url(redis_url) as client:
        pid = client.info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def just_renewed(site: Site, runs: int) -> None:
    """So that others ask for what has run out before the holders' next renewal."""

    async def condition() -> bool:
        idle_ms = [one["time_since_delivered"] for one in await site.pending()]
        return len(idle_ms) == runs and max(idle_ms) < _JUST_RENEWED_S * 1000

    await until(condition, "all have just renewed")


async def test_after_a_standstill_only_who_is_dead_loses_a_job(
    site_of: OpenSite, redis_url: str
) -> None:
    async with site_of(a_world(channels=3, messages=2400)) as site:
        *scanned, third = site.channels
        site.simulator.faults.always(PAGES, Fault.latency(0.3))
        full = site.configured(
            redis={"lease_seconds": LEASE_S},
            worker={"reserved": 0, "concurrency": 1, "slice": 60.0},
        )
        dead = Consumer(site.link, "dead", "elsewhere", round(LEASE_S * 1000))
        with capture_logs() as logs:
            async with site.worker(full), site.worker(full):
                for run in await site.push(*map(scan_of, scanned)):
                    await site.is_running(run)
                await just_renewed(site, 2)
                (orphan,) = await site.push(scan_of(third, limit=50))
                assert len(await intake.read(dead, 1, block_ms=1)) == 1
                with standing_still(redis_url):
                    await trio.sleep(1.1 * LEASE_S)
                await site.event_came("reclaimed", orphan)
                assert "done" not in await site.events()  # the scans went on all the time
                site.simulator.faults.clear()
                await site.all_done(3)
        assert await site.rows("select deliveries from runs") == [(1,)] * 3
        assert (await site.events()).count("reclaimed") == 1
        told = {log["event"] for log in logs}
        assert "redis_away" in told
        assert not told & {"lease_lost", "job_abandoned"}
