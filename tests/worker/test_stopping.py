"""The end of a worker: in time, with nothing lost and nothing that others must wait for."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from structlog.testing import capture_logs

from clipsaver.discord_rest.limits.lua import token_key
from clipsaver.errors import ExitCode, RedisUnavailable
from clipsaver.queue import intake
from clipsaver.queue.link import Link
from clipsaver.simulator import Fault
from clipsaver.trio_io.postgres import TrioConnection
from clipsaver.worker import leases
from clipsaver.worker.nursery import run_worker
from tests.worker.conftest import OpenSite
from tests.worker.site import LEASE_S, PAGES, a_world, open_site, planted, scan_of, until


async def test_a_stop_hands_jobs_back_and_others_go_on_at_once(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=3, messages=900)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.03))
        few = site.configured(worker={"reserved": 0, "concurrency": 3})
        async with site.worker(few) as first:
            await site.push(*map(scan_of, site.channels))
            await site.has_read(6)
            async with site.worker(few):
                stopped_at = trio.current_time()
                report = await first.stop()
                assert trio.current_time() - stopped_at < LEASE_S / 2
                assert report.outcomes == {"handback": 3}
                assert report.exit_code is ExitCode.DONE

                async def all_are_taken() -> bool:
                    rows = await site.rows("select deliveries from runs where state = 'RUNNING'")
                    return rows == [(2,)] * 3

                await until(all_are_taken, "the other worker has all of them")
                assert trio.current_time() - stopped_at < LEASE_S * 0.75
                site.simulator.faults.clear()
                await site.all_done(3)
        assert await site.clips() == planted(site.world)
        # Nothing was read twice, no attempt was used, and nobody counts it as a crash.
        assert await site.rows("select attempts, messages, pages from runs") == [(0, 900, 10)] * 3
        assert (await site.events()).count("handed_back") == 3


async def test_a_job_that_hangs_is_cut_off_after_the_grace(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=2)) as site:
        hanging, quick = site.channels
        pages_of = f"GET /channels/{hanging.channel_id}/messages"
        site.simulator.faults.always(pages_of, Fault.hang())
        config = site.configured(worker={"shutdown_grace": 0.3})
        async with site.worker(config) as worker:
            run, _ = await site.push(scan_of(hanging), scan_of(quick))
            await site.all_done(1)
            began = trio.current_time()
            assert (await worker.stop()).outcomes == {"done": 1, "handback": 1}
            assert 0.3 <= trio.current_time() - began < 2
        assert await site.rows("select state, attempts from runs where run_id = %s", run) == [
            ("QUEUED", 0)
        ]
        site.simulator.faults.clear()
        (entry,) = await site.pending()
        assert entry["time_since_delivered"] >= LEASE_S * 1000
        assert entry["times_delivered"] == 0
        assert (await site.drain()).outcomes == {"done": 1}
        assert await site.clips() == planted(site.world)


async def test_entries_that_nobody_saw_are_put_back(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop can cut off a read whose answer is on its way: the entries count as ours."""
    delivered = trio.Event()
    read, take_next = intake.read, intake.take_next

    async def without_answer(*arguments: Any, **keywords: Any) -> Any:
        entries = await read(*arguments, **keywords)
        if entries:
            delivered.set()
            await trio.sleep_forever()
        return entries

    async def next_without_answer(*arguments: Any, **keywords: Any) -> Any:
        found = await take_next(*arguments, **keywords)
        if found.entries:
            delivered.set()
            await trio.sleep_forever()
        return found

    async with site_of(a_world(messages=1)) as site:
        monkeypatch.setattr(intake, "read", without_answer)
        monkeypatch.setattr(intake, "take_next", next_without_answer)
        async with site.worker():
            await site.push(scan_of(site.channels[0]))
            await delivered.wait()
        (entry,) = await site.pending()
        assert entry["time_since_delivered"] >= LEASE_S * 1000
        assert entry["times_delivered"] == 0


async def test_a_clean_stop_leaves_no_trace(site_of: OpenSite) -> None:
    async with site_of(a_world()) as site:
        await site.push(scan_of(site.channels[0]))
        await site.drain()
        assert await site.consumers() == []
        assert await site.link.command("KEYS", "*worker*") == []


