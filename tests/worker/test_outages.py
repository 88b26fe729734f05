"""Servers that are killed in the middle of scans and come back: a state, not a failure."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from clipsaver.embedded import open_servers
from clipsaver.embedded.postgres import place_postgres
from clipsaver.embedded.processes import listening_pid
from clipsaver.embedded.valkey import place_valkey
from clipsaver.simulator import Fault
from tests.worker.site import PAGES, Site, a_world, open_site, planted, scan_of, until


@asynccontextmanager
async def _own_servers(data_dir: Path) -> AsyncIterator[Site]:
    """A site on durable servers that may be killed; the worker itself starts them again."""
    async with open_servers(data_dir, postgres=True, valkey=True) as servers:
        assert servers.database_url is not None
        assert servers.redis_url is not None
        world = a_world(channels=4, messages=1500)
        async with open_site(
            world, database_url=servers.database_url, redis_url=servers.redis_url
        ) as site:
            # `embedded` in this folder joins the servers that run already.
            yield site


@pytest.mark.parametrize("victim", ["postgres", "valkey"])
@pytest.mark.usefixtures("used_data_dir")
async def test_a_server_that_is_killed_costs_time_only(data_dir: Path, victim: str) -> None:
    async with _own_servers(data_dir) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.05))
        await site.push(*map(scan_of, site.channels[:3]))
        config = site.embedded_in(data_dir)
        with capture_logs() as logs:
            async with site.worker(config) as worker:
                await site.has_read(9)
                server = {"postgres": place_postgres, "valkey": place_valkey}[victim](data_dir)
                pid = listening_pid(server.socket)
                assert pid is not None
                os.kill(pid, signal.SIGKILL)

                async def is_back() -> bool:
                    return listening_pid(server.socket) not in (None, pid) and server.is_ready()

                await until(is_back, f"{victim} is started again")
                if victim == "postgres":
                    await site.look_into(server.url)
                site.simulator.faults.clear()
                await site.push(scan_of(site.channels[3]))
                await site.all_done(4)
        assert worker.report is not None
        assert worker.report.outcomes == {"done": 4}
        assert await site.clips() == planted(site.world)
        runs = await site.rows("select state, attempts, pages, messages from runs")
        assert runs == [("SUCCEEDED", 0, 16, 1500)] * 4
        away = {"postgres": "database_away", "valkey": "redis_away"}[victim]
        told = [log["event"] for log in logs]
        assert 1 <= told.count(away) <= 3, told
        assert told.count(away.replace("away", "back")) >= 1
