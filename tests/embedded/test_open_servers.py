"""Starting, using and stopping real servers in one process."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import psycopg
import pytest
import redis
import trio

from clipsaver.embedded import open_servers, open_servers_blocking, postgres
from clipsaver.embedded.polling import plain_pause, wait_until
from clipsaver.embedded.postgres import place_postgres
from tests.embedded.conftest import fake_postgres, pids_of, running


async def test_both_servers_run_inside_the_block_only(data_dir: Path) -> None:
    async with open_servers(data_dir, postgres=True, valkey=True) as servers:
        assert servers.database_url is not None
        assert servers.redis_url is not None
        with psycopg.connect(servers.database_url) as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("",)
            assert connection.execute("show fsync").fetchone() == ("on",)
            assert connection.execute("show server_encoding").fetchone() == ("UTF8",)
        with redis.Redis.from_url(servers.redis_url, decode_responses=True) as client:
            assert client.config_get("append*")["appendfsync"] == "always"
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.config_get("port") == {"port": "0"}
        assert running(data_dir) == (True, True)
    assert running(data_dir) == (False, False)


async def test_only_what_is_asked_for_starts(data_dir: Path) -> None:
    async with open_servers(data_dir, postgres=False, valkey=True) as servers:
        assert servers.database_url is None
        assert running(data_dir) == (False, True)
    async with open_servers(data_dir, postgres=False, valkey=False) as servers:
        assert (servers.database_url, servers.redis_url) == (None, None)


def test_data_is_private_and_survives_a_restart(data_dir: Path) -> None:
    with open_servers_blocking(data_dir, postgres=True, valkey=True) as servers:
        assert servers.database_url is not None
        assert servers.redis_url is not None
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("create table kept (id int)")
            connection.execute("insert into kept values (7)")
        with redis.Redis.from_url(servers.redis_url) as client:
            client.xadd("kept", {"job": "x"})
    for name in ("postgres", "valkey", "locks"):
        assert stat.S_IMODE((data_dir / name).stat().st_mode) == 0o700, name
    with open_servers_blocking(data_dir, postgres=True, valkey=True) as again:
        assert again.database_url == servers.database_url
        assert again.redis_url == servers.redis_url
        with psycopg.connect(servers.database_url) as connection:
            assert connection.execute("select id from kept").fetchall() == [(7,)]
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.xlen("kept") == 1


@pytest.mark.usefixtures("used_data_dir")
def test_a_user_inside_the_same_process_shares(data_dir: Path) -> None:
    with open_servers_blocking(data_dir, postgres=True, valkey=True):
        before = pids_of(data_dir)
        with open_servers_blocking(data_dir, postgres=True, valkey=True):
            assert pids_of(data_dir) == before
        assert pids_of(data_dir) == before
    assert running(data_dir) == (False, False)


async def test_an_error_in_the_block_comes_out_as_it_is(data_dir: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with open_servers(data_dir, postgres=False, valkey=True):
            raise ZeroDivisionError
    assert running(data_dir) == (False, False)


@pytest.mark.usefixtures("used_data_dir")
async def test_cancelling_the_block_still_stops_the_servers(data_dir: Path) -> None:
    with trio.CancelScope() as scope:
        async with open_servers(data_dir, postgres=True, valkey=True):
            scope.cancel()
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert running(data_dir) == (False, False)


async def test_cancelling_the_first_start_leaves_nothing_half_done(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This initdb would never end, nor would its child."""

    def data_folders() -> list[Path]:
        return list(data_dir.glob("postgres*/PG_VERSION"))

    programs = fake_postgres(data_dir / "programs", "echo 18 > $2/PG_VERSION; sleep 1000 & wait")
    monkeypatch.setattr(postgres, "postgres_folders", lambda: [programs])

    async def start() -> None:
        async with open_servers(data_dir, postgres=True, valkey=False):
            raise AssertionError("was to be cancelled before")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(start)
        assert await trio.to_thread.run_sync(
            wait_until, lambda: bool(data_folders()), 30.0, plain_pause
        )
        nursery.cancel_scope.cancel()
    assert running(data_dir) == (False, False)
    assert not data_folders()
    monkeypatch.undo()
    async with open_servers(data_dir, postgres=True, valkey=False):
        assert running(data_dir) == (True, False)


@pytest.mark.usefixtures("used_data_dir")
async def test_servers_killed_in_use_come_back_on_the_same_urls(data_dir: Path) -> None:
    async with (
        open_servers(data_dir, postgres=True, valkey=True) as servers,
        trio.open_nursery() as nursery,
    ):
        assert servers.database_url is not None
        await nursery.start(servers.keep_running)
        before = pids_of(data_dir)
        with psycopg.connect(servers.database_url, autocommit=True) as connection:
            connection.execute("create table kept ()")
        for pid in before:
            assert pid is not None
            os.kill(pid, signal.SIGKILL)

        def are_back() -> bool:
            now = pids_of(data_dir)
            new = now.postgres not in (None, before.postgres)
            return new and now.valkey not in (None, before.valkey) and server.is_ready()

        server = place_postgres(data_dir)
        assert await trio.to_thread.run_sync(wait_until, are_back, 30.0, plain_pause)
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("select from kept")
        nursery.cancel_scope.cancel()
    assert running(data_dir) == (False, False)
