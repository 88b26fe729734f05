"""Redis as one server and behind a sentinel, for what has to hold of both."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["server", "sentinel"])
def any_redis_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty Valkey, named itself or by its sentinel."""
    if request.param == "server":
        return str(request.getfixturevalue("redis_url"))
    return str(request.getfixturevalue("watched").url)
