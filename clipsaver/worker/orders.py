"""Heeds what operators order: a worker that is paused takes nothing new, one that drains ends.

Whoever asks for the tree of its tasks is shown it, too: from any host, unlike by SIGUSR1.
"""

from __future__ import annotations

import structlog
import trio

from clipsaver.errors import RedisUnavailable
from clipsaver.queue.control import Order, read_asked, show_tree
from clipsaver.queue.link import Consumer
from clipsaver.worker.slots import Slots
from clipsaver.worker.watching.task_tree import whole_tree

_log = structlog.get_logger()

LOOK_EVERY_S = 1.0


class Orders:
    """The order in force; `run` is the service. While Redis is away the last one stays."""

    def __init__(self, me: Consumer, slots: Slots, stopping: trio.Event) -> None:
        self._me = me
        self._slots = slots
        self._stopping = stopping
        self._order: Order | None = None

    @property
    def may_start(self) -> bool:
        """False while nothing new is to be taken."""
        return self._order is None

    @property
    def state(self) -> str:
        """What a heartbeat says of it."""
        states = {None: "running", Order.PAUSE: "paused", Order.DRAIN: "draining"}
        return states[self._order]

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Looks for orders until cancelled; the first look comes before the worker begins."""
        await self._look()
        task_status.started()
        while True:
            await trio.sleep(LOOK_EVERY_S)
            was_draining = self._order is Order.DRAIN
            await self._look()
            # What was being read when the order came has a slot by the next look.
            if was_draining and self._order is Order.DRAIN and self._slots.is_idle:
                self._stopping.set()

    async def _look(self) -> None:
        try:
            asked = await read_asked(self._me)
            if asked.wants_tree:
                await show_tree(self._me, whole_tree())
        except RedisUnavailable:
            return
        order = asked.order
        if order is not self._order:
            _log.info("worker_ordered", order=order.value if order else "resume")
        self._order = order
