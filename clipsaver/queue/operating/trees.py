"""Asks a worker, on whatever host, for the tree of its tasks. Changes nothing that it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from clipsaver.errors import UsageError
from clipsaver.queue.control import EXPIRES_MS, tree_field
from clipsaver.queue.link import Link
from clipsaver.queue.operating.heartbeats import heartbeats

WAITS_S = 5.0
"""For an answer; a worker looks for questions each second."""
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class TaskTree:
    """The tasks of one worker at one moment."""

    worker: str
    at_ms: int
    """Unix time, by the clock of Redis."""
    lines: tuple[str, ...]
    """Each a nursery or a task: its name, what it works on, and where it waits; indented."""


async def ask_for_tree(
    link: Link,
    worker: str,
    *,
    sleep: Callable[[float], Awaitable[None]],
    waits_s: float = WAITS_S,
) -> TaskTree:
    """The tree as it is now. `sleep` is that of the loop that this runs on.

    Raises RedisUnavailable, and UsageError where no such worker is alive or none answers.
    """
    if not await heartbeats(link, [worker]):
        raise UsageError(f"no worker {worker!r} is alive; clipsaver workers shows those that are")
    before = await _read(link, worker)
    await link.together(
        [
            ("HSET", link.names.control, tree_field(worker), "1"),
            ("PEXPIRE", link.names.control, EXPIRES_MS),
        ]
    )
    for _ in range(round(waits_s / _LOOK_EVERY_S)):
        found = await _read(link, worker)
        if found is not None and found != before:
            return found
        await sleep(_LOOK_EVERY_S)
    await link.command("HDEL", link.names.control, tree_field(worker))
    raise UsageError(
        f"{worker} has not shown its tasks within {waits_s:g} s: its loop stands still, it cannot "
        "reach Redis, or its version does not know the question. On its own host, SIGUSR1 has it "
        "log them"
    )


async def _read(link: Link, worker: str) -> TaskTree | None:
    at_ms, lines = await link.command("HMGET", link.names.tree(worker), "at", "lines")
    if at_ms is None or lines is None:
        return None
    return TaskTree(worker, int(at_ms), tuple(msgspec.json.decode(lines, type=list[str])))
