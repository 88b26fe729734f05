"""Answers an httpx client's requests without a socket, by whatever clock.

For what takes a day: with Trio's mock clock, latencies and limits run on virtual time, which a
socket would not wait for.
"""

from __future__ import annotations

import math
from email.utils import formatdate
from typing import NoReturn

import httpx
import trio

from clipsaver.simulator.api.answers import Answer, Request
from clipsaver.simulator.serving.server import Options, Simulator, assembled
from clipsaver.simulator.traffic.faults import Fault, FaultKind, Faults
from clipsaver.simulator.world.world import World


class InProcess(httpx.AsyncBaseTransport):
    """A simulated Discord to give to a client as its transport; it listens nowhere."""

    def __init__(
        self, world: World, *, faults: Faults | None = None, options: Options | None = None
    ) -> None:
        """`options.wall_clock` dates links and the index of the search."""
        self._options = options or Options()
        self.simulator = Simulator(world.base_url, assembled(world, faults, self._options))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises ReadError and RemoteProtocolError where a fault ends the answer too early."""
        discord = self.simulator.discord
        asked = await _read(request)
        plan = discord.plan(asked)
        await trio.sleep(plan.delay_s)
        if plan.fault is not None and plan.fault.kind is FaultKind.HANG:
            await _hang(request)
        now = self._options.wall_clock()
        answer = discord.answer(asked, now=now, monotonic=trio.current_time(), fault=plan.fault)
        if plan.fault is not None:
            await _send_badly(request, answer, plan.fault)
        discord.tally.sent_bytes += len(answer.body)
        headers = [
            ("Date", formatdate(int(now), usegmt=True)),
            ("Content-Type", answer.content_type),
            ("Content-Length", str(len(answer.body))),
            *answer.headers,
        ]
        body = b"" if request.method == "HEAD" else answer.body
        stream = httpx.ByteStream(body)
        return httpx.Response(answer.status, headers=headers, stream=stream, request=request)


async def _read(request: httpx.Request) -> Request:
    target = request.url.raw_path.decode("ascii")
    path, _, query = target.partition("?")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Request(request.method, path, query, headers, await request.aread())


async def _hang(request: httpx.Request) -> NoReturn:
    read_s = request.extensions.get("timeout", {}).get("read")
    with trio.move_on_after(math.inf if read_s is None else read_s):
        await trio.sleep_forever()
    raise httpx.ReadTimeout("no answer came", request=request)


async def _send_badly(request: httpx.Request, answer: Answer, fault: Fault) -> None:
    """What of a fault happens on the wire."""
    match fault.kind:
        case FaultKind.CUT_SHORT:
            message = "the body ended too early"
            raise httpx.RemoteProtocolError(message, request=request)
        case FaultKind.RESET_MID_BODY:
            raise httpx.ReadError("the connection was reset", request=request)
        case FaultKind.SLOW_BODY:
            await trio.sleep(len(answer.body) / fault.bytes_per_s)
        case _:
            return
