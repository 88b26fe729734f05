"""The tree of the tasks of this process, and what each waits for, as lines for a person.

Of what the tasks work on nothing is shown but its name: what is bound to them for the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
import trio

import clipsaver

MOST = 500
"""Tasks that are shown."""
_OURS = f"{Path(clipsaver.__file__).parent}/"
_INDENT = "  "
_SHOWN = ("run", "type", "channel_id", "clip_id")
"""Of what is bound to a task, in this order."""

Bound = Mapping[str, Any]


def tree_of(task: trio.lowlevel.Task, *, most: int = MOST) -> list[str]:
    """A line for the task and for each below it; how many are left out beyond `most` of them."""
    lines, tasks = [], 0
    for depth, is_task, text in _nodes(task, {}, 0):
        tasks += is_task
        if tasks <= most:
            lines.append(f"{_INDENT * depth}{text()}")
    return lines if tasks <= most else [*lines, f"and {tasks - most:,} more tasks"]


def whole_tree(*, most: int = MOST) -> list[str]:
    """The lines of the main task and all below it; Trio's own few are not among them."""
    task, root = trio.lowlevel.current_task(), trio.lowlevel.current_root_task()
    while (above := task.parent_nursery) is not None and above.parent_task is not root:
        task = above.parent_task
    return tree_of(task, most=most)


def way_of(task: trio.lowlevel.Task) -> list[str]:
    """Where a task is, from the outside in: a line for each of our functions that it is in."""
    frames = list(_frames(task))
    ways = [f"at {place_of(frame, line)}" for frame, line in frames if is_ours(frame)]
    below = _beyond(frames)
    return [*ways, f"in {below}"] if below else ways


def is_ours(frame: FrameType) -> bool:
    """Whether it is one of this package's functions."""
    return frame.f_code.co_filename.startswith(_OURS)


def place_of(frame: FrameType, line: int) -> str:
    """File, line and function; our files as they are in the package."""
    code = frame.f_code
    file = code.co_filename
    shown = file.removeprefix(_OURS) if is_ours(frame) else "/".join(Path(file).parts[-2:])
    return f"{shown}:{line} {code.co_qualname}"


def _nodes(
    task: trio.lowlevel.Task, above: Bound, depth: int
) -> Iterator[tuple[int, bool, Callable[[], str]]]:
    """How deep each task or nursery is, whether it is a task, and what makes its text."""
    bound = _bound_to(task)
    said = {name: value for name, value in bound.items() if above.get(name) != value}
    yield depth, True, lambda: f"{_name_of(task, said)}: {_waits_at(task)}"
    for nursery in task.child_nurseries:
        if nursery.child_tasks:
            yield depth + 1, False, partial(_nursery, nursery, task)
        for child in sorted(nursery.child_tasks, key=_order):
            yield from _nodes(child, bound, depth + 2)


def _order(task: trio.lowlevel.Task) -> tuple[str, str]:
    return task.name, str(_bound_to(task))


def _bound_to(task: trio.lowlevel.Task) -> Bound:
    """What of each log line of the task names what it works on."""
    bound = task.context.copy().run(structlog.contextvars.get_contextvars)
    return {name: bound[name] for name in _SHOWN if name in bound}


def _name_of(task: trio.lowlevel.Task, said: Bound) -> str:
    name = task.name.removeprefix("clipsaver.")
    words = [f"{key}={value}" for key, value in said.items() if value != name]
    return f"{name} [{' '.join(words)}]" if words else name


def _nursery(nursery: trio.Nursery, task: trio.lowlevel.Task) -> str:
    """By the variable that holds it, which says what it is for."""
    count = len(nursery.child_tasks)
    tasks = "1 task" if count == 1 else f"{count} tasks"
    for frame, _ in _frames(task):
        for name, value in frame.f_locals.items():
            if value is nursery:
                return f"{name}, {tasks}"
    return f"nursery, {tasks}"


def _waits_at(task: trio.lowlevel.Task) -> str:
    """The innermost of our functions that the task is in, and what of others' that waits in."""
    if task is trio.lowlevel.current_task():
        return "it shows this"
    frames = list(_frames(task))
    ours = [(frame, line) for frame, line in frames if is_ours(frame)]
    if not (ours or frames):
        return "over"
    place = place_of(*(ours[-1] if ours else frames[0]))
    below = _beyond(frames)
    return f"{place}, in {below}" if below else place


def _frames(task: trio.lowlevel.Task) -> Iterable[tuple[FrameType, int]]:
    return task.iter_await_frames()


def _beyond(frames: list[tuple[FrameType, int]]) -> str:
    """The first function after the last of ours: such as sleep or Event.wait."""
    ours = [at for at, (frame, _) in enumerate(frames) if is_ours(frame)]
    if not ours or ours[-1] + 1 == len(frames):
        return ""
    return frames[ours[-1] + 1][0].f_code.co_qualname
