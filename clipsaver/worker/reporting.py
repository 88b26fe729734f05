"""What others may see of this worker: that it lives, and what it does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import structlog
import trio

from clipsaver import __version__
from clipsaver.errors import RedisUnavailable
from clipsaver.queue import presence
from clipsaver.queue.link import Consumer
from clipsaver.worker.naming import name_taken
from clipsaver.worker.slots import Slots

_log = structlog.get_logger()

BEAT_EVERY_S = 5.0
_MISSED_BEATS = 3
EXPIRES_MS = int(BEAT_EVERY_S * _MISSED_BEATS * 1000)
"""After which a worker that fell silent counts as gone, and its name is free."""

_REAP_EVERY_S = 600.0


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
