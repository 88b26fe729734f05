"""A primary that dies under a worker: its sentinels promote a replica, and the worker goes on."""

from __future__ import annotations

import sys

import pytest
import redis
from structlog.testing import capture_logs

from clipsaver.simulator import Fault
from tests.sentinels import watched_servers
from tests.worker.site import PAGES, a_world, open_site, planted, scan_of, until

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="there is no trio-asyncio for it"
)

JOBS = 6


async def test_a_failover_costs_time_only(postgres_dsn: str) -> None:
    """What the replica had not received yet is done again, and nothing is done by two."""
    with (
        watched_servers(replicas=1, sentinels=3, down_after_ms=500) as watched,
        capture_logs() as logs,
    ):
        async with open_site(
            a_world(channels=JOBS + 1, messages=1500),
            database_url=postgres_dsn,
            redis_url=watched.url,
            schema="failover",
        ) as site:
            site.simulator.faults.always(PAGES, Fault.latency(0.1))
            await site.push(*map(scan_of, site.channels[:JOBS]))
            async with site.worker() as worker:
                await site.has_read(2 * JOBS)
                with redis.Redis.from_url(watched.primary_url) as primary:
                    primary.wait(1, 2000)  # what was pushed has reached the replica
                killed = watched.primary
                watched.kill_primary()

                async def is_promoted() -> bool:
                    return watched.primary != killed

                await until(is_promoted, "a replica is promoted")
                site.simulator.faults.clear()
                await site.push(scan_of(site.channels[JOBS]))

                async def all_over() -> bool:
                    over = await site.rows("select count(*) from runs where state = 'SUCCEEDED'")
                    left = await site.link.command("XLEN", site.link.names.stream)
                    return over == [(JOBS + 1,)] and left == 0

                await until(all_over, "all jobs are over and off the stream")
            assert worker.report is not None
            assert await site.clips() == planted(site.world)
            runs = await site.rows("select state, messages from runs")
            assert runs == [("SUCCEEDED", 1500)] * (JOBS + 1)
            assert await site.dead() == []
            assert await site.pending() == []
            assert await site.link.command("ZCARD", site.link.names.delayed) == 0
    told = [log["event"] for log in logs]
    assert told.count("redis_back") >= 1
    assert not [log for log in logs if log["log_level"] in ("error", "critical")]
