"""streaq with a task that does nothing, on Trio, its logging off.

    python -m benchmarks.peer_streaq URL push COUNT
    python -m benchmarks.peer_streaq URL work CONCURRENCY

`work` goes on until SIGTERM. All else is as streaq has it: results are kept for five minutes.
"""

from __future__ import annotations

import sys
from typing import Any

import anyio
from streaq import Worker


async def _push(worker: Worker, task: Any, count: int) -> None:
    async with worker:
        for start in range(0, count, 1000):
            await worker.enqueue_many([task.enqueue() for _ in range(min(1000, count - start))])


def main(url: str, what: str, number: str) -> None:
    concurrency = int(number) if what == "work" else 1
    worker: Worker = Worker(redis_url=url, concurrency=concurrency, anyio_backend="trio")

    @worker.task
    async def noop() -> None:
        """Nothing."""

    if what == "push":
        anyio.run(_push, worker, noop, int(number), backend="trio")
    else:
        worker.run_sync()


if __name__ == "__main__":
    main(*sys.argv[1:])
