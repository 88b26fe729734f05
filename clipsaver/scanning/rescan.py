"""Rescan jobs: read again what was read before, under settings that have the last word.

Each page replaces what was known of its stretch in one commit: coverage under other settings is
taken off where this page's is added, and clips that the settings do not want are marked deleted.
Interrupted at any page, what was not read again is as it was.
"""

from __future__ import annotations

from clipsaver.database import reconciling
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.jobs import RescanJob
from clipsaver.ranges import RangeSet
from clipsaver.scanning.history import HistoryReader
from clipsaver.scanning.scan import Scan, ScanEnd
from clipsaver.scanning.visit import Visit


async def read_again(job: RescanJob, scan: Scan) -> ScanEnd:
    """Reads all that was read before under whatever settings; with a reset the whole channel."""
    visit = await Visit.begin(job, scan, turn=Turn.BACKFILL)
    remaining = scan.start.remaining
    if remaining is None:
        remaining = await visit.plan(await _wanted(job, visit) & visit.worth_reading)
    direction = job.settings.scan_mode or "backward"
    return await HistoryReader(visit, remaining, remaining, direction, replaces=True).run()


async def _wanted(job: RescanJob, visit: Visit) -> RangeSet:
    if job.reset_scan_status:
        return RangeSet.of(0, None)
    async with visit.scan.database.connection() as connection:
        return await reconciling.known_stretch(connection, visit.channel_id)
