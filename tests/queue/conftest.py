"""A stream on a real server, and two workers of its group."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from clipsaver.queue import intake
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.trio_io.redis import open_redis
from tests.queue.probe import Probe

LEASE_MS = 15_000


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[Link]:
    async with open_redis(redis_url) as redis:
        link = Link(redis, Names("clips", "workers"), "the test server")
        await intake.ensure_group(link)
        yield link


@pytest.fixture
def me(link: Link) -> Consumer:
    return Consumer(link, "me", "host-a", LEASE_MS)


@pytest.fixture
def other(link: Link) -> Consumer:
    return Consumer(link, "other", "host-b", LEASE_MS)


@pytest.fixture
def probe(link: Link) -> Probe:
    return Probe(link)
