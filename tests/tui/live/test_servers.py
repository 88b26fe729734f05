"""Embedded servers for an asyncio program, held by a thread."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from pathlib import Path

import pytest
import redis as blocking

from clipsaver.embedded.servers import open_servers_blocking
from clipsaver.errors import EmbeddedServerError
from clipsaver.tui.sources.live.redis import open_asyncio_redis
from clipsaver.tui.sources.live.servers import ServerUrls, hold_servers
from tests.tui.live.stage import on_asyncio

UP_S = 20


def holders() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "embedded servers"]


def answers(url: str) -> bool:
    try:
        with blocking.Redis.from_url(url) as client:
            return bool(client.ping())
    except blocking.ConnectionError:
        return False


def test_a_server_runs_for_the_time_of_the_block_and_is_started_again(data_dir: Path) -> None:
    async def act() -> str:
        async with hold_servers(data_dir, redis=True, database=False) as urls:
            assert urls.redis is not None
            assert urls.database is None
            async with open_asyncio_redis(urls.redis, timeout_s=2.0) as redis:
                info = await redis.execute_command("INFO", "server")
            os.kill(int(info["process_id"]), signal.SIGKILL)
            async with asyncio.timeout(UP_S):
                while not answers(urls.redis):  # noqa: ASYNC110 -- another process
                    await asyncio.sleep(0.05)
            return urls.redis

    url = on_asyncio(act)
    assert not answers(url)
    assert holders() == []


def test_one_that_others_use_runs_on(data_dir: Path) -> None:
    async def act(expected: str | None) -> None:
        async with hold_servers(data_dir, redis=True, database=False) as urls:
            assert urls.redis == expected

    with open_servers_blocking(data_dir, postgres=False, valkey=True) as others:
        on_asyncio(lambda: act(others.redis_url))
        assert others.redis_url is not None
        assert answers(others.redis_url)


def test_none_is_started_that_is_not_asked_for(tmp_path: Path) -> None:
    async def act() -> None:
        async with hold_servers(tmp_path, redis=False, database=False) as urls:
            assert (urls, holders()) == (ServerUrls(), [])

    on_asyncio(act)


def test_what_keeps_one_from_starting_is_raised(tmp_path: Path) -> None:
    folder = tmp_path / "a file"
    folder.write_text("in the way")

    async def act() -> None:
        async with hold_servers(folder, redis=True, database=False):
            pass

    with pytest.raises(EmbeddedServerError, match="Set data_dir to a folder"):
        on_asyncio(act)
    assert holders() == []


def test_who_gives_up_while_it_starts_leaves_nothing_behind(data_dir: Path) -> None:
    async def act() -> None:
        async def hold() -> None:
            async with hold_servers(data_dir, redis=True, database=False):
                await asyncio.Event().wait()

        task = asyncio.create_task(hold())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=UP_S)
        assert task.cancelled()

    on_asyncio(act)
    assert holders() == []
