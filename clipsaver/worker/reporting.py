"""What others may see of this worker: that it lives, and what it does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import structlog
import trio

from clipsaver import __version__
from clipsaver.errors import RedisUnavailable
from clipsaver.queue import presence, series
from clipsaver.queue.link import Consumer
from clipsaver.queue.presence import BEAT_EVERY_S
from clipsaver.queue.worker_statistics import WorkerStatistics, encode_statistics
from clipsaver.redis_calls.scripts import Value
from clipsaver.worker.naming import name_taken

_log = structlog.get_logger()

_MISSED_BEATS = 3
EXPIRES_MS = int(BEAT_EVERY_S * _MISSED_BEATS * 1000)
"""After which a worker that fell silent counts as gone, and its name is free."""

_REAP_EVERY_S = 600.0


class Heart:
    """Shows that the worker lives and what its parts do; `run` is the service.

    `gather` makes the statistics, given how long the last heartbeat took in ms.
    """

    def __init__(
        self,
        me: Consumer,
        gather: Callable[[float], WorkerStatistics],
        state: Callable[[], str],
        started_at: float,
    ) -> None:
        self._me = me
        self._gather = gather
        self._state = state
        self._started_at = started_at
        self.took_ms = 0.0
        """The latest heartbeat, there and back."""
        self._ledger = series.Ledger()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Beats until cancelled, and clears away consumers long gone.

        Raises NameTaken where it slept so long that another worker has its name.
        """
        task_status.started()
        next_reap = trio.current_time()
        while True:
            try:
                await self._beat()
                await self.tell_done()
                if trio.current_time() >= next_reap:
                    next_reap = trio.current_time() + _REAP_EVERY_S
                    for name in await presence.reap_silent(self._me):
                        _log.info("consumer_removed", consumer=name)
            except RedisUnavailable:
                pass  # whoever needs an answer says that Redis is away
            await trio.sleep(BEAT_EVERY_S)

    async def tell_done(self) -> None:
        """Writes what the worker did in this minute. Raises RedisUnavailable."""
        await series.write(self._me, self._ledger, series.done_by(self._gather(self.took_ms)))

    async def _beat(self) -> None:
        statistics = self._gather(self.took_ms)
        facts = self._facts(statistics)
        began = trio.current_time()
        is_ours = await presence.beat(self._me, facts, expires_ms=EXPIRES_MS)
        self.took_ms = round((trio.current_time() - began) * 1000, 2)
        if is_ours:
            return
        if holder := await presence.claim_name(self._me, facts, expires_ms=EXPIRES_MS):
            raise name_taken(self._me, holder)

    def _facts(self, statistics: WorkerStatistics) -> dict[str, Value]:
        slots = statistics.slots
        return {
            "pid": os.getpid(),
            "version": __version__,
            "state": self._state(),
            "started_at": int(self._started_at),
            "beat_at": int(time.time()),
            "concurrency": slots.concurrency,
            "reserved": slots.reserved,
            "running": slots.live + slots.others,
            "statistics": encode_statistics(statistics),
        }
