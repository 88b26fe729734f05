"""Batch jobs: read a stretch of a channel's history that was not read before."""

from __future__ import annotations

from clipsaver.database import coverage
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.jobs import BatchJob, is_live
from clipsaver.scanning import plan
from clipsaver.scanning.history import HistoryReader
from clipsaver.scanning.scan import Scan, ScanEnd
from clipsaver.scanning.visit import Visit


async def read_batch(job: BatchJob, scan: Scan) -> ScanEnd:
    """Reads what the job asks for and the database does not have yet."""
    visit = await Visit.begin(job, scan, turn=Turn.LIVE if is_live(job) else Turn.BACKFILL)
    asked = plan.wanted(job)
    remaining = scan.start.remaining
    if remaining is None:
        async with scan.database.connection() as connection:
            covered = await coverage.read_coverage(
                connection, visit.channel_id, visit.settings_hash
            )
        left = plan.to_read(asked, covered, known=job.known, direction=job.reads)
        remaining = await visit.plan(left)
    return await HistoryReader(visit, asked, remaining, job.reads, limit=job.limit).run()
