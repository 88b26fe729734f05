"""A site on the suite's own servers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from clipsaver.discord_rest import client
from clipsaver.discord_rest.flow import Policy
from clipsaver.simulator import World
from clipsaver.worker import draining, intake
from tests.rooms import Rooms
from tests.worker.site import LEASE_S, Site, open_site, up_for

OpenSite = Callable[..., AbstractAsyncContextManager[Site]]
"""Of a world and, by name, of the limits that its Discord enforces."""


@pytest.fixture
def site_of(
    postgres_dsn: str, redis_url: str, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> OpenSite:
    """Opens a site in which the given world is Discord, and workers look more often.

    Its schema is migrated already: that a worker does it is seen where programs are run.
    """
    monkeypatch.setattr(intake, "_PROMOTE_EVERY_S", 0.05)
    monkeypatch.setattr(draining, "LOOK_EVERY_S", 0.05)
    up_for(redis_url, LEASE_S + 1)
    stores = {"database_url": postgres_dsn, "redis_url": redis_url, "keeps_schema": True}

    @asynccontextmanager
    async def opened(world: World, **options: Any) -> AsyncIterator[Site]:
        with rooms.taken() as schema:
            async with open_site(world, schema=schema, **stores, **options) as site:
                yield site

    return opened


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that gives up after two tries, so that the queue's retries are seen."""
    monkeypatch.setattr(client, "Policy", lambda: Policy(attempts=2, backoff_s=0.01))
