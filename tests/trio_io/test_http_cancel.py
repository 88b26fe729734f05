"""Requests that are cancelled at any moment leave a transport that works as before."""

from __future__ import annotations

import os
import random
import resource
from contextlib import aclosing

import httpx
import pytest
import trio

from clipsaver.trio_io.http import H11Transport
from tests.trio_io.http_server import Conversation, client_tls, http_server

CONNECTIONS = 4
CANCELLED = 800
BODY = b"x" * 200_000


async def others_go_on() -> None:
    for _ in range(20):
        await trio.lowlevel.checkpoint()


async def slow_talk(conversation: Conversation) -> None:
    """Answers in pieces with pauses, so that cancellations hit every stage."""
    while await conversation.request() is not None:
        await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Le")
        await others_go_on()
        await conversation.send(b"ngth: %d\r\n\r\n" % len(BODY) + BODY[:1000])
        await others_go_on()
        await conversation.send(BODY[1000:])


async def fetch(transport: H11Transport, url: str) -> bytes:
    timeouts = {"connect": 10.0, "read": 10.0, "write": 10.0, "pool": 10.0}
    response = await transport.handle_async_request(
        httpx.Request("GET", url, extensions={"timeout": timeouts})
    )
    try:
        return await response.aread()
    finally:
        await response.aclose()


@pytest.mark.parametrize("tls", [False, True])
async def test_800_cancelled_requests(tls: bool) -> None:
    dice = random.Random(800)
    left = CANCELLED
    whole = 0

    async def open_slowly(host: str, port: int) -> trio.SocketStream:
        await others_go_on()
        stream = await trio.open_tcp_stream(host, port)
        try:
            await others_go_on()
        except BaseException:
            stream.socket.close()
            raise
        return stream

    async with (
        http_server(slow_talk, tls=tls) as server,
        H11Transport(
            max_connections=CONNECTIONS, tls=client_tls(), open_stream=open_slowly
        ) as http,
    ):

        async def canceller() -> None:
            nonlocal left, whole
            while left > 0:
                # Now and then there is time enough, however busy the machine is.
                limit_s = 10.0 if dice.random() < 0.05 else dice.uniform(0, 0.02)
                with trio.move_on_after(limit_s) as scope:
                    assert await fetch(http, server.url) == BODY
                    whole += 1
                left -= scope.cancelled_caught

        with trio.fail_after(120):
            async with trio.open_nursery() as nursery:
                for _ in range(3 * CONNECTIONS):
                    nursery.start_soon(canceller)
            counts = http.statistics()
            assert (counts.in_use, counts.waiting) == (0, 0)
            assert counts.idle <= CONNECTIONS
            assert whole > 0
            async with trio.open_nursery() as nursery:  # every slot is there
                for _ in range(CONNECTIONS):
                    nursery.start_soon(fetch, http, server.url)


async def test_cancelled_connects_leave_no_descriptors() -> None:
    """With 60 descriptors to spare, 200 cancelled handshakes have to give theirs back."""

    async def mute(conversation: Conversation) -> None:
        connected.set()
        await conversation.request()

    connected = trio.Event()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with http_server(mute) as server, H11Transport(tls=client_tls()) as http:
        highest = os.open("/dev/null", os.O_RDONLY)
        os.close(highest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 60, hard))
        try:
            for _ in range(200):
                connected = trio.Event()
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(fetch, http, server.url.replace("http", "https"))
                    await connected.wait()
                    nursery.cancel_scope.cancel()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert http.statistics().in_use == 0


async def test_closing_a_response_early_gives_its_slot_back() -> None:
    async with http_server(slow_talk) as server, H11Transport(max_connections=1) as http:
        for _ in range(3):
            response = await http.handle_async_request(httpx.Request("GET", server.url))
            assert http.statistics().in_use == 1
            async with aclosing(response.aiter_raw()) as parts:
                assert await anext(parts)
            with trio.CancelScope() as scope:
                scope.cancel()
                await response.aclose()  # also where the task is being cancelled
            assert http.statistics().in_use == 0
            assert http.statistics().idle == 0
