"""The work of one delivery: from where its run stands to an outcome, whatever goes away meanwhile.

Where the database or Discord was away, or a purge came between, it goes on from what is committed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from clipsaver.database import runs
from clipsaver.errors import (
    BeingPurged,
    DatabaseUnavailable,
    DiscordUnavailable,
    EpochPassed,
    LeaseLost,
)
from clipsaver.jobs import (
    AnyJob,
    GuildJob,
    MessageDeletionJob,
    PurgeAuthorJob,
    PurgeChannelJob,
    PurgeGuildJob,
    ThumbnailRetryJob,
    channel_of,
    is_live,
)
from clipsaver.queue import policy
from clipsaver.queue.lease import Lease
from clipsaver.queue.policy import Outcome
from clipsaver.records import Delivery, GuildCounts, RunProgress, RunStart
from clipsaver.scanning.scan import Scan, ScanEnd, ScanJob
from clipsaver.worker.abilities import PURGE, slice_of
from clipsaver.worker.leases import Held
from clipsaver.worker.pauses import Pauses
from clipsaver.worker.place import FIRST_RETRY_S, Workplace
from clipsaver.worker.privacy.carrying import Carrier
from clipsaver.worker.privacy.deletions import delete_gone
from clipsaver.worker.privacy.purge_jobs import purge_as_asked
from clipsaver.worker.surveying import survey_guild
from clipsaver.worker.thumbnailing.retrying import retry_thumbnails

_MOST_IN_VAIN = 5
"""Pages in a row that purges of its channel made void: then it makes way for these."""


@dataclass(slots=True)
class SoFar:
    """How far one delivery came, for its log line, its event, its dead letter and its row."""

    stage: str = "begin"
    progress: RunProgress = field(default_factory=RunProgress)
    """What the run has done, as committed."""
    counts: GuildCounts | None = None
    """Of a guild job: what it has found and added."""
    failure: runs.Failure | None = None
    """Why it is not done, or what to note where it is."""


@dataclass(slots=True)
class Doing:
    """One delivery's work, from its beginning in the database to its outcome."""

    place: Workplace
    job: AnyJob
    held: Held
    so_far: SoFar
    _delay_s: float = FIRST_RETRY_S
    """Before a store that answers and does not serve is asked again."""

    async def run(self, start: RunStart) -> Outcome:
        """Does it. Raises what is not waited out here."""
        place, held = self.place, self.held
        pauses = Pauses(place, held, slice_of(self.job, place.config.worker.slice))
        in_vain = 0
        while True:
            self.so_far.progress = start.progress
            place.progress.goes_on(held, self.so_far.stage, start.progress)
            try:
                return await self._do(pauses, start)
            except DatabaseUnavailable as error:
                self._delay_s = await place.database_back(self._delay_s, error)
            except DiscordUnavailable as error:
                await place.discord_back(error)
            except EpochPassed as error:
                # What it reads is looked at anew: it may go on, has to wait, or ends.
                in_vain = in_vain + 1 if self.so_far.progress == start.progress else 0
                if in_vain >= _MOST_IN_VAIN:
                    raise BeingPurged(
                        f"{error}, {in_vain} times without a page: it waits"
                    ) from None
            start = await start_of(place, held.lease)

    async def _do(self, pauses: Pauses, start: RunStart) -> Outcome:
        match self.job:
            case GuildJob(strategy=strategy) as job if strategy != "search":
                made = await survey_guild(
                    self.place,
                    job,
                    self.held,
                    pauses,
                    done=self.so_far.progress,
                    tell=self._got_on,
                )
            case ThumbnailRetryJob() as job:
                made = await retry_thumbnails(
                    self.place, job, pauses, done=self.so_far.progress, tell=self._got_on
                )
            case PurgeChannelJob() | PurgeGuildJob() | PurgeAuthorJob() as job:
                made = await purge_as_asked(self._carrier(pauses), job)
            case MessageDeletionJob() as job:
                read = partial(self._look_for_gone, job, pauses, start)
                made = await delete_gone(self._carrier(pauses), job, read)
            case job:
                end = await self._scan(job, pauses, start)
                is_over = end is not ScanEnd.PAUSED
                made = (policy.Done() if is_over else pauses.outcome), _note(job, end)
        outcome, self.so_far.failure = made
        return outcome

    def _carrier(self, pauses: Pauses) -> Carrier:
        return Carrier(self.place, self.held, pauses, lambda: self.so_far.progress, self._got_on)

    async def _look_for_gone(
        self, job: MessageDeletionJob, pauses: Pauses, start: RunStart
    ) -> ScanEnd:
        end = await self._scan(job, pauses, start)
        if end is not ScanEnd.PAUSED:
            self.so_far.stage = PURGE
            self.place.progress.goes_on(self.held, PURGE, self.so_far.progress)
        return end

    async def _scan(self, job: ScanJob, pauses: Pauses, start: RunStart) -> ScanEnd:
        place = self.place

        async def after_page(progress: RunProgress, share: float) -> bool:
            clips_before = self.so_far.progress.clips
            self._got_on(progress, share)
            if progress.clips > clips_before:
                place.due.nudge(is_live=is_live(job))
            return await pauses.is_to_pause(has_page=progress.pages > start.progress.pages)

        scan = Scan(
            discord=place.discord,
            database=place.database,
            writers=place.writers,
            defaults=place.config.scan,
            delivery=delivery_of(self.held.lease),
            start=start,
            clock=place.clock,
            after_page=after_page,
            doors=place.doors,
            retention=place.retention,
        )
        return await place.scan(job, scan)

    def _got_on(
        self, progress: RunProgress, share: float, counts: GuildCounts | None = None
    ) -> None:
        self._delay_s = FIRST_RETRY_S  # the database serves: its next trouble is another one
        self.so_far.progress = progress
        self.so_far.counts = counts or self.so_far.counts
        self.place.progress.report(self.held, progress, share, self.so_far.counts)


def _note(job: ScanJob, end: ScanEnd) -> runs.Failure | None:
    """Nothing is left to read; `runs` says so where that is because the channel is gone."""
    if end is not ScanEnd.CHANNEL_GONE:
        return None
    words = f"channel {channel_of(job)} was deleted at Discord; its clips stay on record"
    return runs.Failure(end.value, words)


def delivery_of(lease: Lease) -> Delivery:
    """What the queue says of the delivery, for those who do not know the queue."""
    return Delivery(lease.run_id, lease.fence, lease.attempts, lease.entry.carried.wanted_at_s)


async def start_of(place: Workplace, lease: Lease) -> RunStart:
    """Where the run stands by what is committed. Raises LeaseLost if it is not ours."""
    run = await place.with_database(lambda c: runs.read_run(c, lease.run_id))
    if run is None or run.fence != lease.fence:
        raise LeaseLost(f"run {lease.run_id} was taken by another worker meanwhile")
    return RunStart(run.remaining, run.progress, run.search_left)
