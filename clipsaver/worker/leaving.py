"""The end of a worker: how long its jobs may go on, and its last words."""

from __future__ import annotations

import structlog
import trio

from clipsaver.errors import RedisUnavailable
from clipsaver.queue import intake, presence, watch
from clipsaver.queue.control import forget_order
from clipsaver.worker.leases import Ended
from clipsaver.worker.line_events import MOST_WAITING, LineEvents
from clipsaver.worker.place import Workplace
from clipsaver.worker.reporting import Heart

_log = structlog.get_logger()

_GOODBYE_S = 2.0
"""What the last words of a worker may take; without them others wait for leases to run out."""


class Grace:
    """The time that jobs have once the worker is to stop."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._ends_at: float | None = None

    @property
    def left_s(self) -> float | None:
        """None before the worker is to stop, and when it is over."""
        return None if self._ends_at is None else max(0.0, self._ends_at - trio.current_time())

    async def run(self) -> None:
        """What has not come to its next page in time is cancelled and handed back as it is.

        While Discord is away no page will come, and there is nothing to wait for.
        """
        grace_s = self._place.config.worker.shutdown_grace
        self._ends_at = trio.current_time() + grace_s
        with trio.move_on_after(grace_s):
            await self._place.reach.until_away()
        self._ends_at = None
        if count := self._place.leases.end_all(Ended.WORKER_STOPS):
            _log.warning("jobs_cut_short", jobs=count)


async def say_goodbye(place: Workplace, heart: Heart, lines: LineEvents) -> None:
    """Leaves nothing that others would have to wait for: no entry, no heartbeat.

    Entries can still count as ours: a read that was cut off may have brought some, and a
    hand-back may have been cut off as well.
    """
    me = place.me
    with trio.move_on_after(_GOODBYE_S) as in_time:
        try:
            await watch.release(me)  # also what a look that was cut off may have taken
            if not await presence.has_name(me):
                return  # what counts as ours is another process's
            left = await intake.own_pending(me, held=(), restarted=False)
            await intake.put_back(me, left.entries)
            await forget_order(me)
            await heart.tell_done()
            await lines.send(me, MOST_WAITING)
            await presence.leave(me)
        except RedisUnavailable as error:
            _log.warning("left_without_goodbye", error=str(error))
    if in_time.cancelled_caught:
        _log.warning("left_without_goodbye", error="Redis did not answer in time")
