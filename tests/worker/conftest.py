"""A site on the suite's own servers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest

from clipsaver.discord_rest import client
from clipsaver.discord_rest.flow import Policy
from clipsaver.worker import draining, intake
from tests.worker.site import LEASE_S, Site, open_site, up_for

_schema_numbers = itertools.count(1)

OpenSite = Callable[..., AbstractAsyncContextManager[Site]]
"""Of a world and, by name, of the limits that its Discord enforces."""


@pytest.fixture
def site_of(postgres_dsn: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> OpenSite:
    """Opens a site in which the given world is Discord, and workers look more often."""
    monkeypatch.setattr(intake, "_PROMOTE_EVERY_S", 0.05)
    monkeypatch.setattr(draining, "LOOK_EVERY_S", 0.05)
    up_for(redis_url, LEASE_S + 1)
    schema = f"site_{next(_schema_numbers)}"
    return partial(open_site, database_url=postgres_dsn, redis_url=redis_url, schema=schema)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that gives up after two tries, so that the queue's retries are seen."""
    monkeypatch.setattr(client, "Policy", lambda: Policy(attempts=2, backoff_s=0.01))
