"""Gets entries for free slots: those whose turn it is, or new ones as they come.

One task does it all, so that what it asks for never exceeds the slots that are free.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
import trio

from clipsaver.errors import RedisUnavailable
from clipsaver.outage import Outage, delay_s
from clipsaver.queue import intake
from clipsaver.queue.entries import Entry
from clipsaver.queue.link import Consumer
from clipsaver.worker.leases import LeaseKeeper
from clipsaver.worker.restoring import tell_deleted
from clipsaver.worker.slots import Slots

_log = structlog.get_logger()

_BLOCK_MS = 500
"""How long a read waits for new entries; also how long what comes back in line may wait."""

_LOOK_FOR_LIVE_EVERY_S = 0.25
"""While only reserved slots are free."""

_RECLAIM_EVERY_S = 0.5
_RETRY_S = (0.1, 5.0)
_PROMOTE_EVERY_S = 0.5
_PROMOTE_AT_ONCE = 500


class Intake:
    """Feeds `start` with entries while there are slots; `run` is the service."""

    def __init__(
        self,
        me: Consumer,
        slots: Slots,
        leases: LeaseKeeper,
        *,
        outage: Outage,
        start: Callable[[Entry], None],
        may_start: Callable[[], bool],
        dice: Callable[[], float],
    ) -> None:
        """`start` takes a slot and runs the entry; `may_start` is false while nothing can run.

        `dice` gives the jitter of waits: numbers from 0 up to 1.
        """
        self._outage = outage
        self._dice = dice
        self._me = me
        self._slots = slots
        self._leases = leases
        self._start = start
        self._may_start = may_start
        self._guard = leases.takeovers
        self._has_unseen = True
        """The server may count entries as ours that we have not seen: at start, after a failure."""
        self._is_first = True
        self._has_more = False
        """New entries are not all in line yet, so whose turn it is cannot be told."""

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Takes entries until cancelled. While Redis is away it asks again, and says so once."""
        task_status.started()
        failures = 0
        while True:
            try:
                if not self._guard.is_in_touch:
                    await self._reached()
                has_asked = await self._take_some()
            except RedisUnavailable as error:
                self._outage.began(error)
                self._guard.lost()
                self._has_unseen = True
                await trio.sleep(
                    delay_s(failures, self._dice(), first_s=_RETRY_S[0], longest_s=_RETRY_S[1])
                )
                failures += 1
            else:
                if failures and has_asked:  # not the first answer: a replica gives it, too
                    self._outage.ended()
                    failures = 0

    async def _reached(self) -> None:
        """Redis answers: how long has it been there? Others need the time to renew."""
        uptime_s = await self._me.link.uptime_s()
        self._guard.reached(trio.current_time(), uptime_s=uptime_s)

    async def _take_some(self) -> bool:
        """One round: at most as many entries as there are slots. False if none was asked for."""
        is_full = self._slots.free == 0
        if not self._may_start() or (is_full and not self._has_more):
            with trio.move_on_after(1):
                await self._slots.wait_for_change()
            return False
        if self._has_unseen:
            await self._take_unseen()
        # Also where the read below brought all there is: what waits in line goes before it.
        has_more = await self._take_next()
        if has_more or self._slots.free == 0:
            return True
        if self._slots.free_for_others > 0:
            await self._read()
        else:
            with trio.move_on_after(_LOOK_FOR_LIVE_EVERY_S):
                await self._slots.wait_for_change()
        return True

    async def _take_unseen(self) -> None:
        """What the server delivered to us and we never saw, for instance as a read was cut off."""
        claimed = await intake.own_pending(
            self._me, held=self._leases.entries, restarted=self._is_first
        )
        tell_deleted(claimed.gone)
        now, later = self._divide(claimed.entries)
        self._begin(now)
        if later:
            await intake.put_back(self._me, later)
        self._has_unseen = self._is_first = False

    async def _take_next(self) -> bool:
        """Those whose turn it is; returns whether to look again at once."""
        others = self._slots.free_for_others
        found = await intake.take_next(
            self._me, self._slots.free, others=others, held=self._leases.entries
        )
        tell_deleted(found.gone)
        self._begin(found.entries)
        self._has_more = found.has_more
        has_found = bool(found.entries or found.gone)
        return found.has_more or (has_found and self._slots.free_for_others > 0)

    async def _read(self) -> None:
        """New entries. While the read waited for them it can have become pointless to begin any."""
        entries = await intake.read(self._me, self._slots.free_for_others, block_ms=_BLOCK_MS)
        if self._may_start():
            self._begin(entries)
        elif entries:
            await intake.put_back(self._me, entries)

    def _divide(self, entries: Sequence[Entry]) -> tuple[Sequence[Entry], Sequence[Entry]]:
        free = self._slots.free_for_others
        return entries[:free], entries[free:]

    def _begin(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._start(entry)


async def reclaim(
    me: Consumer,
    leases: LeaseKeeper,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Puts entries back in line whose holder fell silent, until cancelled.

    After an outage of Redis it lets others renew first (see `takeover`), also after one that nobody
    noticed, since all stood still. The first call only learns the time.
    """
    task_status.started()
    heard_ms = 0
    while True:
        try:
            if leases.takeovers.may_take_over(trio.current_time()):
                back = await intake.reclaim(me, held=leases.entries, heard_ms=heard_ms)
                if back.was_late and heard_ms:
                    leases.takeovers.lost()
                    heard_ms = 0
                else:
                    heard_ms = back.now_ms
                tell_deleted(back.gone)
                if back.count:
                    _log.warning("entries_reclaimed", entries=back.count)
            else:
                heard_ms = 0
        except RedisUnavailable:
            heard_ms = 0  # the intake says so
        await trio.sleep(_RECLAIM_EVERY_S)


async def promote_due(
    me: Consumer, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Moves delayed entries that are due back to the stream, until cancelled."""
    task_status.started()
    while True:
        try:
            moved = await intake.promote_due(me.link, _PROMOTE_AT_ONCE)
        except RedisUnavailable:
            moved = 0
        if moved < _PROMOTE_AT_ONCE:
            await trio.sleep(_PROMOTE_EVERY_S)
