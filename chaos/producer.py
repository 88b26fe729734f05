"""Pushes the jobs, a portion before each fault, as long as it takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import redis
import trio

from chaos.stage import STREAM, Stage
from chaos.work import Task

_AT_FIRST = 500
"""So that there is a line from the beginning."""
_AT_ONCE = 50
_AGAIN_S = 0.1


@dataclass(slots=True)
class Producer:
    """At least once, as any producer: what may or may not have arrived is pushed again."""

    stage: Stage
    acknowledged: dict[str, Task] = field(default_factory=dict)
    """By run id: what Redis said it has."""
    in_doubt: int = 0
    """Entries that were pushed again, since no answer came."""
    _portions: list[Sequence[Task]] = field(default_factory=list)
    _wanted: trio.Semaphore = field(default_factory=lambda: trio.Semaphore(0))

    def take(self, tasks: Sequence[Task], *, faults: int) -> None:
        """Divides the jobs: some for the beginning, the rest in a portion for each fault."""
        first = min(len(tasks) // 6, _AT_FIRST) if faults else len(tasks)
        self._portions = [tasks[:first]]
        rest = tasks[first:]
        for fault in range(faults):
            self._portions.append(
                rest[fault * len(rest) // faults : (fault + 1) * len(rest) // faults]
            )

    def release(self) -> None:
        """Lets the next portion go; one that is stuck does not keep the caller."""
        self._wanted.release()

    async def run(self) -> None:
        """Ends when all portions were released and are acknowledged."""
        for portion in self._portions:
            await self._wanted.acquire()
            await self.push(portion)

    async def push(self, tasks: Sequence[Task]) -> None:
        """Returns when all of these are acknowledged."""
        for start in range(0, len(tasks), _AT_ONCE):
            await self._insist(tasks[start : start + _AT_ONCE])

    def forget(self, runs: Iterable[str]) -> list[Task]:
        """What Redis had acknowledged and lost, to be pushed anew."""
        return [self.acknowledged.pop(run) for run in runs]

    async def _insist(self, tasks: Sequence[Task]) -> None:
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
