"""What the clients of redis_*.py share: commands out, replies back, and how many at once."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import trio
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from clipsaver.trio_io.redis_replies import CommandsInBytes, TrioPipeline, understand
from clipsaver.trio_io.redis_wire import pack_command
from clipsaver.trio_io.sentinel_view import SentinelView

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


class RedisClient(CommandsInBytes):
    """redis-py's asyncio command methods for Trio tasks; see `open_redis`.

    Raises redis-py's own exceptions: ConnectionError where the server cannot be reached or leaves
    in the middle, TimeoutError after `timeout_s` (to which XREAD and XREADGROUP add their BLOCK),
    ResponseError and its kinds for what the server answers. After ConnectionError, TimeoutError
    and a cancellation the command may or may not have been done; its socket is never used again.
    Waiting for one of `max_connections` is fair and has no limit of its own.
    """

    def __init__(self, place: str, *, max_connections: int, timeout_s: float) -> None:
        """`place` is what errors call the server."""
        self._place = place
        self._max_connections = max_connections
        self._timeout_s = timeout_s
        self._slots = trio.Semaphore(max_connections)

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

    async def look_at_sentinels(self) -> SentinelView | None:
        """What the sentinels say, where there are any."""
        return None

    def statistics(self) -> RedisStatistics:
        """Counts of now and since the opening."""
        idle, opened, dropped = self._counts()
        return RedisStatistics(
            max_connections=self._max_connections,
            idle=idle,
            in_use=self._max_connections - self._slots.value,
            waiting=self._slots.statistics().tasks_waiting,
            opened=opened,
            dropped=dropped,
        )

    async def _exchange(self, packed: bytes, count: int, timeout_s: float) -> list[Any]:
        if self._slots.value:
            self._slots.acquire_nowait()  # the exchange gives others their turn
        else:
            await self._slots.acquire()
        try:
            with trio.fail_after(timeout_s):
                return await self._converse(packed, count)
        except trio.TooSlowError:
            raise RedisTimeoutError(f"no answer from {self._place} in {timeout_s:g} s") from None
        except (OSError, trio.BrokenResourceError) as error:
            cause = error.__cause__ if isinstance(error, trio.BrokenResourceError) else None
            raise RedisConnectionError(f"{self._place}: {cause or error}") from error
        finally:
            self._slots.release()

    @abstractmethod
    async def _converse(self, packed: bytes, count: int) -> list[Any]:
        """Send on a connection that nobody else uses, and collect `count` raw replies."""

    @abstractmethod
    def _counts(self) -> tuple[int, int, int]:
        """Connections that wait for a command, that were opened so far, and that were dropped."""


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
