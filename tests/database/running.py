"""The writers as a service for the time of a block, and pages for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import trio

from clipsaver.database import Database, PageWriters
from clipsaver.records import PageResult
from tests.database.making import a_clip, a_page, add_run

LIMIT_S = 20


class Dice:
    """Jitter for tests: no wait is long, and each one is told."""

    def __init__(self) -> None:
        self.thrown = trio.Event()

    def __call__(self) -> float:
        self.thrown.set()
        return 0.01


@asynccontextmanager
async def running(
    database: Database, *, count: int = 1, dice: Callable[[], float] = lambda: 0.01
) -> AsyncIterator[PageWriters]:
    service = PageWriters(database, writers=count, dice=dice)
    with trio.fail_after(LIMIT_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(service.run)
            yield service
            nursery.cancel_scope.cancel()


async def add_runs(database: Database, count: int) -> None:
    async with database.connection() as conn:
        for number in range(count):
            await add_run(conn, f"s/{number}", channel_id=70 + number)


def page_of(number: int, *attachments: int, **fields: object) -> PageResult:
    channel = 70 + number
    clips = (a_clip(channel * 1000, k, channel_id=channel) for k in attachments)
    return a_page(f"s/{number}", 1, *clips, channel_id=channel, **fields)
