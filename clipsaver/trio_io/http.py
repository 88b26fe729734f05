"""An httpx transport on Trio: HTTP/1.1 with h11, each request on a connection of its own.

httpx's own transport loses pool slots when requests are cancelled (httpcore #961, #1093), which
Trio programs do a lot, and spends most of its CPU in its pool. Here a slot is given back in one
synchronous step, wherever an exchange ends: a connection that was cancelled in the middle is
closed. HTTP/2, proxies and upgrades are not offered.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import h11
import httpx
import trio

from clipsaver.trio_io.http_connection import HttpConnection, OpenStream, Origin

_DEFAULT_PORTS = {"http": 80, "https": 443}
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class HttpStatistics:
    """What the transport holds now, and what it did since it was made."""

    max_connections: int
    idle: int
    in_use: int
    waiting: int
    """Requests in the queue for a connection."""
    opened: int
    reused: int
    repeated: int
    """Requests sent again since the server had closed a kept connection at that moment."""


class H11Transport(httpx.AsyncBaseTransport):
    """HTTP/1.1 for httpx, in Trio tasks.

    At most `max_connections` requests at once, the others wait in order. A connection is kept for
    `keepalive_s` after its last answer and dropped if the server left it meanwhile. A GET, HEAD or
    OPTIONS that meets the end of a kept connection before the first byte of its answer is sent
    once more, on a new one (RFC 9110 9.2.2); nothing else is ever repeated.

    `tls` is by default httpx's context; it is set to offer http/1.1 only. `open_stream` connects
    to a host and port, by default to the first address that answers (RFC 8305). Time limits are
    the request's `timeout` extension, as set by httpx's client; raises httpx's exceptions.
    """

    def __init__(
        self,
        *,
        max_connections: int = 100,
        keepalive_s: float = 30.0,
        tls: ssl.SSLContext | None = None,
        open_stream: OpenStream = trio.open_tcp_stream,
    ) -> None:
        self._max_connections = max_connections
        self._keepalive_s = keepalive_s
        self._tls = tls or httpx.create_ssl_context()
        self._tls.set_alpn_protocols(["http/1.1"])
        self._open_stream = open_stream
        self._slots = trio.Semaphore(max_connections)
        self._idle: list[HttpConnection] = []
        """The one used last is at the end."""
        self._closed = False
        self._opened = 0
        self._reused = 0
        self._repeated = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the response holds its connection until it is read or closed."""
        origin = _origin_of(request)
        limits: dict[str, float | None] = request.extensions.get("timeout", {})
        await self._take_slot(limits.get("pool"))
        try:
            connection, head = await self._exchange(origin, request, limits)
        except BaseException:
            self._slots.release()
            raise
        body = ResponseBody(connection, limits.get("read"), self._give_back)
        return httpx.Response(
            head.status_code,
            headers=head.headers.raw_items(),
            stream=body,
            extensions={
                "http_version": b"HTTP/" + head.http_version,
                "reason_phrase": head.reason,
            },
        )

    async def aclose(self) -> None:
        """Close idle connections now, and those in use when their exchange ends."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def statistics(self) -> HttpStatistics:
        """Counts of now and since the beginning."""
        return HttpStatistics(
            max_connections=self._max_connections,
            idle=len(self._idle),
            in_use=self._max_connections - self._slots.value,
            waiting=self._slots.statistics().tasks_waiting,
            opened=self._opened,
            reused=self._reused,
            repeated=self._repeated,
        )

    async def _take_slot(self, limit_s: float | None) -> None:
        if self._slots.value:
            self._slots.acquire_nowait()  # the exchange gives others their turn
            return
        with trio.move_on_after(float("inf") if limit_s is None else limit_s):
            await self._slots.acquire()
            return
        raise httpx.PoolTimeout(f"no free connection within {limit_s:g} s")

    async def _exchange(
        self, origin: Origin, request: httpx.Request, limits: dict[str, float | None]
    ) -> tuple[HttpConnection, h11.Response]:
        connection = self._take_idle(origin)
        if connection is not None:
            self._reused += 1
            try:
                return connection, await _ask(connection, request, limits)
            except (httpx.RemoteProtocolError, httpx.NetworkError):
                if connection.heard or request.method not in _REPEATABLE:
                    raise
            self._repeated += 1
        connection = await self._open(origin, limits.get("connect"))
        return connection, await _ask(connection, request, limits)

    def _take_idle(self, origin: Origin) -> HttpConnection | None:
        """The connection to `origin` that was used last, if any is still good."""
        oldest = trio.current_time() - self._keepalive_s
        while self._idle and self._idle[0].idle_since < oldest:
            self._idle.pop(0).close()
        for index in range(len(self._idle) - 1, -1, -1):
            if self._idle[index].origin == origin:
                connection = self._idle.pop(index)
                if not connection.is_stale():
                    return connection
                connection.close()
        return None

    async def _open(self, origin: Origin, limit_s: float | None) -> HttpConnection:
        if self._closed:
            raise httpx.ConnectError("the transport is closed")
        # What is in use includes this one; kept connections to others make room for it.
        while self._idle and len(self._idle) > self._slots.value:
            self._idle.pop(0).close()
        connection = await HttpConnection.open(origin, self._open_stream, self._tls, limit_s)
        self._opened += 1
        return connection

    def _give_back(self, connection: HttpConnection) -> None:
        """End an exchange: keep or close its connection, and let the next request go."""
        self._slots.release()
        if connection.is_reusable and not self._closed:
            connection.idle_since = trio.current_time()
            self._idle.append(connection)
        else:
            connection.close()


class ResponseBody(httpx.AsyncByteStream):
    """The body of one response; its connection is free at its end, or when it is closed."""

    def __init__(
        self,
        connection: HttpConnection,
        limit_s: float | None,
        give_back: Callable[[HttpConnection], Any],
    ) -> None:
        self._connection: HttpConnection | None = connection
        self._limit_s = limit_s
        self._give_back = give_back

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Parts of the body as they come, still compressed; `limit_s` for each."""
        return self

    async def __anext__(self) -> bytes:
        if self._connection is None:
            raise StopAsyncIteration
        try:
            part = await self._connection.read_body(self._limit_s)
        except BaseException:
            self._end()
            raise
        if not part:
            self._end()
            raise StopAsyncIteration
        return part

    async def aclose(self) -> None:
        """Give the connection back; one with an unread rest is closed."""
        self._end()

    def _end(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._give_back(connection)


async def _ask(
    connection: HttpConnection, request: httpx.Request, limits: dict[str, float | None]
) -> h11.Response:
    try:
        return await connection.ask(request, write_s=limits.get("write"), read_s=limits.get("read"))
    except BaseException:
        connection.close()
        raise


def _origin_of(request: httpx.Request) -> Origin:
    url = request.url
    if url.scheme not in _DEFAULT_PORTS:
        raise httpx.UnsupportedProtocol(f"neither http nor https: {url.scheme!r}")
    host = url.raw_host.decode("ascii")
    port = url.port or _DEFAULT_PORTS[url.scheme]
    if url.scheme == "http":
        return Origin(host, port, None)
    return Origin(host, port, request.extensions.get("sni_hostname", host))
