"""A real HTTP/1.1 server in the test's own loop, which plays a script on each connection."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import trio

PEM = Path(__file__).with_name("localhost.pem")
"""Key and certificate for localhost and 127.0.0.1, good for tests only."""


class Conversation:
    """What the server sees of one connection."""

    def __init__(self, stream: trio.abc.Stream, number: int) -> None:
        self._stream = stream
        self._received = b""
        self.number = number

    async def request(self) -> bytes | None:
        """The next request's head, its body skipped; None when the client is gone."""
        while b"\r\n\r\n" not in self._received:
            try:
                part = await self._stream.receive_some(65_536)
            except trio.BrokenResourceError:
                return None
            if not part:
                return None
            self._received += part
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        return bytes(head)

    async def body(self, size: int) -> bytes:
        while len(self._received) < size:
            part = await self._stream.receive_some(65_536)
            assert part, "the client closed in the middle of a body"
            self._received += part
        body, self._received = self._received[:size], self._received[size:]
        return bytes(body)

    async def send(self, data: bytes) -> None:
        await self._stream.send_all(data)

    async def answer(self, body: bytes = b"", *headers: bytes, status: bytes = b"200 OK") -> None:
        head = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
        await self.send(b"\r\n".join(head) + b"\r\n\r\n" + body)

    async def close(self) -> None:
        await self._stream.aclose()


Script = Callable[[Conversation], Awaitable[None]]


@dataclass
class Server:
    url: str
    host: str
    port: int
    conversations: list[Conversation] = field(default_factory=list)


def client_tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(PEM))


@asynccontextmanager
async def http_server(script: Script, *, tls: bool = False) -> AsyncIterator[Server]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)
    context.set_alpn_protocols(["h2", "http/1.1"])

    async def serve(raw: trio.SocketStream) -> None:
        stream: trio.abc.Stream = raw
        if tls:
            stream = trio.SSLStream(raw, context, server_side=True, https_compatible=True)
        conversation = Conversation(stream, len(server.conversations))
        server.conversations.append(conversation)
        try:
            await script(conversation)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # the client is gone, as it may
        finally:
            await trio.aclose_forcefully(raw)

    async with trio.open_nursery() as nursery:
        [listener] = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
        host, port = listener.socket.getsockname()
        server = Server(f"{'https' if tls else 'http'}://{host}:{port}", host, port)
        yield server
        nursery.cancel_scope.cancel()


async def echo_path(conversation: Conversation) -> None:
    """Answer each request with its own request line, for ever."""
    while (head := await conversation.request()) is not None:
        await conversation.answer(head.split(b"\r\n")[0])
