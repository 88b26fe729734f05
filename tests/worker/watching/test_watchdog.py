"""A job that stands still is reported with where it is; one that waits for what is known is not."""

from __future__ import annotations

import io
import json
from functools import partial
from typing import Any

import pytest
import trio

from clipsaver.log import configure_logging
from clipsaver.queue.events import Event, read_events
from clipsaver.records import PageChanges, RunProgress
from clipsaver.scanning.scan import Scan, ScanEnd, ScanJob
from clipsaver.simulator import Fault
from clipsaver.worker import obstacles
from clipsaver.worker.nursery import run_worker
from tests.worker.conftest import OpenSite
from tests.worker.site import PAGES, Site, a_world, scan_of, until


async def line_of(site: Site, name: str) -> Event:
    """Returns once the worker has said this, as it is among the events."""
    found: list[Event] = []

    async def condition() -> bool:
        found[:] = [e for e in await read_events(site.link, count=1000) if e.said == name]
        return bool(found)

    await until(condition, f"the worker says {name}")
    return found[0]


async def test_a_job_that_stands_still_is_reported_and_when_it_goes_on(site_of: OpenSite) -> None:
    out, go_on = io.StringIO(), trio.Event()
    configure_logging("info", "json", out)

    async def scan(_: ScanJob, scan: Scan) -> ScanEnd:
        async with trio.open_nursery() as parts:
            parts.start_soon(trio.sleep_forever, name="a part of it")
            await go_on.wait()
            parts.cancel_scope.cancel()
        await scan.after_page(RunProgress(pages=1, changes=PageChanges()), 0.5)
        await trio.sleep_forever()
        return ScanEnd.FINISHED

    async with site_of(a_world(messages=1)) as site, trio.open_nursery() as nursery:
        config = site.configured(worker={"stall_after": 0.2, "shutdown_grace": 0.0})
        stopping, channel = trio.Event(), site.channels[0]
        (run,) = await site.push(scan_of(channel))
        nursery.start_soon(partial(run_worker, config, stopping, scan=scan))
        stalled = await line_of(site, "job_stalled")
        assert (stalled.run, stalled.level) == (run, "warning")
        fields = stalled.fields
        assert (fields["channel_id"], fields["attempt"]) == (str(channel.channel_id), 1)
        assert fields["stage"] == "scan"
        assert "waits_for" not in fields
        assert 0.2 <= fields["for_s"] < 5

        go_on.set()
        assert (await line_of(site, "job_goes_on")).run == run
        stopping.set()
    lines: list[dict[str, Any]] = [json.loads(line) for line in out.getvalue().splitlines()]
    tree = next(line["tree"] for line in lines if line["event"] == "job_stalled")
    assert tree[0].startswith("at worker/runner.py:")
    assert any(line.endswith(" Attempt.work") for line in tree)
    assert any(line.strip().startswith("a part of it: ") for line in tree)


async def test_a_job_that_waits_for_what_is_known_is_no_stall(
    site_of: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its limit is longer than the time after which a job without a reason is reported."""
    monkeypatch.setattr(obstacles, "_LEAST_S", 0.05)
    out = io.StringIO()
    configure_logging("info", "json", out)
    async with site_of(a_world(messages=1)) as site:
        site.simulator.faults.next(PAGES, Fault.limited("user", 1.2))
        await site.push(scan_of(site.channels[0]))
        await site.drain(site.configured(worker={"stall_after": 0.6}))
    said = [json.loads(line)["event"] for line in out.getvalue().splitlines()]
    assert "job_ended" in said
    assert "job_stalled" not in said
