"""What Discord answered last, from the heartbeats of all workers. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from clipsaver.queue.operating.workers import Worker
from clipsaver.queue.worker_statistics import Heard

_LONGEST_S = 1e9
"""More than that a worker of another make may say, and it is not worth an error."""


@dataclass(frozen=True, slots=True)
class LatestAnswer:
    """One answer, and whose request it was for."""

    route: str
    """Method and path without ids: a route stands for all of its channels."""
    worker: str
    at_ms: int
    """Unix time, by the clock of Redis, about."""
    said: Heard


def latest_answers(
    workers: Sequence[Worker], now_ms: int, *, routes: Collection[str] | None = None
) -> list[LatestAnswer]:
    """Those that are known of these routes (None = of all), the newest first.

    A heartbeat is up to some seconds old, and so is what it says; `now_ms` is when they were read.
    """
    found = (
        one
        for worker in workers
        for one in _of_worker(worker, now_ms)
        if routes is None or one.route in routes
    )
    return sorted(found, key=lambda one: (-one.at_ms, one.worker, one.route))


def _of_worker(worker: Worker, now_ms: int) -> Iterator[LatestAnswer]:
    if worker.statistics is None:
        return
    beat_ms = now_ms - (worker.beat_ms_ago or 0)
    for route, answers in worker.statistics.discord.recent.items():
        for said in answers:
            at_ms = beat_ms - round(min(said.ago_s, _LONGEST_S) * 1000)
            yield LatestAnswer(route, worker.name, at_ms, said)
