"""What the tree of tasks shows, and what it never shows."""

from __future__ import annotations

import trio
from structlog.contextvars import bound_contextvars

from clipsaver.combining import Combiner
from clipsaver.worker.watching.task_tree import tree_of, way_of, whole_tree


async def never(secret: str) -> None:
    await trio.sleep_forever()


async def at_a_job(run: str, channel_id: str, ready: trio.Event) -> None:
    with bound_contextvars(run=run, channel_id=channel_id, job_id="a producer's own"):
        async with trio.open_nursery() as parts:
            parts.start_soon(never, "nobody may see this")
            ready.set()
            await trio.sleep_forever()


async def a_worker(ready: trio.Event) -> None:
    async with trio.open_nursery() as jobs:
        jobs.start_soon(at_a_job, "clips/1-0", "22", ready, name="clips/1-0")
        await trio.sleep_forever()


async def test_nurseries_and_tasks_are_shown_with_what_they_wait_for() -> None:
    ready = trio.Event()
    async with trio.open_nursery() as workers:
        workers.start_soon(a_worker, ready)
        await ready.wait()
        await trio.testing.wait_all_tasks_blocked()
        (task,) = workers.child_tasks
        _, jobs, job, parts, part = lines = tree_of(task)
        workers.cancel_scope.cancel()
    assert jobs.strip() == "jobs, 1 task"
    assert job.strip().startswith("clips/1-0 [channel_id=22]: ")
    assert "at_a_job" in job
    assert parts.strip() == "parts, 1 task"
    # What is bound to the task above is not said again.
    assert part.strip().startswith(f"{__name__}.never: ")
    assert [len(line) - len(line.lstrip()) for line in lines] == [0, 2, 4, 6, 8]
    assert "nobody may see this" not in "\n".join(lines)
    assert "a producer's own" not in "\n".join(lines)


async def test_of_our_own_functions_the_innermost_is_named_and_what_it_waits_in() -> None:
    async def together(calls: object) -> list[int]:
        await trio.sleep_forever()
        return []

    combiner: Combiner[int, int] = Combiner(together, ended=RuntimeError, most=1, at_once=1)
    async with trio.open_nursery() as services:
        services.start_soon(combiner.run)
        await trio.testing.wait_all_tasks_blocked()
        (task,) = services.child_tasks
        first, nursery, served = tree_of(task)
        way = way_of(task)
        services.cancel_scope.cancel()
    assert first.startswith("combining.Combiner.run: combining.py:")
    assert first.endswith(" Combiner.run, in NurseryManager.__aexit__")
    assert nursery.strip() == "nursery, 1 task"
    assert served.endswith(" Combiner._serve, in Event.wait")
    assert [line.split()[0] for line in way] == ["at", "in"]
    assert way[0].endswith(" Combiner.run")


async def test_a_crowd_is_counted() -> None:
    async with trio.open_nursery() as crowd:
        for _ in range(30):
            crowd.start_soon(never, "")
        await trio.testing.wait_all_tasks_blocked()
        lines = tree_of(trio.lowlevel.current_task(), most=11)
        assert sum(".never: " in line for line in lines) <= 10
        assert lines[-1] == f"and {_tasks_below(crowd) + 1 - 11} more tasks"
        crowd.cancel_scope.cancel()


def _tasks_below(crowd: trio.Nursery) -> int:
    """Also those of the nurseries that pytest-trio has opened in this task."""
    above = trio.lowlevel.current_task().child_nurseries
    return sum(len(nursery.child_tasks) for nursery in above)


async def test_the_whole_tree_begins_with_the_main_task_and_says_who_asked() -> None:
    async with trio.open_nursery() as asking:
        lines: list[str] = []

        async def ask() -> None:
            lines.extend(whole_tree())

        asking.start_soon(ask)
    assert not lines[0].startswith(" ")
    assert "<init>" not in lines[0]
    (asker,) = [line for line in lines if line.endswith(": it shows this")]
    assert ".ask: " in asker
