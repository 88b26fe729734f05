"""redis-py's commands on Trio: hiredis over Trio sockets in place of redis-py's connections.

`TrioRedis` answers every command method of redis-py's asyncio client with the replies of
`redis.asyncio.Redis(protocol=3)`: RESP3 on the wire, bytes and not text, since payloads need not
be UTF-8, and no retries: whether a command may be sent twice is known to the caller only.
Publish/subscribe, WATCH and other state of a connection are not offered, as connections are
shared between commands.

Replies that callers count on (a contract test compares them with redis-py's own client):

    XREADGROUP, XREAD        {stream: [[(id, {field: value}), ...]]}, {} when nothing came; an
                             entry of one's own that was deleted since is (id, {})
    XRANGE, XCLAIM           [(id, {field: value}), ...]
    XCLAIM JUSTID            [id, ...]
    XAUTOCLAIM               [next id, [(id, {...}), ...], [deleted id, ...]]
    XAUTOCLAIM JUSTID        [id, ...]
    XPENDING                 {"pending": n, "min": id, "max": id, "consumers": [{...}, ...]}
    XPENDING with a range    [{"message_id", "consumer", "time_since_delivered",
                             "times_delivered"}, ...]
    XINFO GROUPS, CONSUMERS  [{"name": ..., ...}, ...], keys are text
    EVALSHA                  as the script's RESP reply: int, bytes, None, list, dict
    HGETALL                  {field: value}
    ZRANGE … WITHSCORES      [[member, score], ...]
    TIME                     (seconds, microseconds)
    INFO                     {name: number or text}

What is leaned on in redis-py is listed in redis_replies.py and redis_wire.py.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import trio
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from clipsaver.trio_io.redis_replies import CommandsInBytes, TrioPipeline, understand
from clipsaver.trio_io.redis_wire import (
    RedisAddress,
    RedisConnection,
    pack_command,
    parse_address,
)

CLIENT_NAME = "clipsaver"


@dataclass(frozen=True, slots=True)
class RedisStatistics:
    """What the client holds now, and what it did since it was opened."""

    max_connections: int
    idle: int
    in_use: int
    waiting: int
    """Commands in the queue for a connection."""
    opened: int
    dropped: int
    """Closed because they broke, timed out, were cancelled in use, or the server left them."""


class TrioRedis(CommandsInBytes):
    """redis-py's asyncio command methods for Trio tasks; made by `open_redis`.

    Raises redis-py's own exceptions: ConnectionError where the server cannot be reached or leaves
    in the middle, TimeoutError after `timeout_s` (to which XREAD and XREADGROUP add their BLOCK),
    ResponseError and its kinds for what the server answers. After ConnectionError, TimeoutError
    and a cancellation the command may or may not have been done; its socket is never used again.
    Waiting for one of `max_connections` is fair and has no limit of its own.
    """

    def __init__(self, address: RedisAddress, *, max_connections: int, timeout_s: float) -> None:
        self._address = address
        self._max_connections = max_connections
        self._timeout_s = timeout_s
        self._slots = trio.Semaphore(max_connections)
        self._idle: list[RedisConnection] = []
        self._closed = False
        self._opened = 0
        self._dropped = 0

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command and return its reply; what redis-py's command methods call."""
        replies = await self._exchange(pack_command(args), 1, self._timeout_s + _block_s(args))
        return understand(args[0], replies[0], options)

    def pipeline(
        self,
        transaction: bool = True,  # noqa: FBT001, FBT002 - redis-py's signature
    ) -> TrioPipeline:
        """Commands that travel together; in MULTI and EXEC where `transaction` is true."""
        return TrioPipeline(self.run_together, transaction=transaction)

    async def run_together(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Send commands in one go and return their raw replies, errors among them."""
        packed = b"".join(map(pack_command, commands))
        timeout_s = self._timeout_s + sum(map(_block_s, commands))
        return await self._exchange(packed, len(commands), timeout_s)

    def statistics(self) -> RedisStatistics:
        """Counts of now and since the opening."""
        return RedisStatistics(
            max_connections=self._max_connections,
            idle=len(self._idle),
            in_use=self._max_connections - self._slots.value,
            waiting=self._slots.statistics().tasks_waiting,
            opened=self._opened,
            dropped=self._dropped,
        )

    def close(self) -> None:
        """Close idle connections now, and those in use when their exchange ends."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    async def _exchange(self, packed: bytes, count: int, timeout_s: float) -> list[Any]:
        if self._slots.value:
            self._slots.acquire_nowait()  # the exchange gives others their turn
        else:
            await self._slots.acquire()
        connection: RedisConnection | None = None
        done = False
        try:
            with trio.fail_after(timeout_s):
                connection = self._take_idle() or await self._open()
                replies = await connection.exchange(packed, count)
            done = True
            return replies
        except trio.TooSlowError:
            raise RedisTimeoutError(f"no answer from {self._address} in {timeout_s:g} s") from None
        except (OSError, trio.BrokenResourceError) as error:
            cause = error.__cause__ if isinstance(error, trio.BrokenResourceError) else None
            raise RedisConnectionError(f"{self._address}: {cause or error}") from error
        finally:
            self._slots.release()
            if connection is not None:
                self._give_back(connection, usable=done)

    def _take_idle(self) -> RedisConnection | None:
        """The connection used last, unless the server has left it."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_stale():
                return connection
            self._give_back(connection, usable=False)
        return None

    async def _open(self) -> RedisConnection:
        if self._closed:
            raise RedisConnectionError("this Redis client is closed")
        connection = await RedisConnection.open(self._address, CLIENT_NAME)
        self._opened += 1
        return connection

    def _give_back(self, connection: RedisConnection, *, usable: bool) -> None:
        if usable and not self._closed:
            self._idle.append(connection)
            return
        self._dropped += not usable
        connection.close()


def _block_s(args: tuple[Any, ...]) -> float:
    """How long XREAD and XREADGROUP ask the server to wait; 0 on the wire is for ever."""
    if args[0] not in ("XREADGROUP", "XREAD"):
        return 0.0
    for word, value in itertools.pairwise(args):
        if word in (b"BLOCK", "BLOCK"):
            return int(value) / 1000 or float("inf")
        if word in (b"STREAMS", "STREAMS"):
            break
    return 0.0


@asynccontextmanager
async def open_redis(
    url: str, *, max_connections: int = 16, timeout_s: float = 5.0
) -> AsyncIterator[TrioRedis]:
    """A client for the time of the block; connects when the first command is sent.

    `url` is `redis://[user:password@]host:port/db`, `rediss://…` (TLS with the system's
    certificates) or `unix://[user:password@]/path?db=0`; raises ValueError if it is none of these.
    """
    client = TrioRedis(parse_address(url), max_connections=max_connections, timeout_s=timeout_s)
    try:
        yield client
    finally:
        client.close()
