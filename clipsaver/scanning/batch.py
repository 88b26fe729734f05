"""Batch jobs: read a stretch of a channel's history that was not read before, or search it."""

from __future__ import annotations

from dataclasses import replace

import structlog

from clipsaver.database import coverage
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.errors import (
    DiscordUnavailable,
    RateLimited,
    RequestRefused,
    SearchDenied,
    SearchNotReady,
)
from clipsaver.jobs import BatchJob, is_live
from clipsaver.scanning import plan
from clipsaver.scanning.history import HistoryReader
from clipsaver.scanning.scan import Scan, ScanEnd
from clipsaver.scanning.searching.reader import SearchReader, Target
from clipsaver.scanning.visit import Visit

_log = structlog.get_logger()

_PASSING = (DiscordUnavailable, RateLimited)
"""After which the next delivery goes on searching. Where it is not only the search that meets them,
history does so as well, and ends this one.
"""


async def read_batch(job: BatchJob, scan: Scan) -> ScanEnd:
    """Reads what the job asks for and the database does not have yet, by the job's strategy.

    Raises what the Discord client and the writers raise; SearchDenied and SearchNotReady only where
    nothing else was asked for.
    """
    visit = await Visit.begin(job, scan, turn=Turn.LIVE if is_live(job) else Turn.BACKFILL)
    if job.strategy == "search":
        return await _search(job, visit).run()
    if job.strategy == "auto" and await _search_first(job, visit) is ScanEnd.PAUSED:
        return ScanEnd.PAUSED
    return await _read_history(job, visit)


async def _read_history(job: BatchJob, visit: Visit) -> ScanEnd:
    asked = plan.wanted(job) & visit.worth_reading
    remaining = visit.scan.start.remaining
    if remaining is None:
        async with visit.scan.database.connection() as connection:
            covered = await coverage.read_coverage(
                connection, visit.channel_id, visit.settings_hash
            )
        left = plan.to_read(asked, covered, known=job.known, direction=job.reads)
        remaining = await visit.plan(left)
    return await HistoryReader(visit, asked, remaining, job.reads, limit=job.limit).run()


async def _search_first(job: BatchJob, visit: Visit) -> ScanEnd:
    """Before history, which reads all that search cannot show: so it may fail."""
    search = _search(job, visit, is_share_told=False)
    is_over = True
    try:
        end = await search.run()
    except (SearchDenied, SearchNotReady, RequestRefused, *_PASSING) as error:
        _log.info("not_searched", reason=error.reason, error=str(error))
        end = ScanEnd.FINISHED
        is_over = not isinstance(error, _PASSING)
    if is_over and end is ScanEnd.FINISHED:
        await search.note_over()
    # What comes now is counted on top of it.
    start = replace(visit.scan.start, progress=search.progress)
    visit.scan = replace(visit.scan, start=start)
    return end


def _search(job: BatchJob, visit: Visit, *, is_share_told: bool = True) -> SearchReader:
    target = Target(
        visit.known.channel.guild_id,
        visit.rules,
        visit.settings_hash,
        channel=visit.known,
        newest=int(job.before_message_id) if job.before_message_id else None,
        oldest=int(job.after_message_id) if job.after_message_id else None,
        limit=job.limit,
    )
    progress = visit.scan.start.progress
    visit.let_others_in()  # it takes long, and says nothing of whether the channel may be read
    return SearchReader(visit.scan, target, progress, is_share_told=is_share_told)
