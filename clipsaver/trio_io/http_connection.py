"""One HTTP/1.1 connection: opened, asked and answered with h11 over a Trio socket, one at a time.

h11 holds no state between two exchanges that is worth keeping, so each has an `h11.Connection` of
its own. That allows the body of a response with a Content-Length to go around the parser, which
would copy it four times. Everything public raises httpx's exceptions.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import h11
import httpx
import trio

from clipsaver.trio_io.readiness import is_readable
from clipsaver.trio_io.tls import TlsStream

if TYPE_CHECKING:
    from types import TracebackType

OpenStream = Callable[[str, int], Awaitable[trio.SocketStream]]
"""Connects to a host and a port; raises OSError."""

READ_BYTES = 262_144
_NO_BODY = frozenset({204, 304})
_ANNOUNCES_BODY = frozenset({b"content-length", b"transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Origin:
    """Whom a connection reaches; `tls_name` is whose certificate is expected, None without TLS."""

    host: str
    port: int
    tls_name: str | None


class _Limited:
    """Gives a block a time limit, and its failures httpx's names."""

    __slots__ = ("_broken", "_limit_s", "_scope", "_too_late", "_what")

    def __init__(
        self,
        limit_s: float | None,
        too_late: type[httpx.TimeoutException],
        broken: type[httpx.NetworkError],
        what: str,
    ) -> None:
        self._limit_s = limit_s
        self._too_late = too_late
        self._broken = broken
        self._what = what
        # A scope costs as much as the reading itself, and who sets a limit for the whole exchange
        # needs none here.
        self._scope = None if limit_s is None else trio.CancelScope(relative_deadline=limit_s)

    def __enter__(self) -> None:
        if self._scope is not None:
            self._scope.__enter__()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._scope is not None:
            self._scope.__exit__(exc_type, exc, traceback)
            if self._scope.cancelled_caught:
                raise self._too_late(f"{self._what}: not within {self._limit_s:g} s") from None
        if isinstance(exc, (OSError, trio.BrokenResourceError, trio.ClosedResourceError)):
            # A BrokenResourceError says nothing; what it comes from does.
            reason = exc if isinstance(exc, OSError) else exc.__cause__ or exc
            raise self._broken(f"{self._what}: {reason}") from exc


@asynccontextmanager
async def _iterating(stream: object) -> AsyncIterator[AsyncIterator[bytes]]:
    """A request body's parts; httpx's are generators, which Trio wants to see closed."""
    assert isinstance(stream, AsyncIterable)
    parts: AsyncIterator[bytes] = aiter(stream)
    try:
        yield parts
    finally:
        if isinstance(parts, AsyncGenerator):
            with trio.move_on_after(1, shield=True):
                await parts.aclose()


