"""SentinelRedis at its edges: no primary, a demoted one, logins, TLS, cancellations, the loop."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import hiredis
import pytest
import redis
import trio
import trio.testing

from clipsaver.config.sentinel import parse_sentinel_url
from clipsaver.errors import RedisUnavailable, UsageError
from clipsaver.redis_calls.unavailable import translated
from clipsaver.trio_io.redis import open_redis
from clipsaver.trio_io.redis_primary import SentinelPrimary
from clipsaver.trio_io.redis_wire import pack_command
from tests.sentinels import SERVICE, Watched
from tests.trio_io.http_server import PEM
from tests.trio_io.test_redis import tls_server_context
from tests.worker.site import until

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="there is no trio-asyncio for it"
)

Answer = Callable[[list[str], int], bytes]
"""What a server says to a command, given its own port."""


@asynccontextmanager
async def answering(answer: Answer, *, tls: bool = False) -> AsyncIterator[str]:
    """A server that is its own sentinel; yields `host:port`. Without bytes it stays mute."""

    async def serve(raw: trio.SocketStream) -> None:
        stream: trio.abc.Stream = raw
        if tls:
            context = tls_server_context()
            stream = trio.SSLStream(raw, context, server_side=True, https_compatible=True)
        port = raw.socket.getsockname()[1]
        commands = hiredis.Reader()
        try:
            while received := await stream.receive_some():
                commands.feed(bytes(received))
                while (words := commands.gets()) is not False:
                    await stream.send_all(answer([word.decode() for word in words], port))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # the client is gone, as it may
        finally:
            await trio.aclose_forcefully(raw)

    async with trio.open_nursery() as nursery:
        [listener] = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
        yield "127.0.0.1:{1}".format(*listener.socket.getsockname())
        nursery.cancel_scope.cancel()


def state_of_primary(port: int, flags: str = "master") -> bytes:
    """As SENTINEL MASTER tells it."""
    facts = {"name": SERVICE, "ip": "127.0.0.1", "port": str(port), "flags": flags}
    facts |= {"num-slaves": "0", "num-other-sentinels": "0", "quorum": "1"}
    words = [word for pair in facts.items() for word in pair]
    return b"%%%d\r\n" % len(facts) + b"".join(
        b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words
    )


def willing(words: list[str], port: int) -> bytes:
    """Plays a sentinel and its primary."""
    match words:
        case ["HELLO", *_]:
            return b"%1\r\n$5\r\nproto\r\n:3\r\n"
        case ["SENTINEL", "MASTERS"]:
            return b"*1\r\n" + state_of_primary(port)
        case ["SENTINEL", "MASTER", _]:
            return state_of_primary(port)
        case ["SENTINEL", *_]:
            return b"*0\r\n"
        case ["PING"]:
            return b"+PONG\r\n"
    return b"+OK\r\n"


async def refusal(url: str) -> str:
    """Why a command cannot be sent there, as a person reads it."""
    async with open_redis(url, timeout_s=2) as client:
        with pytest.raises(RedisUnavailable) as caught, translated("there"):
            await client.ping()
        return caught.value.obstacle


async def test_what_keeps_one_from_a_primary_is_told_apart(
    watched: Watched, redis_url: str
) -> None:
    assert "none of its sentinels answers" in await refusal(
        f"redis+sentinel://127.0.0.1:1/{SERVICE}"
    )
    unknown = watched.url.replace(SERVICE, "others")
    assert "do not know a primary of that name" in await refusal(unknown)
    not_one = watched.primary_url.replace("redis://", "redis+sentinel://")
    assert "is no sentinel" in await refusal(not_one.replace("/0", f"/{SERVICE}"))

    def down(words: list[str], port: int) -> bytes:
        if words[:2] == ["SENTINEL", "MASTERS"]:
            return b"*1\r\n" + state_of_primary(port, "master,s_down,o_down")
        if words[:2] == ["SENTINEL", "MASTER"]:
            return state_of_primary(port, "master,s_down,o_down")
        return willing(words, port)

    async with answering(down) as place:
        assert "no primary that is up" in await refusal(f"redis+sentinel://{place}/{SERVICE}")


async def test_one_sentinel_that_answers_is_enough(watched: Watched) -> None:
    url = watched.url.replace("://", "://127.0.0.1:1,")
    async with open_redis(url) as client:
        assert await client.ping()
        view = await client.look_at_sentinels()
    assert view is not None
    assert (view.asked, view.answered, view.primary, view.is_up) == (
        2,
        1,
        f"127.0.0.1:{watched.primary}",
        True,
    )
    assert len(view.problems) == 1


async def test_a_sentinel_that_closed_its_connection_is_asked_again(watched: Watched) -> None:
    async with open_redis(watched.url) as client, trio.open_nursery() as nursery:
        assert await client.ping()
        with redis.Redis(port=watched.sentinels[0]) as sentinel:
            assert sentinel.client_kill_filter(_type="normal", skipme=True) >= 1
        nursery.start_soon(partial(client.xread, {"jobs": "$"}, block=0))
        await trio.testing.wait_all_tasks_blocked()
        assert await client.ping()  # on a second connection
        assert client.statistics().opened == 2
        nursery.cancel_scope.cancel()


async def test_logins_of_sentinels_and_of_the_primary() -> None:
    def guarded(words: list[str], port: int) -> bytes:
        asked.append(words[:2])
        if words[0] != "HELLO":
            return willing(words, port)
        assert words[2] == "AUTH"
        logins.append(words[3:5])
        if words[4] not in ("of sentinel", "of primary"):
            return b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"
        return willing(words, port)

    asked: list[list[str]] = []
    logins: list[list[str]] = []
    async with answering(guarded) as place:
        own = "sentinel_username=s&sentinel_password="
        url = f"redis+sentinel://me:of%20primary@{place}/{SERVICE}?{own}"
        async with open_redis(f"{url}of+sentinel") as client:
            assert await client.ping()
        assert logins == [["s", "of sentinel"], ["me", "of primary"]]
        assert ["CLIENT", "MAINT_NOTIFICATIONS"] not in asked
        assert "its sentinels want a user name or a password" in await refusal(f"{url}wrong")
        wrong = f"redis+sentinel://me:wrong@{place}/{SERVICE}?{own}of+sentinel"
        assert "it refuses the user name or the password" in await refusal(wrong)


async def test_tls_is_spoken_with_sentinels_and_primary() -> None:
    async with answering(willing, tls=True) as place:
        url = f"rediss+sentinel://{place}/{SERVICE}"
        for options in (f"?ssl_ca_certs={PEM}", "?ssl_cert_reqs=none"):
            async with open_redis(url + options) as client:
                for _ in range(3):
                    assert await client.ping()
                assert client.statistics().opened == 1
        assert "its certificate is not trusted" in await refusal(url)


async def test_a_demoted_primary_is_left(watched: Watched) -> None:
    async with open_redis(watched.url) as client:
        await client.xgroup_create("jobs", "workers", mkstream=True)
        with redis.Redis.from_url(watched.primary_url) as primary:

            async def is_waiting() -> bool:
                return bool(primary.info("clients")["blocked_clients"])

            try:
                async with trio.open_nursery() as nursery:

                    async def wait_for_jobs() -> None:
                        with pytest.raises(RedisUnavailable, match="ended a read"), translated("x"):
                            await client.xreadgroup("workers", "me", {"jobs": ">"}, block=60_000)

                    nursery.start_soon(wait_for_jobs)
                    await until(is_waiting, "the read waits")
                    primary.replicaof("127.0.0.1", "1")
                assert client.statistics().idle == 0
                with pytest.raises(RedisUnavailable, match="has become a replica"), translated("x"):
                    await client.set("key", "value")
            finally:
                primary.replicaof("NO", "ONE")
        assert client.statistics().idle == 0
        assert await client.set("key", "value")


async def test_a_mute_primary_is_a_timeout_and_leaves_nothing_behind() -> None:
    def mute(words: list[str], port: int) -> bytes:
        return b"" if words == ["PING"] else willing(words, port)

    async with (
        answering(mute) as place,
        open_redis(
            f"redis+sentinel://{place}/{SERVICE}", timeout_s=0.2, max_connections=1
        ) as client,
    ):
        for opened in (1, 2):
            with pytest.raises(redis.TimeoutError, match=f"the primary '{SERVICE}' in"):
                await client.ping()
            counts = client.statistics()
            assert (counts.opened, counts.dropped, counts.in_use) == (opened, opened, 0)


async def test_a_name_that_is_not_found_in_time_keeps_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(15) and [])
    try:
        with trio.fail_after(10):
            async with open_redis(f"redis+sentinel://nowhere/{SERVICE}", timeout_s=0.3) as client:
                with pytest.raises(redis.ConnectionError, match="Timeout"):
                    await client.ping()
    finally:
        released.set()


async def test_what_the_block_raises_comes_out_as_it_is(watched: Watched) -> None:
    error = UsageError("as it is")

    async def fail() -> None:
        async with open_redis(watched.url) as client:
            await client.ping()
            raise error

    with pytest.raises(UsageError) as caught:
        await fail()
    assert caught.value is error


async def test_last_words_are_heard_while_all_else_is_cancelled(watched: Watched) -> None:
    with trio.CancelScope() as scope:
        async with open_redis(watched.url) as client:
            try:
                await client.ping()
                scope.cancel()
                with trio.fail_after(5):
                    await client.xread({"jobs": "$"}, block=0)
            finally:
                with trio.move_on_after(5, shield=True):
                    await trio.testing.wait_all_tasks_blocked()  # all that is cancelled has ended
                    await client.set("last", "words")
    assert scope.cancelled_caught
    with redis.Redis.from_url(watched.primary_url) as primary:
        assert primary.get("last") == b"words"


async def test_a_client_that_is_cancelled_before_it_is_open(watched: Watched) -> None:
    with trio.CancelScope() as scope:
        scope.cancel()
        async with open_redis(watched.url) as client:
            await client.ping()
    assert scope.cancelled_caught


def on_asyncio(talk: Callable[[SentinelPrimary], Awaitable[None]], url: str) -> None:
    async def main() -> None:
        primary = SentinelPrimary(parse_sentinel_url(url), timeout_s=2)
        await talk(primary)
        await primary.close()

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(main())


def test_a_connection_in_use_while_the_primary_changes_is_not_used_again(watched: Watched) -> None:
    async def talk(primary: SentinelPrimary) -> None:
        get = pack_command(("GET", "key"))
        assert await primary.exchange(get, 1) == [None]
        assert primary.counts() == (1, 1, 0)
        primary._pool.master_address = ("127.0.0.1", 1)  # as another connection would find it
        assert await primary.exchange(get, 1) == [None]
        assert primary.counts() == (0, 1, 1)
        assert await primary.exchange(get, 1) == [None]
        assert primary.counts() == (1, 2, 1)

    on_asyncio(talk, watched.url)


def test_a_connection_is_closed_and_released_without_waiting(watched: Watched) -> None:
    """What waits can be cancelled: the pool would then count the connection as in use for ever."""

    async def talk(primary: SentinelPrimary) -> None:
        connection = await primary._pool.get_connection()
        for ending in (connection.disconnect(nowait=True), primary._pool.release(connection)):
            with pytest.raises(StopIteration):
                ending.send(None)
        assert not list(primary._pool._get_in_use_connections())

    on_asyncio(talk, watched.url)


def test_nobody_pays_for_the_bridge_who_does_not_cross_it() -> None:
    script = (
        "import sys, clipsaver.worker.stores, clipsaver.doctor.examination; "
        "sys.exit('trio_asyncio' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
