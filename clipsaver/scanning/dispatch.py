"""One scan from the channel's door to its end: which handler, and what a closed door means."""

from __future__ import annotations

import structlog

from clipsaver.errors import AccessDenied, NotFound
from clipsaver.jobs import BatchJob, MessageJob, RescanJob
from clipsaver.scanning import evidence
from clipsaver.scanning.batch import read_batch
from clipsaver.scanning.messages import read_messages
from clipsaver.scanning.rescan import read_again
from clipsaver.scanning.scan import Scan, ScanEnd, ScanJob

_log = structlog.get_logger()


async def do_scan(job: ScanJob, scan: Scan) -> ScanEnd:
    """Does one delivery of the job. Whether the channel could be read is noted with it.

    Raises WrongGuild, BadJob, MissingContentIntent, MissingHistoryPermission and what the Discord
    client and the writers raise. What was committed until then stays.
    """
    denial: AccessDenied | NotFound | None = None
    end = ScanEnd.FINISHED
    try:
        end = await _handled(job, scan)
    except (AccessDenied, NotFound) as error:
        denial = error
    channel_id = int(job.channel_id)
    if isinstance(denial, NotFound) and await evidence.is_deleted(
        scan.discord, scan.database, channel_id, denial
    ):
        _log.warning("channel_gone", error=str(denial))
        end = ScanEnd.CHANNEL_GONE
    await evidence.note_access(scan.database, channel_id, denial)
    if denial is not None and end is not ScanEnd.CHANNEL_GONE:
        raise denial
    return end


async def _handled(job: ScanJob, scan: Scan) -> ScanEnd:
    match job:
        case BatchJob():
            return await read_batch(job, scan)
        case MessageJob():
            return await read_messages(job, scan)
        case RescanJob():
            return await read_again(job, scan)
