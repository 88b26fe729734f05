"""The configured Redis on asyncio: one server by its URL, or what sentinels watch over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from redis.asyncio.connection import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

from clipsaver.config.sentinel import is_sentinel_url, parse_sentinel_url
from clipsaver.trio_io.redis_client import CLIENT_NAME
from clipsaver.trio_io.redis_primary import SentinelPrimary, exchange_over
from clipsaver.tui.sources.live.exchange import AsyncioRedis

_CLOSING_S = 1.0


@asynccontextmanager
async def open_asyncio_redis(url: str, *, timeout_s: float) -> AsyncIterator[AsyncioRedis]:
    """A client for the time of the block; connects when the first command is sent.

    `url` is as `trio_io.redis.open_redis` takes it; raises ValueError where it is none. What takes
    longer than `timeout_s` fails, connecting included, and nothing is tried again.
    """
    if is_sentinel_url(url):
        primary = SentinelPrimary(parse_sentinel_url(url), timeout_s=timeout_s)
        exchange, close = primary.exchange, primary.close
    else:
        pool = _pool(url, timeout_s)
        exchange, close = partial(exchange_over, pool), pool.aclose
    client = AsyncioRedis(exchange, timeout_s=timeout_s)
    try:
        yield client
    finally:
        await client.close()
        with suppress(RedisError, OSError, TimeoutError):  # of servers that are gone
            async with asyncio.timeout(_CLOSING_S):
                await close()


def _pool(url: str, timeout_s: float) -> ConnectionPool:
    pool: ConnectionPool = ConnectionPool.from_url(
        url,
        protocol=3,
        socket_timeout=None,  # the client's own limit holds for all of an exchange
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        # Else a connection that has unread data counts as usable.
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
        client_name=CLIENT_NAME,
        driver_info=None,
    )
    return pool
