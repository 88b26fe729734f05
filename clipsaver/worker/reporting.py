"""What others may see of this worker: the progress of its jobs, and that it lives."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import structlog
import trio

from clipsaver import __version__
from clipsaver.errors import RedisUnavailable
from clipsaver.outage import Outage
from clipsaver.queue import presence, progress
from clipsaver.queue.link import Consumer
from clipsaver.queue.progress import Report
from clipsaver.worker.naming import name_taken
from clipsaver.worker.slots import Slots

_log = structlog.get_logger()

PROGRESS_EVERY_S = 0.25
"""At most four updates a second for each job, however fast its pages come."""

BEAT_EVERY_S = 5.0
_MISSED_BEATS = 3
EXPIRES_MS = int(BEAT_EVERY_S * _MISSED_BEATS * 1000)
"""After which a worker that fell silent counts as gone, and its name is free."""

_REAP_EVERY_S = 600.0


class Progress:
    """Collects the latest report of each run and writes them together."""

    def __init__(self, me: Consumer, outage: Outage) -> None:
        self._me = me
        self._outage = outage
        self._was_refused = False
        self._latest: dict[str, Report] = {}
        self._changed = trio.Event()

    def report(self, report: Report) -> None:
        """Replaces an earlier report of the run that was not written yet."""
        self._latest[report.lease.run_id] = report
        self._changed.set()

    def take(self, run_id: str) -> Report | None:
        """The run's report that was not written yet, for who tells the end of its delivery."""
        return self._latest.pop(run_id, None)

    async def flush(self) -> None:
        """Writes what is new. Nothing depends on it, so an outage of Redis only makes it late.

        A Redis whose memory is full lets running jobs go on, and is noticed here first.
        """
        latest, self._latest = self._latest, {}
        try:
            await progress.write(self._me.link, list(latest.values()))
        except RedisUnavailable as error:
            self._latest = latest | self._latest
            self._was_refused = True
            self._outage.began(error)
            self._changed.set()
        else:
            if self._was_refused and latest:
                self._was_refused = False
                self._outage.ended()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Writes until cancelled."""
        task_status.started()
        while True:
            await self._changed.wait()
            self._changed = trio.Event()
            await self.flush()
            await trio.sleep(PROGRESS_EVERY_S)


async def keep_beating(
    me: Consumer,
    slots: Slots,
    started_at: float,
    state: Callable[[], str],
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Shows that the worker lives, until cancelled, and clears away consumers long gone.

    Raises NameTaken where it slept so long that another worker has its name.
    """
    task_status.started()
    next_reap = trio.current_time()
    while True:
        try:
            await _beat(me, slots, started_at, state())
            if trio.current_time() >= next_reap:
                next_reap = trio.current_time() + _REAP_EVERY_S
                for name in await presence.reap_silent(me):
                    _log.info("consumer_removed", consumer=name)
        except RedisUnavailable:
            pass  # whoever needs an answer says that Redis is away
        await trio.sleep(BEAT_EVERY_S)


async def _beat(me: Consumer, slots: Slots, started_at: float, state: str) -> None:
    now = slots.statistics()
    facts: dict[str, str | int] = {
        "pid": os.getpid(),
        "version": __version__,
        "state": state,
        "started_at": int(started_at),
        "beat_at": int(time.time()),
        "concurrency": now.concurrency,
        "reserved": now.reserved,
        "running": now.live + now.others,
    }
    if await presence.beat(me, facts, expires_ms=EXPIRES_MS):
        return
    if holder := await presence.claim_name(me, facts, expires_ms=EXPIRES_MS):
        raise name_taken(me, holder)
