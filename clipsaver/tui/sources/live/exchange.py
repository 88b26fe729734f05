"""Commands to Redis on asyncio: all that are sent in one turn of the loop travel together.

A look asks many independent questions, each by a function that knows nothing of the others. Run
at once (`together`), the first commands of all of them share a round trip, then the second ones do.
Replies are understood as on Trio (`trio_io.redis_replies`); the connections are redis-py's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from clipsaver.trio_io.redis_replies import TrioPipeline, understand
from clipsaver.trio_io.redis_wire import pack_command

Exchange = Callable[[bytes, int], Awaitable[list[Any]]]
"""Sends packed commands on a connection and collects so many raw replies."""


@dataclass(frozen=True, slots=True)
class _Call:
    """Commands of one caller, and where their raw replies go."""

    packed: bytes
    count: int
    replies: asyncio.Future[list[Any]]


class AsyncioRedis:
    """What `Link` needs of a client, on the running asyncio loop; `close` it.

    Raises redis-py's own exceptions: ConnectionError where the server cannot be reached,
    TimeoutError where it does not answer within `timeout_s`, ResponseError for what it answers.
    Nothing is tried again. Reads that block do not belong here: all would wait for them.
    """

    def __init__(self, exchange: Exchange, *, timeout_s: float) -> None:
        self._exchange = exchange
        self._timeout_s = timeout_s
        self._waiting: list[_Call] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command and return its reply."""
        (reply,) = await self._send([args])
        return understand(args[0], reply, options)

    def pipeline(self, transaction: bool = True) -> TrioPipeline:  # noqa: FBT001, FBT002 - redis-py's signature
        """Commands that travel together; in MULTI and EXEC where `transaction` is true."""
        return TrioPipeline(self._send, transaction=transaction)

    async def close(self) -> None:
        """Ends what is under way; its callers see a ConnectionError."""
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=1.0)

    async def _send(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        packed = b"".join(map(pack_command, commands))
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._depart)
        call = _Call(packed, len(commands), loop.create_future())
        self._waiting.append(call)
        return await call.replies

    def _depart(self) -> None:
        calls, self._waiting = self._waiting, []
        task = asyncio.get_running_loop().create_task(self._converse(calls))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _converse(self, calls: Sequence[_Call]) -> None:
        packed, count = b"".join(call.packed for call in calls), sum(call.count for call in calls)
        try:
            async with asyncio.timeout(self._timeout_s):
                replies = await self._exchange(packed, count)
        except TimeoutError:
            _fail(calls, RedisTimeoutError(f"no answer in {self._timeout_s:g} s"))
        except (RedisError, OSError) as error:
            _fail(calls, error)
        except asyncio.CancelledError:
            _fail(calls, RedisConnectionError("this Redis client is closed"))
            raise
        except BaseException as error:  # noqa: BLE001
            _fail(calls, error)  # a bug of ours: the callers raise it
        else:
            for call in calls:
                if not call.replies.done():  # its caller may have been cancelled
                    call.replies.set_result(replies[: call.count])
                del replies[: call.count]


def _fail(calls: Sequence[_Call], error: BaseException) -> None:
    for call in calls:
        if not call.replies.done():
            call.replies.set_exception(error)


@asynccontextmanager
async def together() -> AsyncIterator[asyncio.TaskGroup]:
    """Tasks that all end with the block; where some fail, the first one's error is raised as it
    is."""
    first: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as failed:
        first = failed.exceptions[0]
    if first is not None:  # that there are tasks is not the caller's business
        raise first
