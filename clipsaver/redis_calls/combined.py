"""The scripts of many tasks in shared round trips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import trio
from redis.exceptions import ConnectionError as RedisConnectionError

from clipsaver.combining import Combiner, CombinerStatistics
from clipsaver.redis_calls.scripts import RedisCommands

_MOST = 128
"""Scripts in one round trip: none waits long for the others' replies."""
_AT_ONCE = 2
"""One round trip may be long, as where very many entries are put in line."""
_SCRIPTS = frozenset({"EVAL", "EVALSHA"})

Words = tuple[Any, ...]


class CombinedRedis:
    """A client whose scripts travel together while `run` serves; all else goes as it is.

    Each script stands alone: what one raises is no other's.
    """

    def __init__(self, redis: RedisCommands) -> None:
        self._redis = redis
        self._scripts: Combiner[Words, Any] = Combiner(
            self._together, ended=_ended, most=_MOST, at_once=_AT_ONCE
        )

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Sends one command and returns its reply."""
        if args[0] in _SCRIPTS and self._scripts.is_serving:
            return await self._scripts(args)
        return await self._redis.execute_command(*args, **options)

    def pipeline(self, transaction: bool = True) -> Any:  # noqa: FBT001, FBT002 - redis-py's signature
        """Commands that travel together because their caller says so."""
        return self._redis.pipeline(transaction)

    def statistics(self) -> CombinerStatistics:
        """Of the scripts: calls, and the round trips that they shared."""
        return self._scripts.statistics()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serves until cancelled."""
        await self._scripts.run(task_status=task_status)

    async def _together(self, calls: Sequence[Words]) -> Sequence[Any]:
        if len(calls) == 1:
            return [await self._redis.execute_command(*calls[0])]
        pipeline = self._redis.pipeline(transaction=False)
        for words in calls:
            pipeline.execute_command(*words)
        replies: Sequence[Any] = await pipeline.execute(raise_on_error=False)
        return replies


def _ended() -> Exception:
    return RedisConnectionError("the worker ends: whether this was done is not known")
