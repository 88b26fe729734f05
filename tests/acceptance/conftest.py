"""`clipsaver` as its users have it: child processes, a configuration file, servers by URL."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from clipsaver.simulator import World
from tests.acceptance.program import Program, open_program
from tests.worker.site import LEASE_S, up_for

OpenProgram = Callable[[World], AbstractAsyncContextManager[Program]]


@pytest.fixture
def program_of(database_url: str, redis_url: str, tmp_path: Path) -> OpenProgram:
    """Opens the program in which the given world is Discord."""
    up_for(redis_url, LEASE_S + 1)
    return partial(open_program, folder=tmp_path, database_url=database_url, redis_url=redis_url)
