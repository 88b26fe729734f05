"""One client's connection: HTTP/1.1 over h11, keep-alive and pipelining included."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache

import h11
import trio

from clipsaver.simulator.api.answers import Answer, Request
from clipsaver.simulator.api.discord import Discord
from clipsaver.simulator.traffic.faults import Fault, FaultKind

_READ_BYTES = 65_536
_BODY_LIMIT_BYTES = 1 << 20
_DRIP_S = 0.05
"""A slow body goes out in pieces of this length in time."""


class BadRequest(Exception):
    """What the client sent is no request that this server reads."""


class Connection:
    """Reads requests from a stream and writes the answers, one after the other."""

    def __init__(
        self, stream: trio.SocketStream, discord: Discord, wall_clock: Callable[[], float]
    ) -> None:
        self._stream = stream
        self._discord = discord
        self._wall_clock = wall_clock
        self._http = h11.Connection(h11.SERVER)

    async def serve(self) -> None:
        """Answers until the client goes away or a fault ends the connection."""
        while True:
            request = await self._next_request()
            if request is None or not await self._respond(request):
                return
            if self._http.our_state is h11.MUST_CLOSE:
                return
            self._http.start_next_cycle()

    async def _respond(self, request: Request) -> bool:
        """Sends the answer, or as much of it as a fault lets through; False ends it all."""
        plan = self._discord.plan(request)
        if plan.delay_s:
            await trio.sleep(plan.delay_s)
        if plan.fault is not None and plan.fault.kind is FaultKind.HANG:
            await self._wait_until_gone()
            return False
        now = self._wall_clock()
        answer = self._discord.answer(
            request, now=now, monotonic=trio.current_time(), fault=plan.fault
        )
        data = wire(self._http, request, answer, date=_date(int(now)))
        if plan.fault is None:
            await self._send(data)
            return True
        return await self._send_badly(data, len(answer.body), plan.fault)

    async def _send_badly(self, data: bytes, body_bytes: int, fault: Fault) -> bool:
        kept = len(data) - body_bytes + int(body_bytes * min(max(fault.share, 0), 1))
        match fault.kind:
            case FaultKind.CUT_SHORT:
                await self._send(data[:kept])
                return False
            case FaultKind.RESET_MID_BODY:
                await self._send(data[:kept])
                # Lingering for no time at all makes the kernel reset instead of closing.
                no_time = struct.pack("ii", 1, 0)
                self._stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_time)
                return False
            case FaultKind.SLOW_BODY:
                piece = max(1, int(fault.bytes_per_s * _DRIP_S))
                for start in range(0, len(data), piece):
                    await self._send(data[start : start + piece])
                    await trio.sleep(_DRIP_S)
            case _:
                await self._send(data)
        return True

    async def _send(self, data: bytes) -> None:
        self._discord.tally.sent_bytes += len(data)
        await self._stream.send_all(data)

    async def _wait_until_gone(self) -> None:
        while await self._stream.receive_some(_READ_BYTES):
            pass

    async def _next_request(self) -> Request | None:
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                await self._expect_more()
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > _BODY_LIMIT_BYTES:
                    raise BadRequest(f"the body is larger than {_BODY_LIMIT_BYTES} bytes")
            elif isinstance(event, h11.EndOfMessage):
                assert head is not None
                return _request(head, bytes(body))
            else:
                return None

    async def _expect_more(self) -> None:
        if self._http.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[])
            await self._stream.send_all(self._http.send(go_on) or b"")
        self._http.receive_data(await self._stream.receive_some(_READ_BYTES))


def wire(http: h11.Connection, request: Request, answer: Answer, *, date: str) -> bytes:
    """The whole answer as bytes: one send instead of three."""
    headers = [
        ("Date", date),
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(answer.body))),
        *answer.headers,
    ]
    head = h11.Response(status_code=answer.status, reason=answer.reason, headers=headers)
    parts = [http.send(head)]
    if answer.body and request.method != "HEAD":
        parts.append(http.send(h11.Data(data=answer.body)))
    parts.append(http.send(h11.EndOfMessage()))
    return b"".join(part for part in parts if part)


@lru_cache(maxsize=2)
def _date(unix_s: int) -> str:
    """The header by which a client can tell how its own clock stands."""
    return formatdate(unix_s, usegmt=True)


def _request(head: h11.Request, body: bytes) -> Request:
    path, _, query = head.target.decode("ascii").partition("?")
    headers = {name.decode("ascii"): value.decode("latin-1") for name, value in head.headers}
    return Request(head.method.decode("ascii"), path, query, headers, body)
