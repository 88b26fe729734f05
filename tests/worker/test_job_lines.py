"""What other tasks say of a job names the job as its own task does."""

from __future__ import annotations

import io
import json
from typing import Any, cast

import trio
from structlog.contextvars import bound_contextvars

from clipsaver.log import configure_logging
from clipsaver.outage import Outage
from clipsaver.queue.entries import parse_entry
from clipsaver.queue.lease import Lease
from clipsaver.queue.link import Consumer, Link
from clipsaver.worker.leases import LeaseKeeper


async def test_a_cancel_that_another_task_heard_of_is_told_with_the_jobs_names() -> None:
    out = io.StringIO()
    configure_logging("info", "json", out)
    me = Consumer(cast(Link, None), "me", "host", 15_000)
    leases, lease = LeaseKeeper(me, Outage("redis")), Lease(parse_entry("clips", "1-0", {}), 1, 1)
    names: dict[str, Any] = {"run": "clips/1-0", "type": "batch", "channel_id": "2", "attempt": 3}

    async def work(task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        with bound_contextvars(**names), leases.holding(lease) as held, held.scope:
            task_status.started()
            await trio.sleep_forever()

    async with trio.open_nursery() as jobs:
        await jobs.start(work)
        with bound_contextvars(run="another"):
            leases.cancel("clips/1-0")
    (line,) = map(json.loads, out.getvalue().splitlines())
    assert line["event"] == "job_cancelled"
    assert {name: line[name] for name in names} == names
