"""`clipsaver` as its users have it: child processes, a configuration file, servers by URL."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from clipsaver.simulator import World
from tests.acceptance.program import Program, open_program
from tests.worker.site import LEASE_S, up_for

_schema_numbers = itertools.count(1)

OpenProgram = Callable[[World], AbstractAsyncContextManager[Program]]


@pytest.fixture
def program_of(postgres_dsn: str, redis_url: str, tmp_path: Path) -> OpenProgram:
    """Opens the program in which the given world is Discord."""
    up_for(redis_url, LEASE_S + 1)
    schema = f"program_{next(_schema_numbers)}"
    return partial(
        open_program, folder=tmp_path, database_url=postgres_dsn, redis_url=redis_url, schema=schema
    )
