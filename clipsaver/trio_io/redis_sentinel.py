"""The primary that sentinels watch over, for Trio: redis-py's Sentinel client over trio-asyncio.

`SentinelRedis` answers as `TrioRedis` does; a command takes three to five times as long. One
asyncio loop runs on Trio while the client is open. It runs beside the block, and not around it: so
what the block raises is wrapped but once, and its last words, said in a shielded scope while all
else is cancelled, still find the loop running.

A command that is cancelled is cancelled on asyncio too, once, and waited for: its connection is
closed by then. Importing this module changes asyncio for the whole process (`asyncio.run` runs on
Trio from then on), so nobody imports it who does not need it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import structlog
import trio
import trio_asyncio
from redis.exceptions import RedisError

from clipsaver.config.sentinel import SentinelUrl
from clipsaver.trio_io.redis_client import RedisClient
from clipsaver.trio_io.redis_primary import SentinelPrimary
from clipsaver.trio_io.sentinel_view import SentinelView

_T = TypeVar("_T")
_log = structlog.get_logger()

_CLOSING_S = 1.0


class SentinelRedis(RedisClient):
    """Whichever server is the primary; made by `open_sentinel`.

    Raises what RedisClient says, and ConnectionError while the sentinels know no primary that is
    up, or cannot be reached.
    """

    def __init__(
        self, url: SentinelUrl, bridge: _Bridge, *, max_connections: int, timeout_s: float
    ) -> None:
        super().__init__(str(url), max_connections=max_connections, timeout_s=timeout_s)
        self._bridge = bridge
        self._primary = SentinelPrimary(url, timeout_s=timeout_s)

    async def look_at_sentinels(self) -> SentinelView:
        """See RedisClient; sentinels that are away are counted, and raise nothing."""
        return await self._bridge.call(self._primary.look)

    async def close(self) -> None:
        """Close all connections, also those in use."""
        with suppress(RedisError, OSError):  # of servers that are gone
            await self._bridge.call(self._primary.close)

    async def _converse(self, packed: bytes, count: int) -> list[Any]:
        return await self._bridge.call(self._primary.exchange, packed, count)

    def _counts(self) -> tuple[int, int, int]:
        return self._primary.counts()


class _Bridge:
    """An asyncio loop on Trio."""

    def __init__(self) -> None:
        self.is_open = trio.Event()
        # It ends when it is told to, and not with what surrounds it: see above.
        self._scope = trio.CancelScope(shield=True)
        self._loop: Any = None

    async def hold_open(self) -> None:
        """Runs the loop until `close`."""
        with self._scope:
            async with trio_asyncio.open_loop() as self._loop:
                # What a callback raises is redis-py's or asyncio's, and no reason to end all.
                self._loop.set_exception_handler(_tell)
                self._loop.set_default_executor(_Threads())
                self.is_open.set()
                await trio.sleep_forever()

    def close(self) -> None:
        self._scope.cancel()

    async def call(self, function: Callable[..., Awaitable[_T]], *args: Any) -> _T:
        """Await an asyncio function on the loop."""
        result: _T = await trio_asyncio.aio_as_trio(function, loop=self._loop)(*args)
        return result


class _Threads(trio_asyncio.TrioExecutor):  # type: ignore[misc]
    """Looks up the names of hosts; a lookup that hangs keeps nobody from ending."""

    async def submit(self, function: Callable[..., Any], *args: Any) -> Any:
        return await trio.to_thread.run_sync(function, *args, abandon_on_cancel=True)


def _tell(_: Any, context: dict[str, Any]) -> None:
    _log.debug(
        "asyncio_error", message=context.get("message"), error=repr(context.get("exception"))
    )


@asynccontextmanager
async def open_sentinel(
    url: SentinelUrl, *, max_connections: int, timeout_s: float
) -> AsyncIterator[SentinelRedis]:
    """A client for the time of the block; connects when the first command is sent."""
    alone: BaseException | None = None
    bridge = _Bridge()
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bridge.hold_open)
            try:
                await bridge.is_open.wait()
                client = SentinelRedis(
                    url, bridge, max_connections=max_connections, timeout_s=timeout_s
                )
                try:
                    yield client
                finally:
                    with trio.move_on_after(_CLOSING_S, shield=True):
                        await client.close()
            finally:
                bridge.close()
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        alone = group.exceptions[0]
    if alone is not None:  # that there is a nursery in here is not the caller's business
        raise alone
