"""Pushes the jobs: some at once, the rest over the time of the faults, as long as it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import redis
import trio

from chaos.stage import STREAM, Stage
from chaos.work import Task

_PORTION = 40
_AGAIN_S = 0.1


@dataclass(slots=True)
class Producer:
    """At least once, as any producer: what may or may not have arrived is pushed again."""

    stage: Stage
    acknowledged: dict[str, Task] = field(default_factory=dict)
    """By run id: what Redis said it has."""
    in_doubt: int = 0
    """Entries that were pushed again, since no answer came."""
    is_done: trio.Event = field(default_factory=trio.Event)

    async def run(self, tasks: Sequence[Task], *, at_once: int, over_s: float) -> None:
        """Ends when all are acknowledged."""
        begun, rest = trio.current_time(), max(1, len(tasks) - at_once)
        for start in range(0, len(tasks), _PORTION):
            share = max(0, start - at_once) / rest
            await trio.sleep_until(begun + share * over_s)
            await self._push(tasks[start : start + _PORTION])
        self.is_done.set()

    async def _push(self, tasks: Sequence[Task]) -> None:
        while True:
            try:
                ids = await trio.to_thread.run_sync(self._send, tasks)
            except redis.RedisError:
                self.in_doubt += len(tasks)
                await trio.sleep(_AGAIN_S)
            else:
                runs = [f"{STREAM}/{entry}" for entry in ids]
                self.acknowledged |= dict(zip(runs, tasks, strict=True))
                return

    def _send(self, tasks: Sequence[Task]) -> list[str]:
        with self.stage.redis() as client:
            pipeline = client.pipeline(transaction=False)
            for task in tasks:
                pipeline.xadd(STREAM, {"job": task.text})
            return [entry.decode() for entry in pipeline.execute()]
