"""One connection to Redis: its address, its handshake, commands packed and replies parsed.

redis-py names that are not documented; `redis~=8.1` is pinned and a contract test holds each:
`redis.asyncio.connection.parse_url` and `redis._parsers.base.BaseParser.parse_error`. See
redis_replies.py for the others.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from typing import Any

import hiredis
import trio
from redis._parsers.base import BaseParser
from redis.asyncio.connection import SSLConnection, parse_url
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import DataError, InvalidResponse

from clipsaver.trio_io.readiness import is_readable

READ_BYTES = 65_536
KEEPALIVE_IDLE_S = 30
_INCOMPLETE = object()


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where a server is and how to introduce ourselves; `path` is a unix socket's."""

    host: str
    port: int
    path: str | None
    db: int
    username: str | None
    password: str | None = field(repr=False)
    tls: ssl.SSLContext | None

    def __str__(self) -> str:
        return self.path or f"{self.host}:{self.port}"


def parse_address(url: str) -> RedisAddress:
    """Read `redis://`, `rediss://` or `unix://`, as redis-py does.

    Of redis-py's options `db`, `username`, `password`, `ssl_ca_certs` (a file) and `ssl_cert_reqs`
    (`required` or `none`) are known; raises ValueError for any other, as it would do nothing.
    """
    parts: dict[str, Any] = dict(parse_url(url))
    encrypted = parts.pop("connection_class", None) is SSLConnection
    address = RedisAddress(
        host=parts.pop("host", "localhost"),
        port=parts.pop("port", 6379),
        path=parts.pop("path", None),
        db=parts.pop("db", 0),
        username=parts.pop("username", None),
        password=parts.pop("password", None),
        tls=_tls_context(parts) if encrypted else None,
    )
    if parts:
        raise ValueError(f"the Redis URL has options that are not known: {', '.join(parts)}")
    return address


def _tls_context(parts: dict[str, Any]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=parts.pop("ssl_ca_certs", None))
    match parts.pop("ssl_cert_reqs", "required"):
        case "required":
            pass
        case "none":
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        case other:
            raise ValueError(f"the Redis URL's ssl_cert_reqs is {other!r}, not required or none")
    return context


def pack_command(args: tuple[Any, ...]) -> bytes:
    """Encode one command; raises redis-py's DataError for what is no string, number or bytes."""
    name = args[0]
    if isinstance(name, str) and " " in name:  # "XGROUP CREATE" travels as two words
        args = (*name.split(), *args[1:])
    try:
        packed: bytes = hiredis.pack_command(args)
    except TypeError as error:
        raise DataError(f"in {name}: {error}") from error
    return packed


class RedisConnection:
    """A socket that has said HELLO. An exchange that does not end must be followed by `close`."""

    def __init__(self, stream: trio.abc.Stream, sock: trio.socket.SocketType) -> None:
        self._stream = stream
        self._socket = sock
        self._replies = hiredis.Reader(
            protocolError=InvalidResponse,
            replyError=BaseParser.parse_error,
            notEnoughData=_INCOMPLETE,
        )

    @classmethod
    async def open(cls, address: RedisAddress, client_name: str) -> RedisConnection:
        """Connect, encrypt and introduce ourselves.

        Raises OSError, trio.BrokenResourceError and what the server answers to HELLO and SELECT.
        """
        raw: trio.SocketStream
        if address.path is not None:
            raw = await trio.open_unix_socket(address.path)
        else:
            raw = await trio.open_tcp_stream(address.host, address.port)
        stream: trio.abc.Stream = raw
        if address.tls is not None:
            stream = trio.SSLStream(raw, address.tls, server_hostname=address.host)
        connection = cls(stream, raw.socket)
        try:
            if address.path is None:
                _keep_alive(raw)
            await connection._greet(address, client_name)
        except BaseException:
            connection.close()
            raise
        return connection

    async def _greet(self, address: RedisAddress, client_name: str) -> None:
        hello: list[Any] = ["HELLO", 3]
        if address.username or address.password:
            hello += ["AUTH", address.username or "default", address.password or ""]
        commands = [pack_command((*hello, "SETNAME", client_name))]
        if address.db:
            commands.append(pack_command(("SELECT", address.db)))
        for command in commands:  # one by one: a server that refuses HELLO may say so and leave
            (reply,) = await self.exchange(command, 1)
            if isinstance(reply, Exception):
                raise reply

    async def exchange(self, packed: bytes, count: int) -> list[Any]:
        """Send commands and collect `count` replies; a reply that is an error is returned.

        Push messages, which nobody has asked for, are skipped. Raises redis-py's ConnectionError
        or InvalidResponse, OSError and trio.BrokenResourceError.
        """
        await self._stream.send_all(packed)
        replies: list[Any] = []
        while True:
            reply = self._replies.gets()
            if reply is _INCOMPLETE:
                received = await self._stream.receive_some(READ_BYTES)
                if not received:
                    raise RedisConnectionError("the server closed the connection")
                self._replies.feed(bytes(received))
            elif not isinstance(reply, hiredis.PushNotification):
                replies.append(reply)
                if len(replies) == count:
                    return replies

    def is_stale(self) -> bool:
        """Whether an idle connection must not be used: the server left it, or said something."""
        return is_readable(self._socket.fileno())

    def close(self) -> None:
        """Close at once, without TLS's farewell: it may be in the middle of anything."""
        self._socket.close()


def _keep_alive(stream: trio.SocketStream) -> None:
    """Notice a server that vanished without a word in a minute, not in two hours."""
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # macOS calls it TCP_KEEPALIVE
    idle = getattr(socket, "TCP_KEEPIDLE", None) or getattr(socket, "TCP_KEEPALIVE", None)
    if idle is not None:
        stream.setsockopt(socket.IPPROTO_TCP, idle, KEEPALIVE_IDLE_S)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
