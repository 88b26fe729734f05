"""What Discord answered last, of all workers together."""

from __future__ import annotations

from clipsaver.queue.operating.answers import latest_answers
from clipsaver.queue.operating.workers import Worker, WorkerState
from clipsaver.queue.worker_statistics import Discord, Heard, WorkerStatistics

NOW_MS = 1_769_429_077_000


def worker(name: str, beat_ms_ago: int | None, **recent: tuple[Heard, ...]) -> Worker:
    said = WorkerStatistics(discord=Discord(recent=recent))
    return Worker(name, WorkerState.RUNNING, 0, beat_ms_ago=beat_ms_ago, statistics=said)


def test_they_are_put_in_order_by_when_each_came_and_a_heartbeat_may_be_old():
    workers = [
        worker("w-1", 4000, a=(Heard(3.0, 200), Heard(0.5, 404)), b=(Heard(0.1, 200),)),
        worker("w-2", 0, a=(Heard(5.0, 429),)),
        Worker("w-3", WorkerState.GONE, 0),
    ]
    found = latest_answers(workers, NOW_MS, routes=["a"])
    assert [(one.worker, NOW_MS - one.at_ms, one.said.status) for one in found] == [
        ("w-1", 4500, 404),
        ("w-2", 5000, 429),
        ("w-1", 7000, 200),
    ]
    assert [one.route for one in latest_answers(workers, NOW_MS)] == ["b", "a", "a", "a"]
    assert latest_answers([worker("w-1", None)], NOW_MS) == []
