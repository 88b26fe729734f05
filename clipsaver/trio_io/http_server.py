"""A small HTTP/1.1 server on Trio over h11: one request for each connection, and no bodies read.

For figures and health, which a machine asks for now and then. Whoever connects is bounded in what
it may send, in how long it may take, and in how many it may be.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate

import h11
import structlog
import trio

_log = structlog.get_logger()

_READ_BYTES = 4096
_REST_BYTES = 65_536
"""Of what a client still sends after its answer: closing on it would take the answer away."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What was asked."""

    method: str
    path: str
    """Without the query, as it was sent."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name in lower case; of several of one name the last."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What is said to it."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    headers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What clients may cost."""

    connections: int = 32
    """At once. Of more, one without a request makes room, the oldest first; where each has one, the
    newcomer is closed without a word."""
    head_bytes: int = 16_384
    head_s: float = 5.0
    """For sending the request."""
    answer_s: float = 10.0
    """For taking the answer."""


Respond = Callable[[HttpRequest], Awaitable[HttpAnswer]]
"""Answers every request, of whatever method; bounded in time by itself."""
Idle = dict[trio.CancelScope, None]
"""What closes each connection that has no request yet, the oldest first."""


async def serve_http(
    listeners: Sequence[trio.SocketListener],
    respond: Respond,
    *,
    limits: ServerLimits | None = None,
    task_status: trio.TaskStatus[list[trio.SocketListener]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serves until cancelled, and closes the listeners.

    An answer that cannot be made is 500 to whoever asked, a line in the log, and nothing more.
    """
    bounds = limits or ServerLimits()
    places = trio.Semaphore(bounds.connections)
    idle: Idle = {}

    async def serve(stream: trio.SocketStream) -> None:
        if places.value == 0:
            if not idle:
                return
            oldest = next(iter(idle))
            del idle[oldest]
            oldest.cancel()
        await places.acquire()  # waits no longer than it takes to close that one
        try:
            await _Exchange(stream, bounds).serve(respond, idle)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return  # they are gone: nobody is left to answer
        finally:
            places.release()

    await trio.serve_listeners(serve, list(listeners), task_status=task_status)


class _Exchange:
    """One connection with its one request."""

    def __init__(self, stream: trio.SocketStream, limits: ServerLimits) -> None:
        self._stream = stream
        self._limits = limits
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.head_bytes)

    async def serve(self, respond: Respond, idle: Idle) -> None:
        """While there is no request, it is among the idle ones."""
        request: HttpRequest | None = None
        with trio.CancelScope() as makes_room:
            idle[makes_room] = None
            try:
                request = await self._request_or_refusal()
            finally:
                idle.pop(makes_room, None)
        if request is not None:
            answer = await _answer(respond, request)
            await self._send_in_time(answer, with_body=request.method != "HEAD")

    async def _request_or_refusal(self) -> HttpRequest | None:
        """The request; None where there is none, after the client was told why."""
        with trio.move_on_after(self._limits.head_s) as in_time:
            try:
                return await self._request()
            except h11.RemoteProtocolError as error:
                answer = _plain(
                    error.error_status_hint, f"this is no request that is read: {error}"
                )
        if in_time.cancelled_caught:
            answer = _plain(408, "the request did not come in time")
        await self._send_in_time(answer, with_body=True)
        return None

    async def _request(self) -> HttpRequest | None:
        """The head of the request; None where the client has left instead."""
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._stream.receive_some(_READ_BYTES))
        if not isinstance(event, h11.Request):
            return None
        names = {name.decode("ascii"): value.decode("latin-1") for name, value in event.headers}
        path = event.target.decode("ascii", "replace").partition("?")[0]
        return HttpRequest(event.method.decode("ascii"), path, names)

    async def _send_in_time(self, answer: HttpAnswer, *, with_body: bool) -> None:
        with trio.move_on_after(self._limits.answer_s):
            await self._send(answer, with_body=with_body)

    async def _send(self, answer: HttpAnswer, *, with_body: bool) -> None:
        headers = [
            ("Date", formatdate(usegmt=True)),
            ("Content-Type", answer.content_type),
            ("Content-Length", str(len(answer.body))),
            ("Cache-Control", "no-store"),
            ("Connection", "close"),
            *answer.headers,
        ]
        parts = [self._http.send(h11.Response(status_code=answer.status, headers=headers))]
        if with_body:
            parts.append(self._http.send(h11.Data(data=answer.body)))
        parts.append(self._http.send(h11.EndOfMessage()))
        await self._stream.send_all(b"".join(part for part in parts if part))
        await self._stream.send_eof()
        left = _REST_BYTES
        while left > 0 and (part := await self._stream.receive_some(_READ_BYTES)):
            left -= len(part)


async def _answer(respond: Respond, request: HttpRequest) -> HttpAnswer:
    try:
        return await respond(request)
    except Exception:  # noqa: BLE001 - who looks must not be able to end what is looked at
        _log.exception("answer_failed", path=request.path)
        return _plain(500, "this could not be answered; the log says why")


def _plain(status: int, words: str) -> HttpAnswer:
    return HttpAnswer(status, f"{words}\n".encode())
