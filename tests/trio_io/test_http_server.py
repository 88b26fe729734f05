"""The small server, over real sockets: what it answers, and what clients cannot do to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import structlog
import trio

from clipsaver.trio_io.http_server import HttpAnswer, HttpRequest, ServerLimits, serve_http

QUICK = ServerLimits(connections=2, head_bytes=2048, head_s=0.2, answer_s=0.2)


async def echo(request: HttpRequest) -> HttpAnswer:
    if request.path == "/bug":
        raise RuntimeError("a bug")
    if request.path == "/large":
        return HttpAnswer(200, bytes(20 << 20))
    return HttpAnswer(
        200, f"{request.method} {request.path}".encode(), headers=[("Allow", "GET, HEAD")]
    )


class Client:
    def __init__(self, port: int) -> None:
        self.port = port

    async def connect(self) -> trio.SocketStream:
        return await trio.open_tcp_stream("127.0.0.1", self.port)

    async def say(self, raw: bytes) -> bytes:
        """All that is answered, up to the end of the connection."""
        async with await self.connect() as stream:
            await stream.send_all(raw)
            return await rest_of(stream)


async def rest_of(stream: trio.SocketStream) -> bytes:
    received = bytearray()
    try:
        async for part in stream:
            received += part
    except trio.BrokenResourceError:
        received += b" (reset)"
    return bytes(received)


@asynccontextmanager
async def serving(limits: ServerLimits | None = None) -> AsyncIterator[Client]:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:

            async def serve(*, task_status: trio.TaskStatus[object]) -> None:
                await serve_http(listeners, echo, limits=limits, task_status=task_status)

            await nursery.start(serve)
            yield Client(port)
            nursery.cancel_scope.cancel()


async def test_a_request_gets_its_answer_and_the_connection_ends() -> None:
    async with serving() as client:
        head, _, body = (await client.say(b"GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n")).partition(
            b"\r\n\r\n"
        )
    lines = head.split(b"\r\n")
    assert lines[0].startswith(b"HTTP/1.1 200")
    assert {b"Content-Length: 6", b"Connection: close", b"Allow: GET, HEAD"} <= set(lines)
    assert body == b"GET /a"


async def test_head_gets_the_same_without_the_body() -> None:
    async with serving() as client:
        answer = await client.say(b"HEAD /a HTTP/1.0\r\n\r\n")
    assert b"Content-Length: 7" in answer
    assert answer.endswith(b"\r\n\r\n")


async def test_a_body_that_comes_along_does_not_cost_the_answer() -> None:
    async with serving() as client:
        raw = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n" + bytes(50_000)
        assert (await client.say(raw)).endswith(b"POST /")


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"\x16\x03\x01 hello\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 4000, b"431"),
        (b"GET / HT", b"408"),
        (b"", b"408"),
    ],
    ids=["not http", "no host", "endless head", "half a head", "silence"],
)
async def test_what_is_no_request_is_told_so_in_time(raw: bytes, status: bytes) -> None:
    async with serving(QUICK) as client:
        assert (await client.say(raw)).startswith(b"HTTP/1.1 " + status)


async def test_a_bug_in_an_answer_costs_only_that_answer() -> None:
    async with serving() as client:
        with structlog.testing.capture_logs() as logs:
            answer = await client.say(b"GET /bug HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 500")
        assert b"a bug" not in answer
        assert [(log["event"], log["path"]) for log in logs] == [("answer_failed", "/bug")]
        assert b"GET /" in await client.say(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")


async def test_who_leaves_in_the_middle_harms_nobody() -> None:
    async with serving(QUICK) as client:
        async with await client.connect():
            pass
        async with await client.connect() as stream:
            await stream.send_all(b"GET / HTT")
        assert b"GET /" in await client.say(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")


async def test_who_does_not_take_its_answer_has_its_place_for_a_while_only() -> None:
    one_place = replace(QUICK, connections=1)
    async with serving(one_place) as client, await client.connect() as greedy:
        await greedy.send_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        taken = await greedy.receive_some(1)
        while b"GET /" not in await client.say(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"):
            pass
        assert len(taken + await rest_of(greedy)) < 20 << 20


async def test_who_asks_nothing_makes_room_for_who_does() -> None:
    """Else a few open connections would make a worker look dead."""
    patient = ServerLimits(connections=1, head_s=60.0)
    async with serving(patient) as client, await client.connect() as silent:
        await silent.send_all(b"G")
        assert b"GET /" in await client.say(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await rest_of(silent) in (b"", b" (reset)")


async def test_where_all_have_asked_more_connections_are_closed() -> None:
    async with serving(replace(QUICK, connections=1)) as client, await client.connect() as greedy:
        await greedy.send_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        await greedy.receive_some(1)
        assert await client.say(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") in (b"", b" (reset)")
