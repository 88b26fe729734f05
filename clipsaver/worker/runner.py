"""Runs entries in slots, each from its lease to its outcome.

    lease -> begin the run in the database -> work -> record the end there -> settle the entry

The end is recorded in the database first and on the stream second. A crash in between leaves an
entry whose run is over: its next delivery finds that out and only settles it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import structlog
import trio

from clipsaver.discord_rest.limits.permits import ON_BEHALF_OF
from clipsaver.errors import ClipsaverError, LeaseLost
from clipsaver.jobs import is_live
from clipsaver.queue import policy
from clipsaver.queue.entries import Entry
from clipsaver.queue.lease import Lease
from clipsaver.queue.outcomes import Verdict, settle
from clipsaver.queue.policy import Outcome
from clipsaver.queue.restore import Delivery
from clipsaver.records import GuildCounts, PageChanges
from clipsaver.worker.attempt import Attempt
from clipsaver.worker.leases import Ended, Held
from clipsaver.worker.place import Workplace
from clipsaver.worker.restoring import restore_lost, tell_deleted
from clipsaver.worker.slots import Slot
from clipsaver.worker.tally import Tally

_log = structlog.get_logger()

ABANDONED = "abandoned"
CANCELLED = "cancelled"
_LONGEST_NOTE = 1000
"""Of what a run's hash and its event keep; `runs` has all of it."""


def _told(counts: PageChanges | GuildCounts | None) -> dict[str, int]:
    """What a run changed, for its log line; what it did not is not worth a word."""
    if counts is None:
        return {}
    told = ((field.name, getattr(counts, field.name)) for field in fields(counts))
    return {name: n for name, n in told if n}


@dataclass(slots=True)
class Runner:
    """Runs entries in `nursery`; `tally` counts what came of them."""

    place: Workplace
    nursery: trio.Nursery
    tally: Tally

    def start(self, entry: Entry) -> None:
        """Takes a slot and runs the entry there."""
        attempt = Attempt.of(entry)
        slot = self.place.slots.take(is_live=is_live(attempt.job))
        self.nursery.start_soon(self._in_slot, attempt, slot, name=entry.run_id)

    async def _in_slot(self, attempt: Attempt, slot: Slot) -> None:
        run_id = attempt.entry.run_id
        number = attempt.entry.carried.attempts + 1
        ON_BEHALF_OF.set(run_id)  # of this task
        try:
            with (
                structlog.contextvars.bound_contextvars(
                    run=run_id, attempt=number, **attempt.facts()
                ),
                self.place.leases.in_hand(attempt.entry),
            ):
                outcome = await self._deliver(attempt, slot)
                self.tally.has_ended(attempt.type, outcome)
                done = attempt.so_far.progress
                _log.info(
                    "job_ended",
                    outcome=outcome,
                    pages=done.pages,
                    messages=done.messages,
                    clips=done.clips,
                    **_told(done.changes),
                    **_told(attempt.so_far.counts),
                )
        finally:
            self.place.slots.give_back(slot)

    async def _deliver(self, attempt: Attempt, slot: Slot) -> str:
        """One delivery; returns the name of its outcome."""
        lease: Lease | None = None
        with self.place.leases.beginning():
            lease = await attempt.take(self.place)
        if lease is None:
            with self.place.leases.beginning():
                tell_deleted(await self._restore((attempt.entry, None)))
            return ABANDONED
        self.tally.is_taken(lease)
        with self.place.leases.holding(lease) as held, self.place.progress.following(held):
            outcome: Outcome | None = None
            with held.scope:
                outcome = await attempt.work(self.place, held)
            self.place.slots.leave(slot)
            with held.last_words:
                if held.ended is Ended.LEASE_LOST:
                    await attempt.note_if_cancelled(self.place, held)
                    outcome = policy.Abandon()
                if held.ended is Ended.CANCELLED:
                    return CANCELLED
                name = await self._finish(attempt, held, outcome or policy.HandBack())
                if name == ABANDONED:
                    deleted = await self._restore((attempt.entry, held.lease.fence))
                    if held.ended is not Ended.LEASE_LOST:  # of those the renewal tells
                        tell_deleted(deleted)
                return name
        return ABANDONED  # the last words were cut off: the worker puts it back when it leaves

    async def _restore(self, delivery: Delivery) -> Sequence[str]:
        """Another worker has it, as a rule; if the stream has lost it, it goes back there."""
        return await self.place.with_redis(lambda: restore_lost(self.place.me, [delivery]))

    async def _finish(self, attempt: Attempt, held: Held, outcome: Outcome) -> str:
        """Records the end and settles the entry, unless the run is not ours any more.

        What goes wrong with recording it makes another outcome, like any other error.
        """
        if isinstance(outcome, policy.Abandon):
            return ABANDONED
        if isinstance(outcome, policy.HandBack):
            # Others need only the stream to go on, and the database may be why the worker stops.
            name = await self._settle(attempt, held, outcome)
            await self._release(attempt, held, outcome)
            return name
        try:
            await attempt.record(self.place, held.lease, outcome)
        except Exception as error:  # noqa: BLE001 - a failing job costs only itself
            outcome = await attempt.outcome_of(error, self.place, held)
            if held.ended is Ended.CANCELLED:
                return CANCELLED
        else:
            self.place.database.outage.ended()  # what is recorded was written
        return await self._settle(attempt, held, outcome)

    async def _release(self, attempt: Attempt, held: Held, outcome: Outcome) -> None:
        """Lets the database know that the run waits; whoever took it meanwhile has done so."""
        try:
            await attempt.record(self.place, held.lease, outcome)
        except LeaseLost:
            return
        except ClipsaverError as error:
            _log.warning("run_not_released", error=str(error))

    async def _settle(self, attempt: Attempt, held: Held, outcome: Outcome) -> str:
        """Tells the stream; returns the name of what came of the delivery."""
        if isinstance(outcome, policy.Abandon):
            return ABANDONED
        place, lease, stage, settled = self.place, held.lease, attempt.so_far.stage, outcome
        if (
            isinstance(settled, policy.Done | policy.Cancelled)
            and attempt.so_far.failure is not None
        ):
            note = f"{attempt.so_far.failure.reason}: {attempt.so_far.failure.message}"
            settled = replace(settled, note=note[:_LONGEST_NOTE])
        last = place.progress.take(lease.run_id)
        verdict = await place.with_redis(
            lambda: settle(
                place.me, lease, settled, stage=stage, last=last, about=attempt.account()
            )
        )
        if verdict in (Verdict.SETTLED, Verdict.ALREADY):
            held.is_settled = True
            return type(outcome).__name__.lower()
        _log.warning("job_not_settled", outcome=type(outcome).__name__, verdict=verdict.value)
        return ABANDONED
