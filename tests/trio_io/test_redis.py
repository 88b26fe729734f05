"""TrioRedis at its edges: blocking, timeouts, cancellations, servers that leave, addresses."""

from __future__ import annotations

import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import redis.exceptions
import trio
from redis.exceptions import AuthenticationError, BusyLoadingError, DataError, NoPermissionError

from clipsaver.trio_io.redis import open_redis
from clipsaver.trio_io.redis_client import RedisClient
from clipsaver.trio_io.redis_wire import parse_address
from tests.trio_io.http_server import PEM

HELLO = b"%1\r\n$5\r\nproto\r\n:3\r\n"
Script = Callable[[trio.abc.Stream], Awaitable[None]]


def tls_server_context() -> ssl.SSLContext:
    """With a certificate for 127.0.0.1 that only PEM itself vouches for."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)
    return context


@asynccontextmanager
async def scripted(script: Script, *, tls: bool = False) -> AsyncIterator[str]:
    """A server that answers HELLO and then plays `script`; yields `host:port`."""
    context = tls_server_context()

    async def serve(raw: trio.SocketStream) -> None:
        stream: trio.abc.Stream = raw
        if tls:
            stream = trio.SSLStream(raw, context, server_side=True, https_compatible=True)
        try:
            await stream.receive_some()
            await stream.send_all(HELLO)
            await script(stream)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # the client is gone, as it may
        finally:
            await trio.aclose_forcefully(raw)

    async with trio.open_nursery() as nursery:
        [listener] = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
        yield "127.0.0.1:{1}".format(*listener.socket.getsockname())
        nursery.cancel_scope.cancel()


async def test_a_blocking_read_may_last_longer_than_the_timeout(any_redis_url: str) -> None:
    async with open_redis(any_redis_url, timeout_s=0.3) as client:
        await client.xgroup_create("jobs", "workers", mkstream=True)
        start = trio.current_time()
        assert await client.xreadgroup("workers", "me", {"jobs": ">"}, block=400) == {}
        assert trio.current_time() - start > 0.3
        with trio.move_on_after(0.4) as scope:
            await client.xread({"jobs": "$"}, block=0)  # 0 is for ever
        assert scope.cancelled_caught


async def test_a_mute_server_is_a_timeout() -> None:
    async def mute(stream: trio.abc.Stream) -> None:
        await trio.sleep_forever()

    async with (
        scripted(mute) as place,
        open_redis(f"redis://{place}", timeout_s=0.05, max_connections=1) as client,
    ):
        for _ in range(2):
            with pytest.raises(redis.exceptions.TimeoutError, match=place):
                await client.ping()
        counts = client.statistics()
        assert (counts.opened, counts.dropped, counts.in_use, counts.idle) == (2, 2, 0, 0)


async def test_a_cancelled_read_frees_the_connection_and_keeps_the_entry(
    any_redis_url: str,
) -> None:
    async with open_redis(any_redis_url, max_connections=1) as client:
        await client.xgroup_create("jobs", "workers", mkstream=True)
        with trio.move_on_after(0.02) as scope:
            await client.xreadgroup("workers", "me", {"jobs": ">"}, block=60_000)
        assert scope.cancelled_caught
        await client.xadd("jobs", {"job": "1"}, id="1-1")
        read = await client.xreadgroup("workers", "me", {"jobs": ">"}, block=1000)
        pending = await client.xreadgroup("workers", "me", {"jobs": "0"})
        assert (read or pending) == {b"jobs": [[(b"1-1", {b"job": b"1"})]]}


async def test_random_cancellations_mix_up_no_answers(any_redis_url: str) -> None:
    dice = random.Random(11)
    answered = 0
    longest_s = 0.03 if "sentinel" in any_redis_url else 0.003  # it takes longer over the bridge

    async def echo(client: RedisClient, task: int) -> None:
        nonlocal answered
        for n in range(60):
            with trio.move_on_after(dice.uniform(0, longest_s)):
                text = f"{task}-{n}"
                assert await client.echo(text) == text.encode()
                async with client.pipeline(transaction=n % 2 == 0) as pipe:
                    pipe.echo(f"{text}-a").echo(f"{text}-b")
                    assert await pipe.execute() == [f"{text}-a".encode(), f"{text}-b".encode()]
                answered += 1

    async with open_redis(any_redis_url, max_connections=3) as client:
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                for task in range(10):
                    nursery.start_soon(echo, client, task)
        assert answered > 0
        counts = client.statistics()
        assert (counts.in_use, counts.waiting) == (0, 0)
        assert counts.idle <= 3
        assert counts.opened - counts.dropped == counts.idle


async def test_connections_that_the_server_left_are_not_used(any_redis_url: str) -> None:
    async with open_redis(any_redis_url) as client, open_redis(any_redis_url) as other:
        await client.set("counter", 0)
        for expected in range(1, 4):
            assert await other.client_kill_filter(_type="normal", skipme=True) >= 1
            # INCR must not be repeated, so a broken connection has to be seen beforehand.
            assert await client.incr("counter") == expected
        assert client.statistics().dropped == 3


async def test_a_server_that_leaves_in_the_middle_is_a_connection_error() -> None:
    async def leave(stream: trio.abc.Stream) -> None:
        await stream.receive_some()
        await stream.send_all(b"$100\r\nhalf")

    async with scripted(leave) as place, open_redis(f"redis://{place}") as client:
        with pytest.raises(redis.exceptions.ConnectionError, match="closed the connection"):
            await client.get("key")
        assert client.statistics().in_use == 0


async def test_push_messages_are_passed_over() -> None:
    async def push(stream: trio.abc.Stream) -> None:
        await stream.receive_some()
        await stream.send_all(b">2\r\n$10\r\ninvalidate\r\n*0\r\n$5\r\nvalue\r\n")
        await trio.sleep_forever()

    async with scripted(push) as place, open_redis(f"redis://{place}") as client:
        assert await client.get("key") == b"value"


async def test_a_loading_server_and_nonsense() -> None:
    async def loading(stream: trio.abc.Stream) -> None:
        while await stream.receive_some():
            await stream.send_all(b"-LOADING Redis is loading the dataset in memory\r\n")

    async def nonsense(stream: trio.abc.Stream) -> None:
        await stream.receive_some()
        await stream.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with scripted(loading) as place, open_redis(f"redis://{place}") as client:
        with pytest.raises(BusyLoadingError):
            await client.ping()
        async with client.pipeline(transaction=False) as pipe:
            pipe.get("a")
            with pytest.raises(BusyLoadingError):
                await pipe.execute(raise_on_error=False)
    async with scripted(nonsense) as place, open_redis(f"redis://{place}") as client:
        with pytest.raises(redis.exceptions.InvalidResponse):
            await client.ping()
        assert client.statistics().dropped == 1


async def test_what_cannot_be_reached() -> None:
    async with open_redis("redis://127.0.0.1:1/0") as client:
        with pytest.raises(redis.exceptions.ConnectionError, match=r"127\.0\.0\.1:1"):
            await client.ping()
    async with open_redis("unix:///nowhere/redis.sock") as client:
        with pytest.raises(redis.exceptions.ConnectionError, match=r"/nowhere/redis\.sock"):
            await client.ping()
        client.close()
        with pytest.raises(redis.exceptions.ConnectionError, match="client is closed"):
            await client.ping()


async def test_tls() -> None:
    async def pong(stream: trio.abc.Stream) -> None:
        while await stream.receive_some():
            await stream.send_all(b"+PONG\r\n")

    async with scripted(pong, tls=True) as place:
        for options in (f"?ssl_ca_certs={PEM}", "?ssl_cert_reqs=none"):
            async with open_redis(f"rediss://{place}/{options}") as client:
                for _ in range(3):
                    assert await client.ping() is True
                assert client.statistics().opened == 1
        async with open_redis(f"rediss://{place}") as client:
            with pytest.raises(redis.exceptions.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
                await client.ping()


async def test_users_databases_and_names(redis_url: str) -> None:
    socket = redis_url.removeprefix("unix://").removesuffix("?db=0")
    async with open_redis(redis_url) as admin:
        rules: dict[str, Any] = {"passwords": ["+p@ss w/rd"], "keys": ["*"], "enabled": True}
        await admin.acl_setuser("clips", categories=["+@read", "+@connection"], **rules)
        try:
            url = f"unix://clips:p%40ss%20w%2Frd@{socket}?db=3"
            async with open_redis(url) as client:
                info = await client.client_info()
                assert (info["user"], info["db"], info["name"]) == ("clips", 3, "clipsaver")
                with pytest.raises(NoPermissionError):
                    await client.set("key", "value")
            async with open_redis(f"unix://clips:wrong@{socket}") as client:
                with pytest.raises(AuthenticationError):
                    await client.ping()
                assert client.statistics().in_use == 0
            async with open_redis(f"unix://{socket}?db=99") as client:
                with pytest.raises(redis.exceptions.ResponseError, match="DB index"):
                    await client.ping()
        finally:
            with trio.move_on_after(5, shield=True):
                await admin.acl_deluser("clips")


def test_addresses() -> None:
    plain = parse_address("redis://me:secret@redis.example:7000/2")
    assert (plain.host, plain.port, plain.db) == ("redis.example", 7000, 2)
    assert (plain.username, plain.password, plain.tls) == ("me", "secret", None)
    assert str(plain) == "redis.example:7000"
    assert "secret" not in repr(plain)
    local = parse_address("unix:///run/redis.sock?db=1")
    assert (local.path, local.db, str(local)) == ("/run/redis.sock", 1, "/run/redis.sock")
    tls = parse_address("rediss://redis.example").tls
    assert tls is not None
    assert tls.verify_mode is ssl.CERT_REQUIRED
    with pytest.raises(ValueError, match="socket_timeout"):
        parse_address("redis://localhost?socket_timeout=3")
    with pytest.raises(ValueError, match="redis://, rediss://, unix://"):
        parse_address("http://localhost")
    with pytest.raises(ValueError, match="ssl_cert_reqs"):
        parse_address("rediss://localhost?ssl_cert_reqs=optional")


async def test_arguments_that_cannot_be_sent(redis_url: str) -> None:
    async with open_redis(redis_url) as client:
        with pytest.raises(DataError, match="SET"):
            await client.set("key", None)  # type: ignore[arg-type]
        with pytest.raises(redis.exceptions.RedisError, match="WATCH"):
            client.pipeline().execute_command("WATCH", "key")
        assert client.statistics().opened == 0
