"""A worker that is paused takes nothing new; one that drains ends when it is idle."""

from __future__ import annotations

import trio

from clipsaver.queue.control import Asked, Order, read_asked, read_order
from clipsaver.queue.link import Consumer
from clipsaver.queue.operating import audit
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.control import order
from clipsaver.queue.operating.trees import ask_for_tree
from clipsaver.queue.operating.workers import WorkerState, list_workers
from clipsaver.simulator import Fault
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, Site, a_world, scan_of, until

ACT = Act("somebody@somewhere")


async def the_worker(site: Site) -> str:
    workers = await list_workers(site.link, lease_ms=3000)
    (name,) = [one.name for one in workers if one.state is not WorkerState.GONE]
    return name


async def ordered(site: Site, what: Order | None) -> None:
    await order(site.link, ACT, [await the_worker(site)], what)


async def test_a_paused_worker_finishes_what_it_has_and_takes_nothing_new(
    site_of: OpenSite, monkeypatch
) -> None:
    monkeypatch.setattr("clipsaver.worker.orders.LOOK_EVERY_S", 0.05)
    monkeypatch.setattr("clipsaver.worker.reporting.BEAT_EVERY_S", 0.05)
    async with site_of(a_world(channels=2, messages=400)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.2))
        async with site.worker() as worker:
            (first,) = await site.push(scan_of(site.channels[0]))
            await site.has_read(1, first)
            await ordered(site, Order.PAUSE)

            async def says_so() -> bool:
                return (await list_workers(site.link, lease_ms=3000))[0].state == "paused"

            await until(says_so, "the worker is paused")
            assert not worker.ended.is_set()
            site.simulator.faults.clear()
            await site.all_done(1)
            runs = await site.push(*[scan_of(channel) for channel in site.channels * 2])
            async with site.worker() as other:
                await site.all_done(5)
                report = await other.stop()
            # A read that was under way when the order came may have brought one.
            assert report.outcomes["done"] >= len(runs) - 1
            await ordered(site, None)
            await site.push(scan_of(site.channels[0]))
            await site.all_done(6)
        events = await audit.read(site.link, count=5)
        assert [event.action for event in events] == ["workers resume", "workers pause"]


async def test_a_draining_worker_ends_by_itself_and_leaves_no_order(
    site_of: OpenSite, monkeypatch
) -> None:
    monkeypatch.setattr("clipsaver.worker.orders.LOOK_EVERY_S", 0.05)
    async with site_of(a_world(messages=600)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.1))
        async with site.worker() as worker:
            (run_id,) = await site.push(scan_of(site.channels[0]))
            await site.has_read(1, run_id)
            await ordered(site, Order.DRAIN)
            await worker.ended.wait()
            assert worker.report is not None
            assert worker.report.outcomes == {"done": 1}
        assert await site.link.command("EXISTS", site.link.names.control) == 0


async def test_a_worker_shows_its_tasks_to_who_asks_wherever_that_is(
    site_of: OpenSite, monkeypatch
) -> None:
    monkeypatch.setattr("clipsaver.worker.orders.LOOK_EVERY_S", 0.05)
    async with site_of(a_world(messages=600)) as site:
        site.simulator.faults.always(PAGES, Fault.latency(0.2))
        (run_id,) = await site.push(scan_of(site.channels[0]))
        async with site.worker():
            await site.has_read(1, run_id)
            name = await the_worker(site)
            await order(site.link, ACT, [name], Order.PAUSE)
            first = await ask_for_tree(site.link, name, sleep=trio.sleep)
            again = await ask_for_tree(site.link, name, sleep=trio.sleep)
            me = Consumer(site.link, name, "h", 3000)
            assert await read_asked(me) == Asked(Order.PAUSE, wants_tree=False)
        assert first.at_ms < again.at_ms
        assert any(f"{run_id} [type=batch" in line for line in first.lines)
        assert any("it shows this" in line for line in first.lines)
        left_ms = await site.link.command("PTTL", site.link.names.tree(name))
        assert 0 < left_ms <= 300_000
        assert await site.link.command("EXISTS", site.link.names.control) == 0


async def test_an_order_is_for_one_name_and_expires_with_its_worker(site_of: OpenSite) -> None:
    async with site_of(a_world(messages=100)) as site:
        mine = Consumer(site.link, "mine", "h", 3000)
        other = Consumer(site.link, "other", "h", 3000)
        await order(site.link, ACT, ["mine"], Order.PAUSE)
        assert (await read_order(mine), await read_order(other)) == (Order.PAUSE, None)
        assert 0 < await site.link.command("PTTL", site.link.names.control) <= 86_400_000
        await site.link.command("HSET", site.link.names.control, "other", "dance")
        assert await read_order(other) is None
        await order(site.link, ACT, [], Order.PAUSE)
        assert len(await audit.read(site.link, count=5)) == 1
