"""Commands on asyncio travel together by turns of the loop, and nobody gets another's reply."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from clipsaver.errors import RedisUnavailable, UsageError
from clipsaver.queue.link import Link
from clipsaver.queue.names import Names
from clipsaver.thumbnails.errors import StorageTrouble
from clipsaver.thumbnails.storage import S3Access, key_of
from clipsaver.tui.sources.live.exchange import AsyncioRedis, together
from clipsaver.tui.sources.live.pictures import Pictures
from clipsaver.tui.sources.live.redis import open_asyncio_redis
from tests.sentinels import Watched
from tests.tui.live.stage import on_asyncio


class Wire:
    """Answers each command with its number, or as it is told."""

    def __init__(self) -> None:
        self.counts: list[int] = []
        self.asked = asyncio.Event()
        self.reply: Any = None

    async def exchange(self, packed: bytes, count: int) -> list[Any]:
        self.counts.append(count)
        self.asked.set()
        if isinstance(self.reply, Exception):
            raise self.reply
        if self.reply == "never":
            await asyncio.Event().wait()
        return list(range(count))


def test_what_is_sent_in_one_turn_shares_a_round_trip() -> None:
    async def act() -> None:
        wire = Wire()
        redis = AsyncioRedis(wire.exchange, timeout_s=1.0)

        async def twice() -> tuple[Any, Any]:
            return await redis.execute_command("A"), await redis.execute_command("B")

        async with together() as group:
            tasks = [group.create_task(twice()) for _ in range(3)]
        assert [task.result() for task in tasks] == [(0, 0), (1, 1), (2, 2)]
        assert wire.counts == [3, 3]
        await redis.close()

    on_asyncio(act)


def test_each_call_gets_its_own_replies_and_its_own_errors(redis_url: str) -> None:
    async def act() -> None:
        async with open_asyncio_redis(redis_url, timeout_s=2.0) as redis:
            pipeline = redis.pipeline(transaction=False)
            for words in (("SET", "a", "1"), ("GET", "a")):
                pipeline.execute_command(*words)
            results = await asyncio.gather(
                redis.execute_command("GET", "nothing"),
                redis.execute_command("HGET"),
                pipeline.execute(),
                redis.execute_command("GET", b"a"),
                return_exceptions=True,
            )
            assert results[0] is None
            assert isinstance(results[1], ResponseError)
            assert results[2:] == [[True, b"1"], b"1"]

    on_asyncio(act)


def test_who_is_cancelled_takes_nothing_from_the_others(redis_url: str) -> None:
    async def act() -> None:
        async with open_asyncio_redis(redis_url, timeout_s=2.0) as redis:
            asked = [asyncio.create_task(redis.execute_command("ECHO", str(n))) for n in range(5)]
            await asyncio.sleep(0)
            asked[2].cancel()
            done = await asyncio.gather(*asked, return_exceptions=True)
            assert isinstance(done.pop(2), asyncio.CancelledError)
            assert done == [b"0", b"1", b"3", b"4"]
            assert await redis.execute_command("ECHO", "after") == b"after"

    on_asyncio(act)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (RedisConnectionError("gone"), RedisConnectionError),
        (OSError("no route"), OSError),
        ("never", RedisTimeoutError),
        (ZeroDivisionError(), ZeroDivisionError),
    ],
)
def test_what_breaks_a_round_trip_is_raised_by_all_of_it(reply: Any, error: type) -> None:
    async def act() -> None:
        wire = Wire()
        wire.reply = reply
        redis = AsyncioRedis(wire.exchange, timeout_s=0.05)
        done = await asyncio.gather(
            *(redis.execute_command("A") for _ in range(2)), return_exceptions=True
        )
        assert [type(one) for one in done] == [error] * 2
        await redis.close()

    on_asyncio(act)


def test_who_closes_it_wakes_those_that_wait() -> None:
    async def act() -> None:
        wire = Wire()
        wire.reply = "never"
        redis = AsyncioRedis(wire.exchange, timeout_s=60.0)
        asked = asyncio.create_task(redis.execute_command("A"))
        await wire.asked.wait()
        await redis.close()
        with pytest.raises(RedisConnectionError, match="closed"):
            await asked

    on_asyncio(act)


def test_the_first_error_of_a_group_is_raised_as_it_is() -> None:
    async def act() -> None:
        async def fail() -> None:
            raise RedisUnavailable("away")

        async with together() as group:
            group.create_task(fail())
            group.create_task(asyncio.Event().wait())

    with pytest.raises(RedisUnavailable, match="away"):
        on_asyncio(act)


def test_a_primary_that_sentinels_watch_over(watched: Watched) -> None:
    async def act() -> None:
        async with open_asyncio_redis(watched.url, timeout_s=5.0) as redis:
            link = Link(redis, Names("clips", "workers"), "the primary")
            assert await link.command("SET", "a", "1")
            assert await link.together([("GET", "a"), ("TTL", "a")]) == [b"1", -1]

    on_asyncio(act)


def test_a_url_that_is_none_is_said() -> None:
    async def act() -> None:
        async with open_asyncio_redis("http://x", timeout_s=1.0):
            pass

    with pytest.raises(ValueError, match="scheme"):
        on_asyncio(act)


def test_a_stored_picture_and_one_that_is_not_there(tmp_path: Path) -> None:
    async def act() -> None:
        pictures = Pictures(str(tmp_path), S3Access())
        key = key_of("5-1", "small", 7)
        assert await pictures.read(key) is None
        path = tmp_path / key
        path.parent.mkdir()
        path.write_bytes(b"RIFF")
        assert (await pictures.read(key), pictures.where(key)) == (b"RIFF", str(path))
        assert await asyncio.gather(*(pictures.read(key) for _ in range(5))) == [b"RIFF"] * 5
        with pytest.raises(UsageError, match="names a picture that is none"):
            await pictures.read("../secret")
        assert pictures.where("../secret") == ""
        path.unlink()
        path.mkdir()
        with pytest.raises(StorageTrouble):
            await pictures.read(key)

    on_asyncio(act)


def test_a_picture_of_a_bucket_has_its_url() -> None:
    async def act() -> None:
        key = key_of("5-1", "small", 7)
        assert Pictures("s3://clips/small", S3Access()).where(key) == f"s3://clips/small/{key}"

    on_asyncio(act)
