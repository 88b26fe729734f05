"""The work of one delivery: from where its run stands to an outcome, whatever goes away meanwhile.

Where the database or Discord was away, or a purge came between, it goes on from what is committed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from clipsaver.database import runs
from clipsaver.errors import DatabaseUnavailable, DiscordUnavailable, EpochPassed, LeaseLost
from clipsaver.jobs import GuildJob, ThumbnailRetryJob, channel_of, is_live
from clipsaver.queue import policy
from clipsaver.queue.lease import Lease
from clipsaver.queue.policy import Outcome
from clipsaver.records import Delivery, GuildCounts, RunProgress, RunStart
from clipsaver.scanning.scan import Scan, ScanEnd, ScanJob
from clipsaver.worker.abilities import DoneHere, slice_of
from clipsaver.worker.leases import Held
from clipsaver.worker.pauses import Pauses
from clipsaver.worker.place import FIRST_RETRY_S, Workplace
from clipsaver.worker.surveying import survey_guild
from clipsaver.worker.thumbnailing.retrying import retry_thumbnails


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
    job: DoneHere
    held: Held
    so_far: SoFar
    _delay_s: float = FIRST_RETRY_S
    """Before a store that answers and does not serve is asked again."""

    async def run(self, start: RunStart) -> Outcome:
        """Does it. Raises what is not waited out here."""
        place, held = self.place, self.held
        pauses = Pauses(place, held, slice_of(self.job, place.config.worker.slice))
        while True:
            self.so_far.progress = start.progress
            place.progress.goes_on(held, self.so_far.stage, start.progress)
            try:
                return await self._do(pauses, start)
            except DatabaseUnavailable as error:
                self._delay_s = await place.database_back(self._delay_s, error)
            except DiscordUnavailable as error:
                await place.discord_back(error)
            except EpochPassed:
                pass  # what it reads is looked at anew: it may go on, has to wait, or ends
            start = await start_of(place, held.lease)

    async def _do(self, pauses: Pauses, start: RunStart) -> Outcome:
        match self.job:
            case GuildJob(strategy="search") as job:
                return await self._scan(job, pauses, start)
            case GuildJob() | ThumbnailRetryJob() as job:
                return await self._do_whole(job, pauses)
            case job:
                return await self._scan(job, pauses, start)

    async def _scan(self, job: ScanJob, pauses: Pauses, start: RunStart) -> Outcome:
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
        )
        end = await place.scan(job, scan)
        return pauses.outcome if end is ScanEnd.PAUSED else self._finished(job, end)

    def _got_on(
        self, progress: RunProgress, share: float, counts: GuildCounts | None = None
    ) -> None:
        self._delay_s = FIRST_RETRY_S  # the database serves: its next trouble is another one
        self.so_far.progress = progress
        self.so_far.counts = counts or self.so_far.counts
        self.place.progress.report(self.held, progress, share, self.so_far.counts)

    async def _do_whole(self, job: GuildJob | ThumbnailRetryJob, pauses: Pauses) -> Outcome:
        """What has no pages: each delivery does it from the beginning."""
        place, done = self.place, self.so_far.progress
        if isinstance(job, GuildJob):
            made = await survey_guild(place, job, self.held, pauses, done=done, tell=self._got_on)
        else:
            made = await retry_thumbnails(place, job, pauses, done=done, tell=self._got_on)
        outcome, self.so_far.failure = made
        return outcome

    def _finished(self, job: ScanJob, end: ScanEnd) -> Outcome:
        """Nothing is left to read; `runs` says so where that is because the channel is gone."""
        if end is ScanEnd.CHANNEL_GONE:
            self.so_far.failure = runs.Failure(
                end.value,
                f"channel {channel_of(job)} was deleted at Discord; its clips stay on record",
            )
        return policy.Done()


def delivery_of(lease: Lease) -> Delivery:
    """What the queue says of the delivery, for those who do not know the queue."""
    return Delivery(lease.run_id, lease.fence, lease.attempts, lease.entry.carried.wanted_at_s)


async def start_of(place: Workplace, lease: Lease) -> RunStart:
    """Where the run stands by what is committed. Raises LeaseLost if it is not ours."""
    run = await place.with_database(lambda c: runs.read_run(c, lease.run_id))
    if run is None or run.fence != lease.fence:
        raise LeaseLost(f"run {lease.run_id} was taken by another worker meanwhile")
    return RunStart(run.remaining, run.progress, run.search_left)
