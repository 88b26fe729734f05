"""A site on the suite's own servers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest

from clipsaver.simulator import World
from tests.worker.site import LEASE_S, Site, open_site, up_for

OpenSite = Callable[[World], AbstractAsyncContextManager[Site]]


@pytest.fixture
def site_of(database_url: str, redis_url: str) -> OpenSite:
    """Opens a site in which the given world is Discord."""
    up_for(redis_url, LEASE_S + 1)
    return partial(open_site, database_url=database_url, redis_url=redis_url)
