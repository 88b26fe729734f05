"""Keeps the leases of everything that this worker has in hand.

A lease is renewed at a third of its term, so two renewals may fail before it runs out. Who lost
one is cancelled at once: its commits and outcomes would be refused anyway.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import structlog
import trio

from clipsaver.errors import RedisUnavailable
from clipsaver.outage import Outage
from clipsaver.queue.entries import Entry
from clipsaver.queue.lease import Lease, renew
from clipsaver.queue.link import Consumer
from clipsaver.queue.takeover import TakeoverGuard, renew_every_ms
from clipsaver.worker.restoring import restore_lost, tell_deleted

_log = structlog.get_logger()

_AGAIN_S = 1.0
"""Between tries while Redis is away: whoever is back renews before anybody may take over."""

_LAST_WORDS_S = 5.0
"""What a job that the worker's end has cut off may still take to be handed back."""


class Ended(enum.Enum):
    """Why a job's scope was cancelled from outside."""

    LEASE_LOST = "lease_lost"
    CANCELLED = "cancelled"
    """Somebody has ended the run: both stores know, so there is nothing left to tell them."""
    WORKER_STOPS = "worker_stops"


_NOT_OURS = (Ended.LEASE_LOST, Ended.CANCELLED)


@dataclass(frozen=True, slots=True)
class LeaseStatistics:
    """A snapshot for the heartbeat and tests."""

    beginning: int
    """Entries in hand whose delivery has not begun."""
    held: int
    lost: int
    """Since the worker's start."""


@dataclass(slots=True, eq=False)
class Held:
    """One delivery in hand, and the scopes in which its work runs and its outcome is told."""

    lease: Lease
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    last_words: trio.CancelScope = field(default_factory=trio.CancelScope)
    ended: Ended | None = None
    is_settled: bool = False
    """The stream knows its outcome, and the database is still to be told: others may have it."""
    task: trio.lowlevel.Task = field(default_factory=trio.lowlevel.current_task)
    """In which the job is done."""

    def end(self, why: Ended) -> None:
        """Stops its work; the first reason stays.

        A job that was done already and only waits for a store to say so to is not spared either:
        the worker has to end while stores are away.
        """
        self.ended = self.ended or why
        self.scope.cancel()
        if why is Ended.WORKER_STOPS:
            self.last_words.deadline = trio.current_time() + _LAST_WORDS_S

    def tell(self, say: Callable[..., object], *words: object, **facts: object) -> None:
        """Logs what another task noticed of the job, with what is bound to the job."""
        self.task.context.copy().run(partial(say, *words, **facts))


class LeaseKeeper:
    """Renews what is held; `run` is the service."""

    def __init__(self, me: Consumer, outage: Outage) -> None:
        self._me = me
        self._outage = outage
        self.takeovers = TakeoverGuard(me.lease_ms / 1000)
        """While all slots are taken, only the renewals notice that Redis is away."""
        if outage.has_been:  # while the worker waited for it at start: others held leases then
            self.takeovers.lost()
        self._entries: dict[str, Entry] = {}
        self._beginning: set[trio.CancelScope] = set()
        self._held: set[Held] = set()
        self._all_ended: Ended | None = None
        self._lost = 0

    @property
    def entries(self) -> Collection[str]:
        """Ids of the entries in hand, also of those whose delivery has not begun yet."""
        return self._entries.keys()

    @contextmanager
    def in_hand(self, entry: Entry) -> Iterator[None]:
        """From reading an entry to its outcome: the worker does not take it over from itself."""
        self._entries[entry.entry_id] = entry
        try:
            yield
        finally:
            self._entries.pop(entry.entry_id, None)

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """The time until there is a lease, which an outage of Redis makes long."""
        with trio.CancelScope() as scope:
            self._beginning.add(scope)
            try:
                if self._all_ended:
                    scope.cancel()
                yield
            finally:
                self._beginning.discard(scope)

    @contextmanager
    def holding(self, lease: Lease) -> Iterator[Held]:
        """Keeps the lease for the time of the block."""
        held = Held(lease)
        if self._all_ended:
            held.end(self._all_ended)
        self._held.add(held)
        try:
            yield held
        finally:
            self._held.discard(held)

    def cancel(self, run_id: str) -> None:
        """Stops the work of a run that was cancelled, where it is in hand."""
        for held in [one for one in self._held if one.lease.run_id == run_id]:
            held.tell(_log.info, "job_cancelled")
            held.end(Ended.CANCELLED)

    def end_all(self, why: Ended) -> int:
        """Stops the work of all that is in hand, now and from now on; returns how many."""
        self._all_ended = why
        for scope in self._beginning:
            scope.cancel()
        for held in self._held:
            held.end(why)
        return len(self._beginning) + len(self._held)

    def statistics(self) -> LeaseStatistics:
        """Counts of now and since the start."""
        return LeaseStatistics(len(self._beginning), len(self._held), self._lost)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Renews until cancelled. An outage of Redis is waited out, with tries each second."""
        task_status.started()
        was_refused = False
        while True:
            try:
                await self._renew()
            except RedisUnavailable as error:
                was_refused = True
                self._outage.began(error)
                self.takeovers.lost()
                await trio.sleep(_AGAIN_S)
            else:
                if was_refused and self._held:
                    self._outage.ended()
                    was_refused = False
                await trio.sleep(renew_every_ms(self._me.lease_ms) / 1000)

    async def _renew(self) -> None:
        still = [one for one in self._held if one.ended not in _NOT_OURS and not one.is_settled]
        held = {one.lease.entry.entry_id: one for one in still}
        lost = await renew(self._me, [one.lease for one in held.values()])
        for lease in lost:
            one = held[lease.entry.entry_id]
            # A delivery that was settled or begun anew while the question was under way.
            if one in self._held and not one.is_settled and one.lease.fence == lease.fence:
                self._lost += 1
                one.tell(_log.warning, "lease_lost", fence=lease.fence)
                one.end(Ended.LEASE_LOST)
        deleted = await restore_lost(self._me, [(lease.entry, lease.fence) for lease in lost])
        for entry_id in deleted:
            held[entry_id].tell(tell_deleted, [entry_id])