@pytest.mark.parametrize("script", ["take", "finish"])
async def test_a_stop_is_in_time_while_redis_is_away(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    """A job that waits for Redis, to begin or to be told its outcome, keeps no worker."""
    away = trio.Event()
    run = Link.run

    async def cut_off(self: Link, name: str, *arguments: Any) -> Any:
        if name == script:
            away.set()
        if away.is_set():
            raise RedisUnavailable("Redis is away")
        return await run(self, name, *arguments)

    monkeypatch.setattr(leases, "_LAST_WORDS_S", 0.2)
    config = {"shutdown_grace": 0.2}
    async with site_of(a_world(messages=50)) as site:
        monkeypatch.setattr(Link, "run", cut_off)
        async with site.worker(site.configured(worker=config)) as worker:
            await site.push(scan_of(site.channels[0]))
            await away.wait()
            began = trio.current_time()
            assert (await worker.stop()).outcomes["done"] == 0
            assert trio.current_time() - began < 2
        monkeypatch.setattr(Link, "run", run)
        await site.let_leases_run_out()
        await site.drain()
        assert await site.clips() == planted(site.world)


async def test_a_stop_hands_back_while_the_database_is_away(
    postgres_dsn: str, database_url: str, redis_url: str
) -> None:
    world = a_world(messages=900)
    async with open_site(world, database_url=database_url, redis_url=redis_url) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.02))
        admin = await TrioConnection.connect(postgres_dsn, autocommit=True)
        name = database_url.partition("@/")[2].partition("?")[0]
        config = site.configured(worker={"shutdown_grace": 0.2})
        with capture_logs() as logs:
            async with site.worker(config) as worker:
                await site.push(scan_of(site.channels[0]))
                await site.has_read(2)
                await admin.execute(f"alter database {name} allow_connections false")
                await admin.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
                    [name],
                )
                worker.stopping.set()
                await site.event_came("handed_back")
                await admin.execute(f"alter database {name} allow_connections true")
                assert (await worker.stop()).exit_code is ExitCode.DONE
        assert "jobs_cut_short" in [log["event"] for log in logs]
        await admin.close()
        await site.look_into(database_url)
        await site.drain()
        assert await site.clips() == planted(site.world)
        assert await site.rows("select state, messages from runs") == [("SUCCEEDED", 900)]


async def test_a_drain_that_is_stopped_says_so(site_of: OpenSite) -> None:
    async with site_of(a_world()) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.05))
        await site.push(scan_of(site.channels[0]))
        stopping, reports = trio.Event(), []

        async def drain() -> None:
            reports.append(await run_worker(site.config, stopping, drain=True))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(drain)
            await site.has_read(1)
            stopping.set()
        assert reports[0].exit_code is ExitCode.INTERRUPTED


async def test_a_drain_ends_at_once_where_nothing_is_left(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=1)) as site:
        report = await site.drain()
        assert (report.outcomes, report.exit_code) == ({}, ExitCode.DONE)


async def test_a_drain_waits_for_what_is_delayed(site_of: OpenSite) -> None:
    async with site_of(a_world()) as site:
        site.simulator.faults.next(PAGES, Fault.garbage(), times=2)
        await site.push(scan_of(site.channels[0]))
        report = await site.drain()
        assert (report.outcomes, report.exit_code) == ({"retry": 1, "done": 1}, ExitCode.DONE)
        assert await site.clips() == planted(site.world)


async def test_a_drain_gives_up_where_the_token_is_revoked(site_of: OpenSite) -> None:
    """The jobs stay where they are, as good as new."""
    async with site_of(a_world(messages=900)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.02))
        await site.push(scan_of(site.channels[0]))
        reports = []

        async def drain() -> None:
            reports.append(await site.drain())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(drain)
            await site.has_read(2)
            site.world.revoke()
        assert reports[0].exit_code is ExitCode.REFUSED_BY_DISCORD
        assert reports[0].outcomes == {"handback": 1}
        site.world.restore()
        # Held as rejected: it is not even tried before the five minutes are over.
        assert (await site.drain()).exit_code is ExitCode.REFUSED_BY_DISCORD
        assert site.simulator.statistics().status_count(401) == 1
        await site.link.command("HSET", token_key(site.simulator.token), "ask_again_at", 1)
        assert (await site.drain()).exit_code is ExitCode.DONE
        assert await site.clips() == planted(site.world)
        assert await site.rows("select state, attempts from runs") == [("SUCCEEDED", 0)]


async def test_a_worker_whose_token_is_rejected_takes_nothing(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=1)) as site:
        site.world.revoke()
        with capture_logs() as logs:
            await site.push(scan_of(site.channels[0]))
            report = await site.drain()
        assert report.exit_code is ExitCode.REFUSED_BY_DISCORD
        assert "token_rejected" in [log["event"] for log in logs]
        assert await site.link.command("XLEN", site.link.names.stream) == 1
