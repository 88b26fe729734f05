"""One delivery, from its lease to its outcome. Every error of it is an outcome too."""

from __future__ import annotations

from dataclasses import dataclass, field

from clipsaver.database import run_changes, runs
from clipsaver.database.cancelling import BURIED
from clipsaver.errors import BadJob, ClipsaverError, LeaseLost, Poisoned, TokenRejected
from clipsaver.jobs import AnyJob, exclusive_channel, job_type
from clipsaver.queue import lease as leases
from clipsaver.queue import policy
from clipsaver.queue.entries import Entry
from clipsaver.queue.lease import Lease
from clipsaver.queue.policy import Outcome
from clipsaver.records import RunState
from clipsaver.worker.abilities import stage_of
from clipsaver.worker.doing import Doing, SoFar, delivery_of, start_of
from clipsaver.worker.job_log import tell_trouble
from clipsaver.worker.leases import Ended, Held
from clipsaver.worker.place import Workplace


@dataclass(slots=True)
class Attempt:
    """One delivery of one entry on its way to its outcome."""

    entry: Entry
    job: AnyJob | BadJob
    so_far: SoFar = field(default_factory=SoFar)
    has_begun: bool = False
    """Whether the run's row is ours to end."""

    @classmethod
    def of(cls, entry: Entry) -> Attempt:
        """The entry with its job, or with what is wrong with it."""
        try:
            return cls(entry, entry.decoded())
        except BadJob as problem:
            return cls(entry, problem)

    @property
    def type(self) -> str:
        """The job's type, for slots and watchers."""
        return BadJob.reason if isinstance(self.job, BadJob) else job_type(self.job)

    def facts(self) -> dict[str, str]:
        """What the run's hash and its log lines say of the job."""
        names = ("guild_id", "channel_id", "job_id")
        told = {name: getattr(self.job, name, None) for name in names}
        return {"type": self.type} | {name: fact for name, fact in told.items() if fact}

    def account(self) -> dict[str, object]:
        """What the event of its outcome says of the job, for a live log."""
        done = self.so_far.progress
        counts = {"pages": done.pages, "messages": done.messages, "clips": done.clips}
        return {**self.facts(), **{name: count for name, count in counts.items() if count}}

    async def take(self, place: Workplace, *, at_least: int = 0) -> Lease | None:
        """Begins the delivery in Redis; None where the entry is another worker's by now."""
        channel_id = None if isinstance(self.job, BadJob) else exclusive_channel(self.job)
        return await place.with_redis(
            lambda: leases.take(
                place.me,
                self.entry,
                self.facts(),
                exclusive_channel=channel_id,
                at_least=at_least,
            )
        )

    async def work(self, place: Workplace, held: Held) -> Outcome:
        """Does the job."""
        try:
            return await self._work(place, held)
        except Exception as error:  # noqa: BLE001 - a failing job costs only itself
            return await self.outcome_of(error, place, held)

    async def outcome_of(self, error: Exception, place: Workplace, held: Held) -> Outcome:
        """What this error makes of the delivery."""
        cause = policy.leading(error)
        if isinstance(cause, TokenRejected):
            return policy.HandBack()  # nothing more is taken until the token is good again
        if isinstance(cause, LeaseLost) and await self.note_if_cancelled(place, held):
            return policy.Abandon()
        self.so_far.failure = runs.Failure.of(cause)
        outcome = policy.decide(
            error,
            attempts=held.lease.attempts,
            waits=held.lease.entry.carried.waits,
            max_attempts=place.config.retry.max_attempts,
            backoff_s=place.config.retry.backoff,
            rng=place.rng,
        )
        tell_trouble(outcome, cause, self.so_far.stage)
        return outcome

    async def note_if_cancelled(self, place: Workplace, held: Held) -> bool:
        """Whether it was a person who took the run away: the wake may be still on the way.

        Where the database does not say, it was another worker, as far as anybody knows.
        """
        try:
            async with place.database.connection() as connection:
                run = await runs.read_run(connection, held.lease.run_id)
        except ClipsaverError:
            return False
        if run is None or not (run.state is RunState.CANCELLED or run.error == BURIED):
            return False
        held.ended = Ended.CANCELLED
        return True

    async def _work(self, place: Workplace, held: Held) -> Outcome:
        job, lease = self.job, held.lease
        if isinstance(job, BadJob):
            raise job
        match await self._begin(place, job, held):
            case run_changes.Finished(state):
                return await self._already_over(place, lease.run_id, state)
            case run_changes.Joined(run_id):
                return policy.Done(joined=run_id)
            case run_changes.Begun(start):
                self.has_begun = True
        lease = held.lease
        if lease.locked_by is not None:  # only now: who asks for the same job joins it
            return policy.channel_busy(lease.entry.carried.waits, place.rng, lease.locked_by)
        dead = policy.poison(lease.deliveries, max_deliveries=place.config.retry.max_deliveries)
        if dead is not None:
            self.so_far.failure = runs.Failure(dead.failure.reason, dead.failure.error)
            tell_trouble(dead, Poisoned(dead.failure.error), self.so_far.stage)
            return dead
        self.so_far.stage = stage_of(job)
        return await Doing(place, job, held, self.so_far).run(start)

    async def _begin(
        self, place: Workplace, job: AnyJob, held: Held
    ) -> run_changes.Begun | run_changes.Finished | run_changes.Joined:
        """Takes the run in the database, under a fence that is greater than any before."""
        while True:
            delivery = delivery_of(held.lease)
            try:
                return await place.despite_database(lambda: place.runs.begin(delivery, job))  # noqa: B023
            except run_changes.StaleFence as error:
                stale = error
            if stale.stored_fence == delivery.fence:
                # It was us who took it, and the answer got lost.
                return run_changes.Begun(await start_of(place, held.lease))
            lease = await self.take(place, at_least=stale.stored_fence + 1)
            if lease is None:
                raise stale
            held.lease = lease

    async def _already_over(self, place: Workplace, run_id: str, state: RunState) -> Outcome:
        """An earlier delivery recorded the end and could not settle its entry any more."""
        run = await place.with_database(lambda c: runs.read_run(c, run_id))
        if state is not RunState.FAILED:
            if run is not None and run.error is not None:  # what was not as it was asked for
                self.so_far.failure = runs.Failure(run.error, run.error_message or "")
            return policy.Done() if state is RunState.SUCCEEDED else policy.Cancelled()
        reason = (run and run.error) or "failed"
        text = (run and run.error_message) or "it failed in an earlier delivery"
        return policy.Dead(policy.Failure(reason=reason, error=text, fingerprint=reason))

    async def record(self, place: Workplace, lease: Lease, outcome: Outcome) -> None:
        """Writes the end, or that the run waits, into the database. Raises LeaseLost."""
        if not self.has_begun:
            return
        ends: dict[type[Outcome], RunState] = {
            policy.Done: RunState.SUCCEEDED,
            policy.Dead: RunState.FAILED,
            policy.Cancelled: RunState.CANCELLED,
        }
        state = ends.get(type(outcome), RunState.QUEUED)
        leaving = run_changes.Leaving(lease.run_id, lease.fence, state, self.so_far.failure)
        await place.despite_database(lambda: place.runs.leave(leaving))
