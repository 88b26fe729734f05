"""A worker scans, and what is painted is held against what it reports."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import trio

from clipsaver.config import Config
from clipsaver.queue.operating.reports import statuses
from clipsaver.queue.produce import JobState
from clipsaver.simulator import Fault
from tests.tui.live.driving import person_at
from tests.tui.live.stage import on_asyncio
from tests.worker.site import LEASE_S, PAGES, a_world, open_site, scan_of, up_for

_DONE = re.compile(r"([\d,]+) / ~?[\d.,kM]+")
"""In the column DONE: messages so far, of how many."""


@contextmanager
def scanning(database_url: str, redis_url: str) -> Iterator[tuple[Config, str]]:
    """A worker in a thread of its own, as it is Trio's, and the run that it works on."""
    begun: Future[tuple[Config, str]] = Future()
    is_over = threading.Event()

    async def work() -> None:
        world = a_world(messages=3000)
        async with open_site(
            world, database_url=database_url, redis_url=redis_url, schema="site_watched"
        ) as site:
            site.simulator.faults.always(PAGES, Fault.latency(0.08))
            (run_id,) = await site.push(scan_of(site.channels[0]))
            begun.set_result((site.config, run_id))
            await site.drain()
            await trio.to_thread.run_sync(is_over.wait)

    def run() -> None:
        try:
            trio.run(work)
        except BaseException as error:
            if not begun.done():
                begun.set_exception(error)
            raise

    up_for(redis_url, LEASE_S + 1)
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield begun.result(timeout=20)
    finally:
        is_over.set()
        thread.join(timeout=20)
        assert not thread.is_alive()


def test_progress_is_painted_within_600_ms_of_the_report(postgres_dsn: str, redis_url: str) -> None:
    reported: list[tuple[float, int]] = []
    painted: list[tuple[float, int]] = []

    async def act(config: Config, run_id: str) -> None:
        async with person_at(config, tick_s=1.0) as person:
            while True:
                status = (await statuses(person.stage.link, [run_id])).get(run_id)
                now = time.monotonic()
                if status and status.messages != (reported[-1][1] if reported else 0):
                    reported.append((now, status.messages))
                shown = _DONE.search(person.shown)
                messages = int(shown[1].replace(",", "")) if shown else 0
                if messages != (painted[-1][1] if painted else 0):
                    painted.append((now, messages))
                if status and status.state is JobState.DONE:
                    break
                await asyncio.sleep(0.02)
            await person.sees("done: 31 pages")

    with scanning(postgres_dsn, redis_url) as (config, run_id):
        on_asyncio(lambda: act(config, run_id))

    late = []
    for at, messages in reported:
        seen_at = next((when for when, shown in painted if shown >= messages), None)
        if seen_at is not None:  # the last reports come with the end
            late.append(seen_at - at)
    assert len(late) >= 5, (reported, painted)
    # But for two: this machine may be doing something else at any one of them.
    assert sorted(late)[-3] <= 0.6, late
    assert {messages for _, messages in painted} <= {0, *(told for _, told in reported)}
