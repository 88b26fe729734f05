"""Batch jobs: read a stretch of a channel's history, page by page."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from clipsaver.database import coverage, runs
from clipsaver.discord_rest import models
from clipsaver.errors import AccessDenied, DiscordUnavailable, NotFound
from clipsaver.jobs import BatchJob
from clipsaver.ranges import Range, RangeSet
from clipsaver.records import Channel, KnownChannel, PageResult, RunProgress
from clipsaver.scanning import evidence, plan
from clipsaver.scanning.extract import Rules, extract
from clipsaver.scanning.scan import Scan, ScanEnd, hash_for, rules_for


async def scan_batch(job: BatchJob, scan: Scan) -> ScanEnd:
    """Reads what the job asks for and the database does not have yet.

    Whether the channel could be read is noted with it. Raises WrongGuild, BadJob,
    MissingContentIntent, MissingHistoryPermission and what the Discord client and the writers
    raise. What was committed until then stays.
    """
    denial: AccessDenied | NotFound | None = None
    end = ScanEnd.FINISHED
    try:
        end = await _scan(job, scan)
    except (AccessDenied, NotFound) as error:
        denial = error
    await evidence.note_access(scan.database, int(job.channel_id), denial)
    if denial is not None:
        raise denial
    return end


async def _scan(job: BatchJob, scan: Scan) -> ScanEnd:
    channel_id = int(job.channel_id)
    known = await evidence.trusted_channel(
        scan.discord,
        scan.database,
        channel_id,
        now=scan.clock(),
        max_age_s=evidence.CHANNEL_MAX_AGE_S,
    )
    evidence.check_channel(known.channel, int(job.guild_id))
    await evidence.check_intent(scan.discord, channel_id)
    batch = _Batch(
        job=job,
        scan=scan,
        known=known,
        rules=rules_for(job, scan.defaults),
        settings_hash=hash_for(job, scan.defaults),
        asked=plan.wanted(job),
        remaining=scan.start.remaining or RangeSet(),
    )
    if scan.start.remaining is None:
        batch.remaining = await _plan(batch)
    return await batch.run()


@dataclass(slots=True)
class _Batch:
    """One delivery of a batch job, from its first page to its last."""

    job: BatchJob
    scan: Scan
    known: KnownChannel
    rules: Rules
    settings_hash: str
    asked: RangeSet
    """What the job asks for, whatever is known of it."""
    remaining: RangeSet

    async def run(self) -> ScanEnd:
        progress = self.scan.start.progress
        while step := self._next_step(progress):
            page, unread = await self._read(step, progress)
            await self.scan.writers.commit(page)
            self.remaining = unread
            progress = RunProgress(
                pages=page.page_number,
                messages=progress.messages + page.messages_read,
                clips=progress.clips + len(page.clips),
                requests=progress.requests + page.requests,
            )
            is_to_pause = await self.scan.after_page(progress, self._share(progress))
            if is_to_pause and self._next_step(progress):
                return ScanEnd.PAUSED
        return ScanEnd.FINISHED

    def _next_step(self, progress: RunProgress) -> plan.Step | None:
        limit = self.job.limit
        left = None if limit is None else max(limit - progress.messages, 0)
        return plan.next_step(self.remaining, direction=self.job.reads, messages_left=left)

    async def _read(self, step: plan.Step, progress: RunProgress) -> tuple[PageResult, RangeSet]:
        """One page, checked and searched for clips; and what remains once it is committed."""
        channel = self.known.channel
        page = await self.scan.discord.history(
            channel.channel_id, before=step.before, after=step.after, limit=step.limit
        )
        if page.messages:
            await evidence.check_page(self.scan.discord, channel.channel_id, page.messages)
        else:
            await self._check_emptiness()
        ids = [int(message.id) for message in page.messages]
        reading = plan.what_was_read(
            step, ids, is_full=page.is_full, remaining=self.remaining, now=self.scan.clock()
        )
        fresh = self._fresh(ids, page.messages)
        result = self._result(fresh, reading, page.requests, progress, channel)
        return result, self.remaining - reading.read

    def _fresh(self, ids: list[int], messages: list[models.Message]) -> list[models.Message]:
        """Those that this run has not read yet: mostly all, as a page lies within one gap."""
        if not ids or self.remaining.holds(Range(ids[-1], ids[0] + 1)):
            return messages
        pairs = zip(ids, messages, strict=True)
        return [message for message_id, message in pairs if message_id in self.remaining]

    def _result(
        self,
        fresh: list[models.Message],
        reading: plan.Reading,
        requests: int,
        progress: RunProgress,
        channel: Channel,
    ) -> PageResult:
        """What the page changes."""
        try:
            found = extract(fresh, channel.channel_id, self.rules)
        except (ValueError, msgspec.MsgspecError) as error:
            raise DiscordUnavailable(
                f"a message of the page has an author or an id that cannot be read: {error}",
                route=f"GET /channels/{channel.channel_id}/messages",
            ) from None
        return PageResult(
            run_id=self.scan.delivery.run_id,
            fence=self.scan.delivery.fence,
            page_number=progress.pages + 1,
            guild_id=channel.guild_id,
            channel_id=channel.channel_id,
            epoch=self.known.epoch,
            settings_hash=self.settings_hash,
            read=reading.read,
            covered=reading.covered,
            messages_read=len(fresh),
            requests=requests,
            clips=found.clips,
            messages=found.messages,
            authors=found.authors,
        )

    async def _check_emptiness(self) -> None:
        """Before "nothing there" is believed, Discord is asked for the channel as it is now."""
        now = await evidence.trusted_channel(
            self.scan.discord,
            self.scan.database,
            self.known.channel.channel_id,
            now=self.scan.clock(),
            max_age_s=0,
        )
        self.known = replace(self.known, channel=now.channel)
        await evidence.check_emptiness(self.scan.discord, now.channel)

    def _share(self, progress: RunProgress) -> float:
        """How much is done, from 0 to 1: by time, or by the job's limit where that ends it first.

        A channel's id tells when it was made, and nothing in it is older.
        """
        by_time = plan.share_done(
            self.asked, self.remaining, oldest=self.known.channel.channel_id, now=self.scan.clock()
        )
        if self.job.limit is None:
            return by_time
        return max(by_time, min(1.0, progress.messages / self.job.limit))


async def _plan(batch: _Batch) -> RangeSet:
    """Fixes what this run has to read, so that later deliveries read only the rest of it."""
    job, scan = batch.job, batch.scan
    async with scan.database.connection() as connection:
        covered = await coverage.read_coverage(connection, int(job.channel_id), batch.settings_hash)
        remaining = plan.to_read(batch.asked, covered, known=job.known, direction=job.reads)
        return await runs.plan_run(connection, scan.delivery.run_id, scan.delivery.fence, remaining)
