"""Lets a worker be looked at, where `metrics.listen` asks for it; where not, nothing is loaded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from clipsaver.config import Config, parse_listen
from clipsaver.worker.exposing.subject import Subject


@asynccontextmanager
async def exposed(config: Config, stopping: trio.Event) -> AsyncIterator[Subject]:
    """What is looked at for the time of the block: fill it in as it comes to be.

    Raises UsageError where nothing can listen at the address.
    """
    subject = Subject()
    address = parse_listen(config.metrics.listen)
    if address is None:
        yield subject
        return
    # The client library takes 60 ms and 5 MB: not to be paid by workers that nobody watches.
    from clipsaver.worker.exposing.endpoint import open_endpoint

    async with open_endpoint(address, config, subject, stopping):
        yield subject
