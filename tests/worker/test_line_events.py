"""Which log lines become events, how many, and what is said of the others."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog

from clipsaver.config import Config
from clipsaver.log import configure_logging, heard_by
from clipsaver.queue.events import read_events
from clipsaver.queue.link import Consumer
from clipsaver.worker.line_events import MOST_WAITING, LineEvents, is_wanted
from clipsaver.worker.stores import open_link


def a_line(event: str = "e", level: str = "warning", **fields: Any) -> dict[str, Any]:
    return {"level": level, "event": event, **fields}


@asynccontextmanager
async def a_worker(redis_url: str) -> AsyncIterator[Consumer]:
    async with open_link(Config(data_dir="/nonexistent"), redis_url) as link:  # type: ignore[arg-type] -- unused
        yield Consumer(link, "me", "host", 15_000)


async def told(me: Consumer) -> list[tuple[str, Any]]:
    return [(one.said, one.fields.get("count")) for one in await read_events(me.link, count=1000)]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (a_line("redis_away"), True),
        (a_line("token_rejected", "error"), True),
        (a_line("redis_back", "info"), True),
        (a_line("job_ended", "info"), False),
        (a_line("thumbnail_put_off", "debug"), False),
        (a_line("job_dead", "error"), False),
        (a_line("job_retried", exception="Traceback"), True),
        (a_line("task_tree", "info", tree=["a"]), False),
    ],
)
def test_what_matters_and_is_no_event_yet_is_wanted(line: dict[str, Any], wanted: bool) -> None:
    assert is_wanted(line) is wanted


async def test_lines_come_from_the_log_masked_and_with_their_job(redis_url: str) -> None:
    configure_logging("info", "json", io.StringIO(), secrets=["hunter2"])
    lines = LineEvents()
    async with a_worker(redis_url) as me:
        of_a_job = structlog.contextvars.bound_contextvars(run="clips/1-0", channel_id="2")
        with heard_by(lines.hear), of_a_job:
            structlog.get_logger().error("broken", error="hunter2 at https://cdn/x?hm=3")
        structlog.get_logger().error("not heard")
        await lines.send(me, MOST_WAITING)
        (event,) = await read_events(me.link)
    assert (event.run, event.worker, event.level) == ("clips/1-0", "me", "error")
    assert event.fields == {"channel_id": "2", "error": "•••• at https://cdn/x?hm=••••"}


async def test_a_few_are_sent_at_once_and_the_rest_the_next_time(redis_url: str) -> None:
    lines = LineEvents()
    names = [f"e{number}" for number in range(7)]
    for name in names:
        lines.hear(a_line(name))
    async with a_worker(redis_url) as me:
        await lines.send(me)
        assert [said for said, _ in await told(me)] == names[:5]
        await lines.send(me)
        assert [said for said, _ in await told(me)] == names


async def test_what_is_too_much_is_counted(redis_url: str) -> None:
    lines = LineEvents()
    for _ in range(130):
        lines.hear(a_line())
    async with a_worker(redis_url) as me:
        await lines.send(me, MOST_WAITING)
        assert await told(me) == [("e", None)] * 100 + [("log_lines_left_out", 30)]


async def test_while_redis_is_away_lines_wait_and_those_it_refused_are_counted(
    redis_url: str,
) -> None:
    lines = LineEvents()
    async with a_worker(redis_url) as me, a_worker("unix:///nonexistent.sock") as nowhere:
        for number in range(3):
            lines.hear(a_line(f"lost {number}"))
        await lines.send(nowhere)
        await lines.send(nowhere)  # of the count itself nothing is lost
        lines.hear(a_line("kept"))
        await lines.send(me, MOST_WAITING)
        assert await told(me) == [("kept", None), ("log_lines_left_out", 3)]


async def test_a_key_that_is_somebody_elses_ends_nothing(redis_url: str) -> None:
    lines = LineEvents()
    async with a_worker(redis_url) as me:
        await me.link.command("SET", me.names.events, "no stream")
        lines.hear(a_line())
        await lines.send(me, MOST_WAITING)