class HttpConnection:
    """A socket to one origin. After any exception it must be closed."""

    def __init__(
        self, origin: Origin, stream: trio.SocketStream | TlsStream, raw: trio.SocketStream
    ) -> None:
        self.origin = origin
        self.idle_since = 0.0
        self.heard = False
        """Whether a byte came back in this exchange."""
        self._stream = stream
        self._socket = raw.socket
        self._protocol = h11.Connection(h11.CLIENT)
        self._raw_seen: list[tuple[bytes, bytes]] = []
        self._seen: Any = None
        """The last request's headers, as they were given and as h11 made them out."""
        self._left: int | None = None
        """Bytes of the body that are still to come, where their number is known."""
        self._received = b""

    @classmethod
    async def open(
        cls,
        origin: Origin,
        open_stream: OpenStream,
        tls: ssl.SSLContext,
        limit_s: float | None,
    ) -> HttpConnection:
        """Connect and encrypt; raises httpx.ConnectError or ConnectTimeout."""
        what = f"connecting to {origin.host}:{origin.port}"
        with _Limited(limit_s, httpx.ConnectTimeout, httpx.ConnectError, what):
            raw = await open_stream(origin.host, origin.port)
            if origin.tls_name is None:
                return cls(origin, raw, raw)
            try:
                stream = TlsStream(raw, tls, origin.tls_name)
                await stream.do_handshake()
            except BaseException:
                raw.socket.close()
                raise
            return cls(origin, stream, raw)

    async def ask(
        self, request: httpx.Request, *, write_s: float | None, read_s: float | None
    ) -> h11.Response:
        """Send a request and return the head of its answer; `read_body` brings the rest.

        Raises httpx.WriteError, WriteTimeout, ReadError, ReadTimeout, RemoteProtocolError or
        LocalProtocolError.
        """
        self._protocol = h11.Connection(h11.CLIENT)
        self.heard = False
        try:
            await self._send(request, write_s)
            head = await self._receive_head(read_s)
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(str(error)) from error
        self._left = _body_length(request.method, head)
        if self._left is not None:
            self._received = self._protocol.trailing_data[0]
        return head

    async def _send(self, request: httpx.Request, limit_s: float | None) -> None:
        protocol = self._protocol
        headers = request.headers.raw
        # h11 looks through every header; those that it has seen on this connection it need not.
        seen = self._seen if self._seen is not None and headers == self._raw_seen else None
        told = h11.Request(
            method=request.method,
            target=request.url.raw_path,
            headers=headers if seen is None else seen,
        )
        self._raw_seen, self._seen = headers, told.headers
        packed = protocol.send(told)
        if any(name.lower() in _ANNOUNCES_BODY for name, _ in headers):
            async with _iterating(request.stream) as parts:
                async for part in parts:
                    await self._write(packed + protocol.send(h11.Data(data=part)), limit_s)
                    packed = b""
        await self._write(packed + protocol.send(h11.EndOfMessage()), limit_s)

    async def _write(self, data: bytes, limit_s: float | None) -> None:
        if data:
            with _Limited(limit_s, httpx.WriteTimeout, httpx.WriteError, "sending a request"):
                await self._stream.send_all(data)

    async def _receive_head(self, limit_s: float | None) -> h11.Response:
        while True:
            event = self._protocol.next_event()
            if event is h11.NEED_DATA:
                received = await self._read(READ_BYTES, limit_s)
                if not received and not self.heard:
                    raise httpx.RemoteProtocolError("the server closed without an answer")
                self.heard = True
                self._protocol.receive_data(received)
            elif isinstance(event, h11.Response):
                return event
            elif not isinstance(event, h11.InformationalResponse) or event.status_code == 101:
                raise httpx.RemoteProtocolError("the server switched to another protocol")

    async def _read(self, at_most: int, limit_s: float | None) -> bytes:
        with _Limited(limit_s, httpx.ReadTimeout, httpx.ReadError, "receiving an answer"):
            return await self._stream.receive_some(at_most)

    async def read_body(self, limit_s: float | None) -> bytes:
        """The next part of the body, or nothing when it is complete.

        Raises httpx.ReadError, ReadTimeout or RemoteProtocolError.
        """
        if self._left is None:
            try:
                return await self._read_parsed(limit_s)
            except h11.RemoteProtocolError as error:
                raise httpx.RemoteProtocolError(str(error)) from error
        if not self._left:
            return b""
        part, self._received = self._received[: self._left], self._received[self._left :]
        if not part:
            part = await self._read(min(self._left, READ_BYTES), limit_s)
        if not part:
            raise httpx.RemoteProtocolError(
                f"the server closed the connection {self._left} bytes before the body's end"
            )
        self._left -= len(part)
        return part

    async def _read_parsed(self, limit_s: float | None) -> bytes:
        """As `read_body`, for chunked bodies and those that the end of the stream ends."""
        parts: list[Any] = []
        while self._protocol.their_state is h11.SEND_BODY:
            event = self._protocol.next_event()
            if isinstance(event, h11.Data):
                parts.append(event.data)
            elif event is h11.NEED_DATA:
                if parts:
                    break
                self._protocol.receive_data(await self._read(READ_BYTES, limit_s))
        return b"".join(parts)

    @property
    def is_reusable(self) -> bool:
        """Whether the exchange is complete and both sides want to go on."""
        protocol = self._protocol
        if protocol.our_state is not h11.DONE:
            return False
        if self._left is None:
            return protocol.their_state is h11.DONE and protocol.trailing_data == (b"", False)
        return not self._left and not self._received

    def is_stale(self) -> bool:
        """Whether an idle connection must not be used: the server left it, or said something."""
        return is_readable(self._socket.fileno())

    def close(self) -> None:
        """Close at once, without TLS's farewell: it may be in the middle of anything."""
        self._socket.close()


def _body_length(method: str, head: h11.Response) -> int | None:
    """How many bytes the body has (RFC 9112 6.3); None where only a parser can tell."""
    if method == "HEAD" or head.status_code in _NO_BODY:
        return 0
    length = None
    for name, value in head.headers:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":  # h11 has made sure that it is one number
            length = int(value)
    return length
