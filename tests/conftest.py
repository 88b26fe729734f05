"""Fixtures for every test: real servers, and an empty database in each for the asking.

All are synchronous: pytest-trio's async fixtures live for one function only.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest
import redis
import structlog
from hypothesis import HealthCheck, settings

from clipsaver.discord_rest.limits.lua import token_key
from clipsaver.embedded import open_servers_blocking
from clipsaver.embedded.lifecycle import stop
from clipsaver.embedded.polling import plain_pause
from clipsaver.embedded.postgres import place_postgres
from clipsaver.embedded.valkey import place_valkey
from clipsaver.simulator.world.world import TOKEN as SIMULATED_TOKEN
from tests.databases import Databases
from tests.examples import examples
from tests.rooms import Rooms
from tests.sentinels import Watched, watched_servers
from tests.servers import postgres_server, reachable_folder, valkey_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# How long an example takes is a matter of what else runs here: no reason to fail.
settings.register_profile(
    "suite",
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A test that sets up logging, as every command does, does not decide what others log."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """URL of the maintenance database of a real PostgreSQL on a unix socket."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def _postgres_admin(postgres_dsn: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def rooms(postgres_dsn: str, _postgres_admin: psycopg.Connection[tuple[object, ...]]) -> Rooms:
    """Migrated schemas in the maintenance database, for a test that works in one."""
    return Rooms(postgres_dsn, _postgres_admin)


@pytest.fixture(scope="session")
def _databases(
    postgres_dsn: str, _postgres_admin: psycopg.Connection[tuple[object, ...]]
) -> Databases:
    return Databases(postgres_dsn, _postgres_admin)


@pytest.fixture
def database_url(_databases: Databases) -> Iterator[str]:
    """URL of an empty database that is this test's alone."""
    with _databases.taken() as url:
        yield url


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """URL of a real Valkey on a unix socket, database 0: `unix:///path?db=0`."""
    with valkey_server() as url:
        yield f"{url}?db=0"


@pytest.fixture
def redis_url(valkey_url: str) -> str:
    """URL of a Valkey that holds no more than that a token was used; other databases are empty."""
    with redis.Redis.from_url(valkey_url) as client:
        client.flushall()
        # As if workers had sent before: else each test would begin with a second of silence.
        facts = {"epoch": client.info("server")["run_id"], "born": 1, "lessons": 1}
        client.hset(token_key(SIMULATED_TOKEN), mapping=facts)
        client.expire(token_key(SIMULATED_TOKEN), 3600)
    return valkey_url


@pytest.fixture(scope="session")
def _watched() -> Iterator[Watched]:
    if sys.version_info >= (3, 14):
        pytest.skip("trio-asyncio does not run here")
    with watched_servers() as watched:
        yield watched


@pytest.fixture
def watched(_watched: Watched) -> Watched:
    """One sentinel and an empty primary, which nobody kills."""
    with redis.Redis.from_url(_watched.primary_url) as client:
        client.flushall()
        client.script_flush()
    return _watched


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A `data_dir` for embedded servers that leaves nothing behind, also for root and after a
    test that killed their user."""
    with reachable_folder() as folder:
        yield folder / "clipsaver"
        for server in (place_valkey(folder / "clipsaver"), place_postgres(folder / "clipsaver")):
            stop(server, plain_pause)


@pytest.fixture(scope="session")
def _left_by_servers() -> Iterator[Path]:
    with reachable_folder() as folder:
        with open_servers_blocking(folder / "clipsaver", postgres=True, valkey=True):
            pass
        yield folder / "clipsaver"


@pytest.fixture
def used_data_dir(data_dir: Path, _left_by_servers: Path) -> Path:
    """The `data_dir`, with the data of embedded servers that ran once.

    For tests of what comes after a first start: a PostgreSQL takes most of a second of a processor
    to make its data, and waits for the disk as long.
    """
    subprocess.run(["cp", "-a", _left_by_servers, data_dir], check=True)  # accounts and all
    return data_dir
