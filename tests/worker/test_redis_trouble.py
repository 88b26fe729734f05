"""A Redis that is full, a replica, or that throws keys away: said, and nothing lost or doubled."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
import trio
from structlog.testing import capture_logs

from clipsaver.config import Secret
from clipsaver.queue import produce
from clipsaver.queue.server import Hazard, Memory
from clipsaver.simulator import Fault
from clipsaver.worker import restoring, upkeep
from tests.queue.probe import promote
from tests.worker.conftest import OpenSite
from tests.worker.site import LEASE_S, PAGES, Site, Worker, a_world, planted, scan_of, until

Logs = list[Any]


@pytest.fixture
def logs() -> Iterator[Logs]:
    with capture_logs() as told:
        yield cast("Logs", told)


async def _said(logs: Logs, event: str, words: str = "") -> dict[str, Any]:
    """The first such line of the log; waits for it."""

    def found() -> list[dict[str, Any]]:
        return [log for log in logs if log["event"] == event and words in log.get("error", "")]

    async def condition() -> bool:
        return bool(found())

    await until(condition, f"{event} {words}")
    return found()[0]


@asynccontextmanager
async def _scanning(site_of: OpenSite, jobs: int = 3) -> AsyncIterator[tuple[Site, Worker]]:
    """A worker in the middle of a few scans; at the end all have to be done, once."""
    async with site_of(a_world(channels=jobs, messages=1200)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.03))
        await site.push(*map(scan_of, site.channels))
        async with site.worker() as worker:
            await site.has_read(5)
            yield site, worker
            await _finished(site, jobs)
        assert await site.clips() == planted(site.world)
        rows = await site.rows("select state, attempts, messages, pages from runs")
        assert rows == [("SUCCEEDED", 0, 1200, 13)] * jobs
        assert await site.link.command("XLEN", site.link.names.stream) == 0
        assert await site.dead() == []


async def _finished(site: Site, jobs: int) -> None:
    async def condition() -> bool:
        over = await site.rows("select count(*) from runs where state = 'SUCCEEDED'")
        left = await site.link.command("XLEN", site.link.names.stream)
        return over == [(jobs,)] and left == 0

    await until(condition, f"{jobs} jobs are over and off the stream")


async def test_a_login_that_is_refused_at_start_is_waited_for(
    site_of: OpenSite, logs: Logs
) -> None:
    """Passwords get changed while workers wait; each new reason is said."""
    async with site_of(a_world(messages=50)) as site:
        await site.push(scan_of(site.channels[0]))
        url = str(site.config.redis.url).replace("unix://", "unix://rotated:new@")
        worker = Worker()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(worker.run, site.configured(redis={"url": Secret(url)}))
                await _said(logs, "redis_away", "user name or the password; correct redis.url")
                await site.link.command("ACL SETUSER", "rotated", "on", ">new", "+@all", "-info")
                await _said(logs, "redis_away", "extend its ACL")
                await site.link.command("ACL SETUSER", "rotated", "~*", "+@all")
                await _said(logs, "redis_back")
                await site.all_done(1)
                worker.stopping.set()
        finally:
            with trio.move_on_after(5, shield=True):
                await site.link.command("ACL DELUSER", "rotated")
    assert [log["event"] for log in logs].count("redis_away") == 2


async def test_a_primary_that_becomes_a_replica_is_waited_for(
    site_of: OpenSite, logs: Logs
) -> None:
    async with _scanning(site_of) as (site, _):
        try:
            await site.link.command("REPLICAOF", "127.0.0.1", "1")
            await _said(logs, "redis_away", "point redis.url at the primary")
            await trio.sleep(LEASE_S / 2)
        finally:
            with trio.move_on_after(6, shield=True):
                await promote(site.link)
        await _said(logs, "redis_back")
    # It answers INFO all the while, which is no sign of its being back.
    assert [log["event"] for log in logs].count("redis_away") <= 3


async def test_a_full_memory_is_waited_for(site_of: OpenSite, logs: Logs) -> None:
    async with _scanning(site_of) as (site, _):
        try:
            await site.link.command("CONFIG SET", "maxmemory", "1mb")
            await _said(logs, "limits_away", "maxmemory")
            await _said(logs, "redis_away", "maxmemory")
            await trio.sleep(LEASE_S)
            pages = await site.pages()
        finally:
            with trio.CancelScope(shield=True):
                await site.link.command("CONFIG SET", "maxmemory", "0")
        await _said(logs, "redis_back")
        await site.has_read(pages + 3)
    # Nothing is sent that cannot be logged; leases go on, since renewals need no memory.
    assert "lease_lost" not in {log["event"] for log in logs}


@pytest.mark.parametrize("how", ["FLUSHALL", "DEL", "XGROUP DESTROY"])
async def test_a_lost_stream_gets_back_what_is_in_hand(
    site_of: OpenSite, logs: Logs, how: str
) -> None:
    async with _scanning(site_of) as (site, _):
        names = site.link.names
        words = {"DEL": [names.stream], "XGROUP DESTROY": [names.stream, names.group]}
        await site.link.command(how, *words.get(how, []))
        if how != "XGROUP DESTROY":  # there the jobs are still on the stream
            restored = await _said(logs, "jobs_restored")
            assert restored["jobs"] >= 1
        lost = await _said(logs, "stream_lost")
        assert "noeviction" in lost["hint"]
        assert names.stream in lost["stream"]
    restored = [log["jobs"] for log in logs if log["event"] == "jobs_restored"]
    assert sum(restored) <= 3
    assert [log["event"] for log in logs].count("stream_lost") == 1


async def test_a_loss_that_another_noticed_first_loses_nothing(
    site_of: OpenSite, logs: Logs
) -> None:
    """A producer makes the stream anew at once, and its group is there before we look."""
    async with _scanning(site_of) as (site, _):
        names = site.link.names
        last = (await site.link.command("XINFO STREAM", names.stream))["last-generated-id"]
        await site.link.together(
            [
                ("FLUSHALL",),
                ("XGROUP CREATE", names.stream, names.group, "0", "MKSTREAM"),
            ]
        )
        await _said(logs, "jobs_restored")
        (entry_id,) = await produce.push(site.link, [b"{}"])
        assert _parts(entry_id) > _parts(last.decode())
        await site.event_came("dead")
        await site.link.command("DEL", names.dead)


def _parts(entry_id: str) -> tuple[int, ...]:
    return tuple(map(int, entry_id.split("-")))


async def test_bookkeeping_that_is_evicted_costs_repeated_work_only(
    site_of: OpenSite, logs: Logs
) -> None:
    """What has an expiry is all that a volatile policy may take."""
    async with _scanning(site_of) as (site, _):
        for _ in range(4):
            keys = await site.link.command("KEYS", "*")
            for key in keys:
                if await site.link.command("PTTL", key) > 0:
                    await site.link.command("DEL", key)
            await trio.sleep(0.1)
    assert "jobs_restored" not in {log["event"] for log in logs}


@pytest.mark.parametrize("pages", [0, 2])
async def test_a_job_that_a_person_deleted_stays_deleted(
    site_of: OpenSite, logs: Logs, pages: int
) -> None:
    """Also one that notes its first page after that. It is said, once, and is no lost stream."""
    async with site_of(a_world(messages=1200)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.3))
        (run_id,) = await site.push(scan_of(site.channels[0]))
        async with site.worker():
            await site.is_running(run_id)
            await site.has_read(pages)
            (entry,) = await site.pending()
            await site.link.command("XDEL", site.link.names.stream, entry["message_id"])
            await _said(logs, "lease_lost")
            await _said(logs, "job_ended")
        assert await site.link.command("XLEN", site.link.names.stream) == 0
    told = [log for log in logs if log["event"] == "entry_deleted"]
    assert [log["entry"] for log in told] == [entry["message_id"].decode()]
    assert {"jobs_restored", "stream_lost"}.isdisjoint(log["event"] for log in logs)


async def test_one_entry_that_is_nowhere_is_no_lost_stream(site_of: OpenSite, logs: Logs) -> None:
    """A person has acknowledged it as well: it comes back, and nothing is said of the others."""
    async with _scanning(site_of, jobs=2) as (site, _):
        (entry, _) = await site.pending()
        names = site.link.names
        await site.link.together(
            [
                ("XACK", names.stream, names.group, entry["message_id"]),
                ("XDEL", names.stream, entry["message_id"]),
            ]
        )
        assert (await _said(logs, "jobs_restored"))["jobs"] == 1
    assert "stream_lost" not in {log["event"] for log in logs}


@pytest.mark.parametrize(
    ("limit", "policy", "hazard"),
    [
        (0, "allkeys-lru", Hazard.NOTHING),
        (100, "noeviction", Hazard.NOTHING),
        (100, "allkeys-lfu", Hazard.STREAM),
        (100, "volatile-ttl", Hazard.BOOKKEEPING),
        (100, "something-new", Hazard.STREAM),
    ],
)
def test_what_a_policy_may_throw_away(limit: int, policy: str, hazard: Hazard) -> None:
    assert Memory(limit, policy).hazard is hazard


async def test_a_policy_that_evicts_is_warned_of_once_per_change(
    site_of: OpenSite, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_LOOK_AT_MEMORY_EVERY_S", 0.02)
    async with site_of(a_world(messages=1)) as site, site.worker():
        try:
            await site.link.command("CONFIG SET", "maxmemory", "1gb")
            await site.link.command("CONFIG SET", "maxmemory-policy", "volatile-lru")
            await _said(logs, "redis_may_evict_bookkeeping")
            await site.link.command("CONFIG SET", "maxmemory-policy", "allkeys-lru")
            told = await _said(logs, "redis_may_evict_jobs")
            assert "set maxmemory-policy noeviction" in told["hint"]
            await trio.sleep(0.1)
        finally:
            with trio.CancelScope(shield=True):
                await site.link.command("CONFIG SET", "maxmemory-policy", "noeviction")
                await site.link.command("CONFIG SET", "maxmemory", "0")
        await _said(logs, "redis_evicts_nothing")
    events = [log["event"] for log in logs if log["event"].startswith("redis_")]
    assert len(events) == 3


def test_several_tasks_that_notice_one_loss_say_it_once(logs: Logs) -> None:
    async def main() -> None:
        loss = restoring.StreamLoss(cast(Any, _AnyLink()))
        loss.noticed()
        loss.noticed()

    trio.run(main)
    assert [log["event"] for log in logs] == ["stream_lost"]


class _AnyLink:
    class names:  # noqa: N801 - stands for an attribute
        stream = "clips"

    server = "here"
