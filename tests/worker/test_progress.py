"""What is told of jobs in hand, and how often; the clock is a test's, and so is the store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import trio

from clipsaver.outage import Outage
from clipsaver.queue.entries import parse_entry
from clipsaver.queue.lease import Lease
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.queue.progress import Obstacle
from clipsaver.records import RunProgress
from clipsaver.worker.leases import Held
from clipsaver.worker.progress import Progress

RUN = "clips/1-0"


@dataclass
class Store:
    """In the place of Redis: keeps what each write said, and when."""

    names: Names = field(default_factory=lambda: Names("clips", "workers"))
    told: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    obstacles: dict[str, Obstacle] = field(default_factory=dict)
    looks: int = 0

    async def run(self, name: str, keys: list[Any], arguments: list[Any]) -> int:
        await trio.lowlevel.checkpoint()
        at = 0
        for key in keys:
            fields = arguments[at + 2 : at + 2 + arguments[at + 1]]
            at += 2 + arguments[at + 1]
            told = dict(zip(fields[::2], fields[1::2], strict=True))
            self.told.append((trio.current_time(), key, told))
        return len(keys)

    def look(self) -> dict[str, Obstacle]:
        self.looks += 1
        return self.obstacles

    @property
    def waits(self) -> list[str]:
        """What each write said that the job waits for."""
        return [told["waits_for"] for _, _, told in self.told]


@asynccontextmanager
async def served() -> AsyncIterator[tuple[Store, Progress]]:
    store = Store()
    me = Consumer(cast(Link, cast(Any, store)), "me", "host", 15_000)
    progress = Progress(me, Outage("redis"), store.look, lambda: 1_000_000 + trio.current_time())
    async with trio.open_nursery() as nursery:
        await nursery.start(progress.run)
        yield store, progress
        nursery.cancel_scope.cancel()


def a_delivery(fence: int = 1) -> Held:
    return Held(Lease(parse_entry("clips", "1-0", {}), fence=fence, deliveries=1))


def pages(count: int) -> RunProgress:
    return RunProgress(pages=count, messages=100 * count)


async def test_how_much_is_left_of_a_job_is_told_of_this_delivery_alone(autojump_clock):
    async with served() as (_, progress):
        held = a_delivery()
        with progress.following(held):
            assert progress.left_messages(held) is None
            progress.goes_on(held, "scan", RunProgress())
            for number in range(1, 6):
                await trio.sleep(1)
                progress.report(held, pages(number), number / 10)
            left = progress.left_messages(held)
            assert left is not None
            assert round(left) == 500
            assert progress.left_messages(a_delivery(fence=2)) is None
        assert progress.left_messages(held) is None


async def test_a_job_is_told_at_most_four_times_a_second(autojump_clock):
    async with served() as (store, progress):
        held = a_delivery()
        with progress.following(held):
            progress.goes_on(held, "scan", RunProgress())
            for number in range(1, 1001):
                progress.report(held, pages(number), number / 1000)
                await trio.sleep(0.01)
        await trio.sleep(1)
        assert 30 <= len(store.told) <= 4 * 10 + 2
        _, key, last = store.told[-1]
        assert key == store.names.job(RUN)
        assert (last["pages"], last["share"], last["stage"]) == (1000, "1.0000", "scan")


async def test_rate_and_end_are_told(autojump_clock):
    async with served() as (store, progress):
        held = a_delivery()
        with progress.following(held):
            progress.goes_on(held, "scan", pages(5))
            began = trio.current_time()
            for number in range(1, 11):
                await trio.sleep(1)
                progress.report(held, pages(5 + number), number / 100)
            await trio.sleep(0.3)
        told = store.told[-1][2]
        assert float(told["rate"]) == 100.0
        assert abs(told["eta_at"] / 1000 - (1_000_000 + began + 100)) < 1


async def test_of_a_short_job_nothing_is_told_on_the_way(autojump_clock):
    async with served() as (store, progress):
        for _ in range(50):
            held = a_delivery()
            with progress.following(held):
                progress.goes_on(held, "scan", RunProgress())
                await trio.sleep(0.9)
        assert store.told == []
        looks = store.looks
        await trio.sleep(60)
        assert store.looks == looks  # with no job in hand nobody looks


async def test_a_job_without_pages_shows_its_stage_and_leaves_what_was_counted(autojump_clock):
    async with served() as (store, progress):
        began = trio.current_time()
        with progress.following(a_delivery()):
            await trio.sleep(60)
        ((at, _, told),) = store.told
        assert 1 <= at - began <= 2
        assert told["stage"] == "begin"
        assert "pages" not in told
        assert "share" not in told


async def test_a_wait_is_told_and_taken_back(autojump_clock):
    async with served() as (store, progress):
        held = a_delivery()
        with progress.following(held):
            progress.goes_on(held, "scan", RunProgress())
            progress.report(held, pages(1), 0.1)
            await trio.sleep(1)
            store.obstacles = {RUN: Obstacle("bucket", "GET /x of 7", 1_000, 9_000)}
            await trio.sleep(3)
            store.obstacles = {RUN: Obstacle("bucket", "GET /x of 7", 1_000, 9_900)}
            await trio.sleep(0.9)
            assert store.waits == ["", "bucket"]
            told = store.told[-1][2]
            assert (told["waits_of"], told["waits_since"]) == ("GET /x of 7", 1_000)
            assert told["waits_until"] == 9_000
            store.obstacles = {RUN: Obstacle("bucket", "GET /x of 7", 1_000, 12_000)}
            await trio.sleep(0.9)
            store.obstacles = {RUN: Obstacle("pace")}
            await trio.sleep(0.9)
            assert store.waits == ["", "bucket", "bucket", "pace"]
            progress.report(held, pages(2), 0.2)
            store.obstacles = {}
            await trio.sleep(0.9)
            assert store.waits[4:] == [""]


async def test_while_no_page_comes_the_rate_falls(autojump_clock):
    async with served() as (store, progress):
        held = a_delivery()
        with progress.following(held):
            progress.goes_on(held, "scan", RunProgress())
            for number in range(1, 6):
                await trio.sleep(1)
                progress.report(held, pages(number), number / 100)
            await trio.sleep(0.5)
            before = len(store.told)
            await trio.sleep(300)
        rates = [float(told["rate"]) for _, _, told in store.told[before - 1 :]]
        assert rates == sorted(rates, reverse=True)
        assert rates[-1] == 0.0
        assert len(rates) <= 10  # one each five seconds, until there is nothing to take back
        assert store.told[-1][2]["eta_at"] == ""


async def test_a_delivery_that_was_passed_over_tells_nothing_more(autojump_clock):
    async with served() as (store, progress):
        old, new = a_delivery(1), a_delivery(2)
        with progress.following(old), progress.following(new):
            progress.goes_on(new, "scan", RunProgress())
            progress.goes_on(old, "list", pages(9))
            progress.report(old, pages(9), 0.9)
            progress.report(new, pages(1), 0.1)
            await trio.sleep(0.3)
            assert [told["pages"] for _, _, told in store.told] == [1]


async def test_what_was_not_written_goes_with_the_end(autojump_clock):
    async with served() as (store, progress):
        held = a_delivery()
        with progress.following(held):
            progress.goes_on(held, "scan", RunProgress())
            progress.report(held, pages(1), 0.5)
            report = progress.take(RUN)
            assert report is not None
            assert report.progress == pages(1)
            await trio.sleep(0.3)
            assert store.told == []
            assert progress.take(RUN) is None
