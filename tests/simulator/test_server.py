"""HTTP/1.1 as careless and careful clients speak it."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import urlsplit

import pytest
import trio

from clipsaver.simulator import Simulator, World, open_simulator, serve_simulator
from clipsaver.simulator.serving.server import Options


def a_world() -> World:
    return World.generate(1, channels=1, messages=10, simple=True)


async def exchange(simulator: Simulator, data: bytes) -> bytes:
    """Sends bytes, says that no more will come, and reads to the end."""
    port = urlsplit(simulator.base_url).port
    assert port is not None
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(data)
        await stream.send_eof()
        return b"".join([piece async for piece in stream])


def request(simulator: Simulator, path: str = "/users/@me", *headers: str) -> bytes:
    lines = [
        f"GET /api/v10{path} HTTP/1.1",
        "Host: simulator",
        f"Authorization: Bot {simulator.token}",
        *headers,
    ]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


async def test_answers_tell_the_time_of_their_clock() -> None:
    async with open_simulator(a_world(), wall_clock=lambda: 1_700_000_000.9) as simulator:
        answers = await exchange(simulator, request(simulator) + request(simulator, "/nowhere"))
        assert answers.count(b"\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n") == 2


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with open_simulator(a_world()) as simulator:
        data = request(simulator) + request(simulator, "/nowhere") + request(simulator)
        answers = await exchange(simulator, data)
        assert re.findall(rb"HTTP/1\.1 (\d+)", answers) == [b"200", b"404", b"200"]


async def test_a_connection_is_closed_when_the_client_wants_it() -> None:
    async with open_simulator(a_world()) as simulator:
        data = request(simulator, "/users/@me", "Connection: close") + request(simulator)
        answers = await exchange(simulator, data)
        assert answers.count(b"HTTP/1.1 200") == 1
        assert b"connection: close" in answers.lower()


async def test_bytes_that_are_no_request_get_400() -> None:
    async with open_simulator(a_world()) as simulator:
        assert (await exchange(simulator, b"NONSENSE\r\n\r\n")).startswith(b"HTTP/1.1 400")
        assert (await exchange(simulator, request(simulator))).startswith(b"HTTP/1.1 200")


async def test_a_body_without_end_is_refused() -> None:
    async with open_simulator(a_world()) as simulator:
        head = (
            "POST /api/v10/attachments/refresh-urls HTTP/1.1\r\nHost: simulator\r\n"
            f"Content-Length: {3 << 20}\r\n\r\n"
        )
        port = urlsplit(simulator.base_url).port
        assert port is not None
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await stream.send_all(head.encode() + b"x" * ((1 << 20) + 1))
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 400")


async def test_who_asks_before_sending_a_body_is_told_to_go_on() -> None:
    async with open_simulator(a_world()) as simulator:
        body = b'{"attachment_urls": ["x"]}'
        head = request(
            simulator,
            "/attachments/refresh-urls",
            "Content-Type: application/json",
            "Expect: 100-continue",
            f"Content-Length: {len(body)}",
        ).replace(b"GET", b"POST", 1)
        port = urlsplit(simulator.base_url).port
        assert port is not None
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await stream.send_all(head)
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 100")
            await stream.send_all(body)
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 200")


async def test_a_client_that_leaves_in_the_middle_disturbs_nobody() -> None:
    async with open_simulator(a_world()) as simulator:
        await exchange(simulator, request(simulator)[:40])
        await exchange(simulator, request(simulator))
        statistics = simulator.statistics()
        assert statistics.connections == 2
        assert statistics.requests == 1


async def test_as_a_service_of_somebodys_nursery() -> None:
    async with trio.open_nursery() as nursery:
        serve = partial(
            serve_simulator, a_world(), host="localhost", options=Options(compress=True)
        )
        simulator: Simulator = await nursery.start(serve)
        assert simulator.api_url.startswith("http://127.0.0.1:")
        assert (await exchange(simulator, request(simulator))).startswith(b"HTTP/1.1 200")
        nursery.cancel_scope.cancel()


async def test_it_listens_on_this_machine_only() -> None:
    with pytest.raises(ValueError, match=r"only, not 0\.0\.0\.0"):
        async with open_simulator(a_world(), host="0.0.0.0"):
            raise AssertionError("it was served")
    with pytest.raises(ValueError, match="not 70000"):
        async with open_simulator(a_world(), port=70_000):
            raise AssertionError("it was served")


async def test_a_port_that_is_taken_is_told_plainly() -> None:
    async with open_simulator(a_world()) as simulator:
        port = urlsplit(simulator.base_url).port
        assert port is not None
        with pytest.raises(OSError, match="in use"):
            async with open_simulator(a_world(), port=port):
                raise AssertionError("it was served")
