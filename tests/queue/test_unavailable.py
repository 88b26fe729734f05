from __future__ import annotations

import pytest
import trio
import trio.testing
from redis import exceptions as redis_errors

from clipsaver.errors import RedisUnavailable, UsageError
from clipsaver.queue import intake, lua, produce
from clipsaver.queue.link import Link
from clipsaver.queue.names import Names
from clipsaver.queue.unavailable import GroupMissing, translated
from clipsaver.trio_io.redis import open_redis
from tests.queue.probe import BATCH


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (redis_errors.ConnectionError("refused"), "cannot be reached"),
        (ConnectionRefusedError("refused"), "cannot be reached"),
        (redis_errors.InvalidResponse("?"), "cannot be reached"),
        (redis_errors.TimeoutError("slow"), "did not answer in time"),
        (redis_errors.AuthenticationError("invalid"), "refuses the login"),
        (redis_errors.BusyLoadingError("loading", status_code="LOADING"), "still loading"),
        (redis_errors.ReadOnlyError("replica", status_code="READONLY"), "point redis.url"),
        (redis_errors.OutOfMemoryError("used", status_code="OOM"), "memory is full"),
        (redis_errors.NoPermissionError("user", status_code="NOPERM"), "ACL"),
        (redis_errors.ResponseError("MISCONF Redis is configured"), "cannot save"),
        (redis_errors.ResponseError("BUSY Redis is busy"), "busy with a script"),
        (redis_errors.ResponseError("OOM command not allowed"), "memory is full"),
    ],
)
def test_what_keeps_redis_from_serving_is_said_in_words(error, words):
    with pytest.raises(RedisUnavailable, match=words) as caught, translated("db.example:6379"):
        raise error
    assert "db.example:6379" in str(caught.value)
    assert caught.value.__cause__ is error


def test_our_own_mistakes_pass_as_they_are():
    error = redis_errors.ResponseError("ERR unknown command 'X'")
    with pytest.raises(redis_errors.ResponseError) as caught, translated("x"):
        raise error
    assert caught.value is error


def test_a_key_of_another_type_is_for_a_person_to_solve():
    with pytest.raises(UsageError, match="another program"), translated("x"):
        raise redis_errors.ResponseError("WRONGTYPE Operation against a key")


@pytest.mark.parametrize("text", ["NOGROUP No such key", "ERR no such key"])
def test_a_missing_group_is_a_state(text):
    with pytest.raises(GroupMissing), translated("x"):
        raise redis_errors.ResponseError(text)


async def test_a_server_that_is_not_there(tmp_path):
    async with open_redis(f"unix://{tmp_path}/none.sock") as redis:
        link = Link(redis, Names("clips", "workers"), "none.sock")
        with pytest.raises(RedisUnavailable, match=r"none\.sock cannot be reached"):
            await intake.ensure_group(link)
        with pytest.raises(RedisUnavailable, match="the first 0 were added"):
            await produce.push(link, [BATCH])


async def test_a_primary_that_becomes_a_replica_ends_reads_that_wait(link, me):
    async def demote() -> None:
        await trio.testing.wait_all_tasks_blocked(0.05)
        await link.command("REPLICAOF", "127.0.0.1", "1")

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(demote)
            with pytest.raises(RedisUnavailable, match="becomes a replica"):
                await intake.read(me, 1, block_ms=4000)
    finally:
        with trio.move_on_after(5, shield=True):
            await link.command("REPLICAOF", "NO", "ONE")


async def test_a_stream_key_in_use_by_something_else(link):
    await link.command("FLUSHALL")
    await link.command("SET", link.names.stream, "text")
    with pytest.raises(UsageError, match="in use by another program"):
        await intake.ensure_group(link)


async def test_scripts_are_sent_again_to_a_server_that_forgot_them(link, me):
    await intake.waiting(me, 1)
    await link.command("SCRIPT FLUSH")
    assert await intake.waiting(me, 1) == 0
    digest = lua.script("waiting").digest
    assert (await link.command("SCRIPT EXISTS", digest)) == [True]
