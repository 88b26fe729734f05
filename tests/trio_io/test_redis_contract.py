"""The same commands through redis-py's asyncio client and on Trio give the same replies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis.asyncio
import trio
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ReadOnlyError, ResponseError

from clipsaver.trio_io.redis import open_redis
from tests.sentinels import Watched

Talk = Callable[[Any], Awaitable[list[Any]]]

PAYLOAD = b'{"content": "\xff\xfe is no UTF-8"}'
SCRIPT = """
redis.call('HSET', KEYS[1], 'field', ARGV[1])
return {1, 'text', false, {ok = 'fine'}, redis.call('HGETALL', KEYS[1]), ARGV[1]}
"""


async def stream_talk(client: Any) -> list[Any]:
    replies = [
        await client.xgroup_create("jobs", "workers", "0", mkstream=True),
        await client.xreadgroup("workers", "me", {"jobs": ">"}, count=10, block=1),
        await client.xreadgroup("workers", "me", {"jobs": ">"}, count=10),
        await client.xadd("jobs", {"job": PAYLOAD, "number": 5}, id="1-1"),
        await client.xadd("jobs", {b"job": "two"}, id="1-2"),
        await client.xadd("jobs", {"job": 0.5}, id="1-3"),
        await client.xadd("jobs", {"job": "gone"}, id="1-4"),
        await client.xpending("jobs", "workers"),
        await client.xreadgroup("workers", "me", {"jobs": ">"}, count=2, block=1000),
        await client.xreadgroup("workers", "other", {"jobs": ">"}, count=2, block=1000),
        await client.xread({"jobs": "1-2"}, count=1),
        await client.xdel("jobs", "1-4"),
        await client.xreadgroup("workers", "other", {"jobs": "0"}),
        await client.xlen("jobs"),
        await client.xrange("jobs"),
        await client.xrevrange("jobs", count=1),
        await client.xrange("jobs", "9-0"),
        await client.xclaim("jobs", "workers", "me", 0, ["1-1"]),
        await client.xclaim("jobs", "workers", "me", 0, ["1-1", "1-2"], justid=True),
        await client.xclaim("jobs", "workers", "me", 0, ["9-9"]),
        await client.xclaim("jobs", "workers", "me", 0, ["1-1"], idle=60_000, retrycount=7),
        await client.xautoclaim("jobs", "workers", "me", 0, count=1),
        await client.xautoclaim("jobs", "workers", "me", 0, justid=True),
        await client.xautoclaim("jobs", "workers", "me", 0, start_id="1-3"),
        await client.xautoclaim("jobs", "workers", "me", 10_000_000),
        await client.xack("jobs", "workers", "1-1", "1-2"),
    ]
    pending = await client.xpending("jobs", "workers")
    ranged = await client.xpending_range("jobs", "workers", "-", "+", 10)
    assert ranged
    for entry in ranged:
        assert entry.pop("time_since_delivered") >= 0
    groups = await client.xinfo_groups("jobs")
    consumers = await client.xinfo_consumers("jobs", "workers")
    for consumer in consumers:
        del consumer["idle"], consumer["inactive"]
    stream = await client.xinfo_stream("jobs")
    return [*replies, pending, ranged, groups, consumers, stream]


async def key_talk(client: Any) -> list[Any]:
    sha = await client.script_load(SCRIPT)
    return [
        sha,
        await client.evalsha(sha, 1, "hash", PAYLOAD),
        await client.eval("return nil", 0),
        await client.eval("return {1, {2, 'x'}}", 0),
        await client.script_exists(sha, "0" * 40),
        await client.register_script(SCRIPT)(keys=["hash"], args=["again"]),
        await client.hset("hash", mapping={"a": 1, "b": "ü"}),
        await client.hgetall("hash"),
        await client.hgetall("nothing"),
        await client.hmget("hash", "a", "nothing"),
        await client.hincrby("hash", "n", 3),
        await client.zadd("due", {"one": 1.5, "two": 2}),
        await client.zrange("due", 0, -1, withscores=True),
        await client.zrangebyscore("due", "-inf", 10),
        await client.zrangebyscore("due", "-inf", 10, withscores=True, start=0, num=1),
        await client.zscore("due", "one"),
        await client.zcard("due"),
        await client.zrem("due", "one"),
        await client.set("key", "value", ex=100),
        await client.set("key", "other", nx=True),
        await client.get("key"),
        await client.get("nothing"),
        await client.mget("key", "nothing"),
        await client.ttl("key"),
        await client.expire("key", 50),
        await client.exists("key", "nothing"),
        await client.sadd("set", "a", "b"),
        sorted(await client.smembers("set")),
        await client.rpush("list", 1, 2),
        await client.lrange("list", 0, -1),
        await client.delete("key", "list"),
        await client.config_get("appendonly"),
        await client.client_getname(),
        await client.type("hash"),
        sorted([key async for key in client.scan_iter(match="*", count=2)]),
        await client.ping(),
        await client.dbsize(),
    ]


async def shape_talk(client: Any) -> list[Any]:
    await client.set("key", "value")
    time = await client.time()
    info = await client.info()
    return [
        [type(part) for part in time],
        sorted(info.items() & {("redis_mode", "standalone"), ("aof_enabled", 0)}),
        {type(key) for key in info},
        type(info["used_memory"]),
        type(info["mem_fragmentation_ratio"]),
        type(info["db0"]),
        sorted(await client.info("server")) == sorted(await client.info("server")),
        sorted((await client.client_list())[0].keys() & {"id", "name", "db"}),
    ]


async def pipeline_talk(client: Any) -> list[Any]:
    replies: list[Any] = []
    for transaction in (False, True):
        async with client.pipeline(transaction=transaction) as pipe:
            pipe.hset("hash", mapping={"a": 1})
            pipe.expire("hash", 100)
            pipe.xadd("stream", {"f": "v"}, id=f"{1 + transaction}-0")
            pipe.xrange("stream")
            pipe.hgetall("hash")
            assert len(pipe) == 5
            replies.append(await pipe.execute())
            assert len(pipe) == 0
            replies.append(await pipe.execute())
            pipe.set("text", "x").incr("text").get("text")
            results = await pipe.execute(raise_on_error=False)
            assert isinstance(results[1], ResponseError)
            replies.append([results[0], type(results[1]), results[2]])
            pipe.set("text", "y").incr("text").set("text", "z")
            with pytest.raises(ResponseError, match="not an integer"):
                await pipe.execute()
            replies.append(await client.get("text"))
            pipe.set("text", "unsent")
        replies.append(await client.get("text"))
    async with client.pipeline() as pipe:
        pipe.set("text", "refused").execute_command("NOSUCHCOMMAND")
        with pytest.raises(ResponseError, match="unknown command"):
            await pipe.execute()
    replies.append(await client.get("text"))
    return replies


async def error_talk(client: Any) -> list[Any]:
    async def error_of(reply: Awaitable[Any]) -> tuple[type[BaseException], str]:
        with pytest.raises(Exception) as caught:
            await reply
        return caught.type, str(caught.value)

    await client.set("text", "x")
    await client.xgroup_create("jobs", "workers", mkstream=True)
    return [
        await error_of(client.evalsha("0" * 40, 0)),
        await error_of(client.incr("text")),
        await error_of(client.hgetall("text")),
        await error_of(client.xgroup_create("jobs", "workers")),
        await error_of(client.xreadgroup("nobody", "me", {"jobs": ">"})),
        await error_of(client.execute_command("NOSUCHCOMMAND")),
        await error_of(client.eval("return redis.error_reply('OOM out of memory')", 0)),
        await error_of(client.eval("return redis.error_reply('READONLY replica')", 0)),
        await error_of(client.eval("return redis.error_reply('NOPERM no')", 0)),
        await error_of(client.eval("return redis.error_reply('MYCODE own words')", 0)),
    ]


async def through_trio(url: str, talk: Talk) -> list[Any]:
    async with open_redis(url) as client:
        return await talk(client)


async def through_asyncio(url: str, talk: Talk) -> list[Any]:
    async with redis.asyncio.Redis.from_url(url, protocol=3, client_name="clipsaver") as client:
        return await talk(client)


def on_asyncio(url: str, talk: Talk) -> list[Any]:
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(through_asyncio(url, talk))


TALKS = pytest.mark.parametrize(
    "talk", [stream_talk, key_talk, shape_talk, pipeline_talk, error_talk], ids=lambda f: f.__name__
)


@TALKS
def test_replies_are_those_of_redis_py(redis_url: str, talk: Talk) -> None:
    with redis.Redis.from_url(redis_url) as cleaner:
        cleaner.flushall()
    ours = trio.run(through_trio, redis_url, talk)
    with redis.Redis.from_url(redis_url) as cleaner:
        cleaner.flushall()
        cleaner.script_flush()
    theirs = on_asyncio(redis_url, talk)
    assert ours == theirs
    assert [type(reply) for reply in ours] == [type(reply) for reply in theirs]


@TALKS
def test_replies_are_the_same_behind_a_sentinel(watched: Watched, talk: Talk) -> None:
    ours = trio.run(through_trio, watched.url, talk)
    with redis.Redis.from_url(watched.primary_url) as cleaner:
        cleaner.flushall()
        cleaner.script_flush()
    theirs = on_asyncio(watched.primary_url, talk)
    for one, other in zip(ours, theirs, strict=True):
        if isinstance(other, tuple) and other[0] is ReadOnlyError:
            assert one == (RedisConnectionError, "The previous master is now a slave")
        else:
            assert (type(one), one) == (type(other), other)


async def test_the_shapes_that_the_docstring_promises(any_redis_url: str) -> None:
    async with open_redis(any_redis_url) as client:
        await client.xgroup_create("jobs", "workers", "0", mkstream=True)
        assert await client.xreadgroup("workers", "me", {"jobs": ">"}, block=1) == {}
        await client.xadd("jobs", {"job": PAYLOAD}, id="1-1")
        entry = (b"1-1", {b"job": PAYLOAD})
        read = await client.xreadgroup("workers", "me", {"jobs": ">"})
        assert read == {b"jobs": [[entry]]}
        assert await client.xrange("jobs") == [entry]
        assert await client.xclaim("jobs", "workers", "me", 0, ["1-1"]) == [entry]
        assert await client.xclaim("jobs", "workers", "me", 0, ["1-1"], justid=True) == [b"1-1"]
        assert await client.xautoclaim("jobs", "workers", "me", 0) == [b"0-0", [entry], []]
        assert await client.xautoclaim("jobs", "workers", "me", 0, justid=True) == [b"1-1"]
        assert await client.xpending("jobs", "workers") == {
            "pending": 1,
            "min": b"1-1",
            "max": b"1-1",
            "consumers": [{"name": b"me", "pending": 1}],
        }
        [ranged] = await client.xpending_range("jobs", "workers", "-", "+", 10)
        assert set(ranged) == {
            "message_id",
            "consumer",
            "time_since_delivered",
            "times_delivered",
        }
        await client.xdel("jobs", "1-1")
        assert await client.xreadgroup("workers", "me", {"jobs": "0"}) == {
            b"jobs": [[(b"1-1", {})]]
        }
        [group] = await client.xinfo_groups("jobs")
        assert group["name"] == b"workers"
        await client.zadd("due", {"one": 1})
        assert await client.zrange("due", 0, -1, withscores=True) == [[b"one", 1.0]]
        assert await client.hgetall("none") == {}
        with pytest.raises(NoScriptError):
            await client.evalsha("0" * 40, 0)
