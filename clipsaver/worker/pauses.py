"""When a running job stops at a page: the worker stops, or others wait for its slot."""

from __future__ import annotations

import trio

from clipsaver.errors import LeaseLost, RedisUnavailable
from clipsaver.queue import intake, policy
from clipsaver.queue.lease import note_progress
from clipsaver.scanning.plan import PAGE_SIZE
from clipsaver.worker.leases import Held
from clipsaver.worker.place import Workplace

_FIRST = 0.5
"""Of a slice, for a job of which it is not known how much it has left: of a guild's many the
longest are found sooner, and go on before the others."""
_ASK_EVERY_S = 1.0
"""A scan past its slice asks at most so often whether others wait."""


class Pauses:
    """Decides after each page of one delivery whether it goes on."""

    def __init__(self, place: Workplace, held: Held, slice_s: float) -> None:
        self._me = place.me
        self._slots = place.slots
        self._stopping = place.stopping
        self._progress = place.progress
        self._held = held
        is_known = held.lease.entry.carried.left_pages > 0
        self._ask_at = trio.current_time() + slice_s * (1 if is_known else _FIRST)
        self.outcome: policy.HandBack | policy.Slice = policy.HandBack()
        """What a pause means for the entry."""

    async def is_to_pause(self, *, has_page: bool = True) -> bool:
        """Asked after each committed page. Raises LeaseLost where the run is another worker's.

        `has_page` is false where this delivery has committed none: then it has not got on.
        """
        if has_page and not self._held.lease.progressed:
            await self._note_first_page()
        return await self._is_to_pause()

    async def is_to_stop(self) -> bool:
        """The same for work that cannot go on where it paused: it makes way for the worker's end
        and for nothing else."""
        if not self._held.lease.progressed:
            await self._note_first_page()
        self.outcome = policy.HandBack()
        return self._stopping.is_set()

    async def _note_first_page(self) -> None:
        """The job gets on, so its deliveries count anew: it does not take its workers down."""
        try:
            lease = await note_progress(self._me, self._held.lease)
        except RedisUnavailable:
            return  # the next page tells it
        if lease is None:
            raise LeaseLost(f"run {self._held.lease.run_id} is another worker's now")
        self._held.lease = lease

    async def _is_to_pause(self) -> bool:
        if self._stopping.is_set():
            self.outcome = policy.HandBack()
            return True
        if trio.current_time() < self._ask_at or self._slots.free_for_others > 0:
            return False
        self._ask_at = trio.current_time() + _ASK_EVERY_S
        try:
            others = await intake.waiting(self._me, 1)
        except RedisUnavailable:
            return False
        self.outcome = policy.Slice(self._left_pages())
        return others > 0

    def _left_pages(self) -> int:
        left = self._progress.left_messages(self._held)
        return 0 if left is None else max(1, round(left / PAGE_SIZE))
