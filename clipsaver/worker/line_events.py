"""Brings what the log says into the events of the stream, so that people see it from any host.

Lines wait in a bounded queue for a service that sends a few of them each second. What is too much,
and what is lost while Redis is away, is counted, and the count is told. Nothing here logs: a line
about a line that cannot be sent would be the next one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

import trio

from clipsaver.errors import ClipsaverError
from clipsaver.outage import Outage
from clipsaver.queue.events import tell_lines
from clipsaver.queue.link import Consumer

SEND_EVERY_S = 1.0
MOST_AT_ONCE = 5
"""Of ten thousand events that are kept, one worker's lines alone would fill half an hour."""
MOST_WAITING = 100
_WORTH_IT = frozenset({"warning", "error", "critical"})
_GOOD_NEWS = frozenset(
    (
        *("redis_back", "database_back", "discord_back", "limits_back"),
        *("storage_back", "decoders_back"),
        *("job_goes_on", "token_accepted", "worker_ordered", "watch_begun"),
    )
)
"""The end of what a warning began, and what an operator waits to see."""
_TOLD_BY_SCRIPTS = frozenset(("job_dead", "job_retried", "entries_reclaimed", "jobs_restored"))
"""There is an event of each; but a traceback is told all the same."""

Line = Mapping[str, Any]


def is_wanted(line: Line) -> bool:
    """Whether whoever watches the events wants to see this line of the log."""
    if line.get("event") in _TOLD_BY_SCRIPTS:
        return "exception" in line
    return line.get("level") in _WORTH_IT or line.get("event") in _GOOD_NEWS


class LineEvents:
    """`hear` is for `log.heard_by`, `run` is the service."""

    def __init__(self) -> None:
        self._waiting: deque[Line] = deque()
        self._left_out = 0
        self._lock = threading.Lock()

    def hear(self, line: Line) -> None:
        """Takes a line to be sent, if it is wanted and there is room; from any thread."""
        if not is_wanted(line):
            return
        with self._lock:
            if len(self._waiting) < MOST_WAITING:
                self._waiting.append(dict(line))
            else:
                self._left_out += 1

    async def run(
        self,
        me: Consumer,
        outage: Outage,
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Sends until cancelled. While Redis is known to be away, lines wait for its return."""
        task_status.started()
        while True:
            if not outage.is_on:
                await self.send(me)
            await trio.sleep(SEND_EVERY_S)

    async def send(self, me: Consumer, most: int = MOST_AT_ONCE) -> None:
        """Sends up to so many of those that wait; what Redis does not take counts as left out."""
        lines, left_out = self._next(most)
        if not lines:
            return
        try:
            await tell_lines(me.link, me.name, lines)
        except ClipsaverError:  # also where the key is somebody else's: nothing depends on it
            with self._lock:
                self._left_out += left_out + len(lines) - bool(left_out)

    def _next(self, most: int) -> tuple[list[Line], int]:
        """The lines to be sent now, and how many were left out before, which the last one says."""
        with self._lock:
            lines = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            left_out, self._left_out = self._left_out, 0
        if left_out:
            lines.append({"level": "warning", "event": "log_lines_left_out", "count": left_out})
        return lines, left_out
