"""More than one delivery of a job: after a crash, a lost lease, or again and again."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from structlog.testing import capture_logs

from clipsaver.errors import RedisUnavailable
from clipsaver.queue.link import Link
from clipsaver.simulator import Fault
from clipsaver.worker.leases import LeaseKeeper
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, a_world, planted, scan_of, until


async def test_after_a_crash_another_worker_finishes_with_nothing_missing(
    site_of: OpenSite,
) -> None:
    async with site_of(a_world(channels=2, messages=900)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.02))
        await site.push(*map(scan_of, site.channels))
        async with site.worker() as worker:
            await site.has_read(6)
            await worker.die()
        read = await site.pages()
        assert {entry["times_delivered"] for entry in await site.pending()} == {1}
        await site.let_leases_run_out()
        site.simulator.faults.clear()
        asked = site.pages_asked
        assert (await site.drain()).outcomes == {"done": 2}
        assert await site.clips() == planted(site.world)
        # Each page counts once, and what was committed is not asked for again.
        counted = await site.rows("select state, pages, messages, deliveries from runs")
        assert counted == [("SUCCEEDED", 10, 900, 2)] * 2
        assert site.pages_asked - asked <= 20 - read + 2  # what was on its way counts late


async def test_who_slept_through_the_lease_changes_nothing(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site_of(a_world(messages=1500)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.5))
        wakes = trio.Event()
        renew = LeaseKeeper._renew

        async def asleep(self: LeaseKeeper) -> None:
            await wakes.wait()
            await renew(self)

        (run,) = await site.push(scan_of(site.channels[0]))
        with monkeypatch.context() as patch, capture_logs() as logs:
            patch.setattr(LeaseKeeper, "_renew", asleep)
            async with site.worker() as first:
                await site.has_read(2)
                fence = await site.rows("select fence from runs")
                await site.let_leases_run_out()
                async with site.worker() as second:

                    async def taken_over() -> bool:
                        return await site.rows("select fence from runs") > fence

                    await until(taken_over, "the second has it")
                    wakes.set()
                    assert (await first.stop()).outcomes == {"abandoned": 1}
                    site.simulator.faults.clear()
                    await site.all_done(1)
            assert second.report is not None
        assert second.report.outcomes == {"done": 1}
        assert {"job_abandoned", "lease_lost"} & {log["event"] for log in logs}
        assert await site.events(run) == ["reclaimed", "done"]
        assert await site.rows("select state, pages, messages from runs") == [
            ("SUCCEEDED", 16, 1500)
        ]
        assert await site.clips() == planted(site.world)


async def test_a_job_that_takes_its_workers_down_is_poison(site_of: OpenSite) -> None:
    async with site_of(a_world(channels=2)) as site:
        poison, sound = site.channels
        hanging = f"GET /channels/{poison.channel_id}/messages"
        site.simulator.faults.always(hanging, Fault.hang())
        config = site.configured(retry={"max_deliveries": 3})
        (run,) = await site.push(scan_of(poison))
        async with site.worker(config) as worker:
            await site.is_running(run)
            await worker.die()
        await site.let_leases_run_out(deliveries=3)
        await site.push(scan_of(sound))
        report = await site.drain(config)
        assert report.outcomes == {"dead": 1, "done": 1}
        (letter,) = await site.dead()
        assert (letter["reason"], letter["run"], letter["deliveries"]) == ("poisoned", run, 4)
        assert await site.rows("select state, error from runs where run_id = %s", run) == [
            ("FAILED", "poisoned")
        ]


async def test_a_job_that_gets_on_is_no_poison(site_of: OpenSite) -> None:
    """Its workers died three times, but each time after a page."""
    async with site_of(a_world(messages=900)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.02))
        config = site.configured(retry={"max_deliveries": 1})
        await site.push(scan_of(site.channels[0]))
        for crash in range(1, 4):
            async with site.worker(config) as worker:
                await site.has_read(2 * crash + 1)
                await worker.die()
            (entry,) = await site.pending()
            await site.let_leases_run_out(deliveries=entry["times_delivered"])
            # A crash after its first page is counted by the next delivery as one.
            config = site.configured(retry={"max_deliveries": 2})
        assert (await site.drain(config)).outcomes == {"done": 1}
        assert await site.clips() == planted(site.world)


@pytest.mark.parametrize("outcome", ["done", "dead"])
async def test_an_end_that_the_stream_was_not_told_of_is_told_by_the_next_delivery(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    """The database knows the end; the worker dies before the stream does."""
    told = trio.Event()
    run_script = Link.run

    async def silent(self: Link, name: str, *arguments: Any) -> Any:
        if name in ("finish", "bury"):
            told.set()
            await trio.sleep_forever()
        return await run_script(self, name, *arguments)

    async with site_of(a_world()) as site:
        guild_id = "1" if outcome == "dead" else str(site.channels[0].guild_id)
        await site.push(scan_of(site.channels[0], guild_id=guild_id))
        with monkeypatch.context() as patch:
            patch.setattr(Link, "run", silent)
            async with site.worker() as worker:
                await told.wait()
                await worker.die()
        ended = await site.rows("select state, ended_at, pages from runs")
        await site.let_leases_run_out()
        asked = site.pages_asked
        assert (await site.drain()).outcomes == {outcome: 1}
        assert await site.rows("select state, ended_at, pages from runs") == ended
        assert site.pages_asked == asked
        assert [letter["reason"] for letter in await site.dead()] == (
            ["wrong_guild"] if outcome == "dead" else []
        )


async def test_an_answer_that_got_lost_does_not_settle_twice(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[str] = []
    run_script = Link.run

    async def forgetful(self: Link, name: str, *arguments: Any) -> Any:
        reply = await run_script(self, name, *arguments)
        if name in ("take", "finish") and name not in lost:
            lost.append(name)
            raise RedisUnavailable("the answer got lost")
        return reply

    monkeypatch.setattr(Link, "run", forgetful)
    async with site_of(a_world()) as site:
        (run,) = await site.push(scan_of(site.channels[0]))
        assert (await site.drain()).outcomes == {"done": 1}
        assert lost == ["take", "finish"]
        assert await site.events(run) == ["done"]
        assert await site.rows("select deliveries from runs") == [(1,)]


async def test_a_fence_of_the_database_that_is_greater_is_overtaken(site_of: OpenSite) -> None:
    """Redis lost its data, and its clock went back."""
    async with site_of(a_world()) as site:
        (run,) = await site.push(scan_of(site.channels[0]))
        site.simulator.faults.always(PAGES, Fault.hang())
        async with site.worker() as worker:
            await site.is_running(run)
            await worker.die()
        await site.rows("update runs set fence = fence + 1000000000000 returning 1")
        await site.link.command("DEL", site.link.names.job(run))
        await site.let_leases_run_out()
        site.simulator.faults.clear()
        assert (await site.drain()).outcomes == {"done": 1}
        assert await site.clips() == planted(site.world)
