"""The stream, for commands that look at it or change what is on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from clipsaver.config import Config
from clipsaver.queue.link import Link
from clipsaver.worker.stores import open_addresses, open_link


@asynccontextmanager
async def open_stream(config: Config) -> AsyncIterator[Link]:
    """The stream of the configuration, its embedded server started first where it is that."""
    async with (
        open_addresses(config, database=False) as addresses,
        open_link(config, addresses.redis_url) as link,
    ):
        yield link
