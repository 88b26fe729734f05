"""Says when the event loop stood still, and which of our functions held it.

While a function works or blocks and does not wait on the loop, nothing else runs: leases are not
renewed, and answers wait. Nobody in the loop can see that before it is over, so a thread looks.
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, field
from types import FrameType

import structlog
import trio

from clipsaver.outage import tell
from clipsaver.worker.watching.task_tree import is_ours, place_of

_log = structlog.get_logger()

BLOCKED_S = 1.0
_TICK_S = 0.25
_LOOP = ("trio/_core/_run.py", "unrolled_run")
"""The function of Trio that steps the tasks; what is inside it is a task's."""


async def watch_loop(*, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    """Watches over the loop that it runs in, until cancelled.

    `cpu_s` of its line tells code that computes from a call that blocks, or a process that was
    stopped; `at` is the function, where the thread got to see it.
    """
    beat = _Beat(threading.get_ident())
    threading.Thread(target=beat.watch, name="loop watch", daemon=True).start()
    try:
        task_status.started()
        while True:
            beat.at, beat.held_at, cpu_s = time.monotonic(), None, time.process_time()
            await trio.sleep(_TICK_S)
            late_s = time.monotonic() - beat.at - _TICK_S
            if late_s > BLOCKED_S:
                tell(
                    _log.warning,
                    "loop_blocked",
                    for_s=round(late_s, 1),
                    cpu_s=round(time.process_time() - cpu_s, 1),
                    at=beat.held_at,
                )
    finally:
        beat.is_over.set()


@dataclass(slots=True)
class _Beat:
    """What the loop and the thread that looks at it know of each other."""

    loop_thread: int
    at: float = field(default_factory=time.monotonic)
    held_at: str | None = None
    is_over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """In the thread: looks where the loop is, as soon as it is late.

        Not where the thread is late as well: then the process stood still, wherever it was.
        """
        every_s = BLOCKED_S / 2
        began = time.monotonic()
        while not self.is_over.wait(every_s):
            before, began = began, time.monotonic()
            is_in_time = began - before < 2 * every_s
            if is_in_time and began - self.at > BLOCKED_S and self.held_at is None:
                frames = sys._current_frames()  # noqa: SLF001 - documented for just this
                self.held_at = _held_at(frames.get(self.loop_thread))


def _held_at(frame: FrameType | None) -> str | None:
    """The innermost of our functions in the task that is being stepped; None between tasks."""
    while frame is not None and not _is_the_loop(frame):
        if is_ours(frame):
            return place_of(frame, frame.f_lineno)
        frame = frame.f_back
    return None


def _is_the_loop(frame: FrameType) -> bool:
    file, name = _LOOP
    return frame.f_code.co_name == name and frame.f_code.co_filename.endswith(file)
