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

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError

from clipsaver.config.sentinel import is_sentinel_url, parse_sentinel_url
from clipsaver.trio_io.redis_client import CLIENT_NAME, RedisClient
from clipsaver.trio_io.redis_wire import RedisAddress, RedisConnection, parse_address


class TrioRedis(RedisClient):
    """One server, whose connections are Trio's own."""

    def __init__(self, address: RedisAddress, *, max_connections: int, timeout_s: float) -> None:
        super().__init__(str(address), max_connections=max_connections, timeout_s=timeout_s)
        self._address = address
        self._idle: list[RedisConnection] = []
        self._closed = False
        self._opened = 0
        self._dropped = 0

    def close(self) -> None:
        """Close idle connections now, and those in use when their exchange ends."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    async def _converse(self, packed: bytes, count: int) -> list[Any]:
        connection = self._take_idle() or await self._open()
        done = False
        try:
            replies = await connection.exchange(packed, count)
            done = True
            return replies
        finally:
            self._give_back(connection, usable=done)

    def _counts(self) -> tuple[int, int, int]:
        return len(self._idle), self._opened, self._dropped

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


@asynccontextmanager
async def open_redis(
    url: str, *, max_connections: int = 16, timeout_s: float = 5.0
) -> AsyncIterator[RedisClient]:
    """A client for the time of the block; connects when the first command is sent.

    `url` is `redis://[user:password@]host:port/db`, `rediss://…` (TLS with the system's
    certificates), `unix://[user:password@]/path?db=0` or, for a primary that sentinels watch over,
    what config/sentinel.py says; raises ValueError if it is none of these.
    """
    if is_sentinel_url(url):
        # trio-asyncio changes asyncio for the whole process: only for who needs it.
        from clipsaver.trio_io.redis_sentinel import open_sentinel

        async with open_sentinel(
            parse_sentinel_url(url), max_connections=max_connections, timeout_s=timeout_s
        ) as primary:
            yield primary
        return
    client = TrioRedis(parse_address(url), max_connections=max_connections, timeout_s=timeout_s)
    try:
        yield client
    finally:
        client.close()
