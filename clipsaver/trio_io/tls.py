"""TLS for a conversation in turns, read in large pieces.

`trio.SSLStream` hands out one TLS record (16 KiB) per call and can send and receive at once, for
which it pays with locks and checkpoints. HTTP/1.1 is a conversation in turns, so this stream has
one user at a time and empties all that has arrived. Measured in benchmarks/adapters.py.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

import trio

_T = TypeVar("_T")
_HANDSHAKE_READ_BYTES = 16_384


class TlsStream(trio.abc.Stream):
    """The client's side of TLS over `raw`; only one task may use it at a time.

    The end of the stream without TLS's farewell counts as its end, as with every HTTPS client:
    HTTP tells by itself whether a body is complete. Raises ssl.SSLError (an OSError) and
    trio.BrokenResourceError.
    """

    def __init__(self, raw: trio.SocketStream, context: ssl.SSLContext, server_name: str) -> None:
        self._raw = raw
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)

    async def do_handshake(self) -> None:
        """Agree on keys and check the server's certificate."""
        await self._pump(_HANDSHAKE_READ_BYTES, self._tls.do_handshake)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Encrypt and send."""
        view = memoryview(data)
        while view:  # an SSLObject takes all of it, unless it has to wait for the other side
            view = view[await self._pump(_HANDSHAKE_READ_BYTES, self._tls.write, view) :]

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until something can be sent."""
        await self._raw.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """All that has arrived, at most `max_bytes`; nothing at the end of the stream."""
        limit = left = max_bytes or _HANDSHAKE_READ_BYTES
        parts: list[bytes] = []
        # What ends the loop: no more has arrived, or there will be no more.
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            part = await self._pump(limit, self._tls.read, limit)
            while part:
                parts.append(part)
                left -= len(part)
                part = self._tls.read(left) if left else b""
        return b"".join(parts)

    async def aclose(self) -> None:
        """Close the socket; the farewell is left out, as nobody waits for it."""
        await self._raw.aclose()

    async def _pump(self, read_bytes: int, step: Callable[..., _T], *args: Any) -> _T:
        """Run one step of TLS, moving bytes until it can be done."""
        while True:
            try:
                result = step(*args)
            except ssl.SSLWantReadError:
                await self._flush()
            else:
                await self._flush()
                return result
            if received := await self._raw.receive_some(read_bytes):
                self._incoming.write(received)
            else:
                self._incoming.write_eof()

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._raw.send_all(self._outgoing.read())
