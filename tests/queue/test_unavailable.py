from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import pytest
import trio
import trio.testing
from redis import exceptions as redis_errors

from clipsaver.errors import RedisUnavailable, UsageError
from clipsaver.queue import intake, lua, produce
from clipsaver.queue.link import Link
from clipsaver.queue.names import Names
from clipsaver.redis_calls.unavailable import GroupMissing, code_of, translated
from clipsaver.trio_io.redis import open_redis
from tests.queue.probe import BATCH, promote
from tests.trio_io.http_server import PEM


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (redis_errors.ConnectionError("refused"), "cannot be reached"),
        (ConnectionRefusedError("refused"), "cannot be reached"),
        (redis_errors.InvalidResponse("?"), "cannot be reached"),
        (redis_errors.TimeoutError("slow"), "did not answer in time"),
        (redis_errors.AuthenticationError("invalid"), "refuses the user name"),
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
        with pytest.raises(RedisUnavailable, match=r"none\.sock: it cannot be reached"):
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
        with trio.move_on_after(6, shield=True):
            await promote(link)


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


@asynccontextmanager
async def _answering(what: bytes, *, tls: bool = False) -> AsyncIterator[str]:
    """Something that gives one answer to whatever it is told; yields `host:port`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)

    async def serve(raw: trio.SocketStream) -> None:
        stream: trio.abc.Stream = raw
        if tls:
            stream = trio.SSLStream(raw, context, server_side=True, https_compatible=True)
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await stream.receive_some()
            await stream.send_all(what)
            if b"proto" in what:  # it was let in, and says more
                await stream.receive_some()
        await trio.aclose_forcefully(raw)

    async with trio.open_nursery() as nursery:
        [listener] = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
        yield "127.0.0.1:{1}".format(*listener.socket.getsockname())
        nursery.cancel_scope.cancel()


async def _obstacle(url: str) -> str:
    async with open_redis(url, timeout_s=5) as redis:
        with pytest.raises((RedisUnavailable, UsageError)) as caught:
            await intake.ensure_group(Link(redis, Names("clips", "workers"), "db.example"))
    return str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "answer", "tls", "words"),
    [
        ("redis", b"HTTP/1.1 400 Bad Request\r\n\r\n", False, "what answers there is no Redis"),
        ("rediss", b"HTTP/1.1 400 Bad Request\r\n\r\n", False, "it does not speak TLS there"),
        ("rediss", b"", True, "its certificate is not trusted; name the authority's file"),
        ("redis", b"-ERR max number of clients reached\r\n", False, "raise its maxclients"),
        ("redis", b"-ERR unknown command `HELLO`, with args\r\n", False, "7.0 or newer"),
        ("redis", b"-NOAUTH HELLO must be called\r\n", False, "put it into redis.url"),
        ("redis", b"-WRONGPASS invalid pair\r\n", False, "correct redis.url"),
        ("redis", b"-LOADING Redis is loading\r\n", False, "still loading its data"),
        ("redis", b"%1\r\n$5\r\nproto\r\n:3\r\n-ERR DB index is out of range\r\n", False,
         "no database of that number"),
    ],
)  # fmt: skip
async def test_a_connection_that_fails_says_why(scheme, answer, tls, words):
    async with _answering(answer, tls=tls) as address:
        said = await _obstacle(f"{scheme}://{address}/1")
    assert said.startswith("Redis at db.example")
    assert words in said


async def test_a_name_that_nobody_knows(monkeypatch):
    async def unknown(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(trio, "open_tcp_stream", unknown)
    assert "the name of its host is not known" in await _obstacle("redis://db.example")


async def test_rights_that_a_user_lacks(link, redis_url, me):
    """At the top and inside of a script, where servers say it in another way."""
    try:
        for name, lacks in (("nogroup", "-xgroup"), ("noclaim", "-xclaim")):
            await link.command("ACL SETUSER", name, "on", ">pw", "~*", "+@all", lacks)
        path = redis_url.removeprefix("unix://")
        said = await _obstacle(f"unix://nogroup:pw@{path}")
        assert "extend its ACL" in said
        assert "xgroup" in said
        await produce.push(link, [BATCH])
        await intake.read(me, 1, block_ms=1)
        async with open_redis(f"unix://noclaim:pw@{path}") as redis:
            other = replace(
                me, link=Link(redis, link.names, "db.example"), name="other", lease_ms=0
            )
            with pytest.raises(RedisUnavailable, match=r"extend its ACL .*xclaim"):
                await intake.reclaim(other)
    finally:
        with trio.move_on_after(5, shield=True):
            await link.command("ACL DELUSER", "nogroup", "noclaim")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("ERR Error running script (call to f_1): @user_script:1: -OOM command not allowed", "OOM"),
        ("Error running script (call to f_1): @user_script: 7: -NOGROUP No such key", "NOGROUP"),
        ("OOM command not allowed script: on @user_script:150.", "OOM"),
    ],
)
def test_what_a_script_met_is_found_in_any_version(said, code):
    assert code_of(redis_errors.ResponseError(said)) == code
