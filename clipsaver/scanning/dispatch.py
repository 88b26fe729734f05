"""One scan from the channel's door to its end: which handler, and what a closed door means."""

from __future__ import annotations

from dataclasses import replace

import structlog

from clipsaver.database import denials
from clipsaver.errors import AccessDenied, NotFound
from clipsaver.jobs import BatchJob, GuildJob, MessageDeletionJob, MessageJob, RescanJob, job_type
from clipsaver.scanning import access, evidence
from clipsaver.scanning.batch import read_batch
from clipsaver.scanning.messages import read_messages
from clipsaver.scanning.rescan import read_again
from clipsaver.scanning.scan import ChannelScan, Scan, ScanEnd, ScanJob
from clipsaver.scanning.searching.guild import search_guild

_log = structlog.get_logger()


async def do_scan(job: ScanJob, scan: Scan) -> ScanEnd:
    """Does one delivery of the job. Whether the channel could be read is noted with it.

    A channel that is known to be closed ends it at once, with the same error as the first time.
    Raises WrongGuild, BadJob, MissingContentIntent, MissingHistoryPermission and what the Discord
    client and the writers raise. What was committed until then stays. A guild job is one that
    searches, and has no door; for SearchDenied and SearchNotReady see there.
    """
    if isinstance(job, GuildJob):
        return await search_guild(job, scan)
    channel_id = int(job.channel_id)
    async with scan.doors.turn((job_type(job), channel_id)) as turn:
        async with scan.database.connection() as connection:
            known = await denials.standing_denial(connection, channel_id, scan.delivery.run_id)
        if known is None or known[1]:
            return await _asked(job, replace(scan, turn=turn), was_denied=known is not None)
    denial = known[0]
    if denial.error == access.GONE:
        return ScanEnd.CHANNEL_GONE
    raise access.denied(denial)


async def _asked(job: ChannelScan, scan: Scan, *, was_denied: bool) -> ScanEnd:
    denial: AccessDenied | NotFound | None = None
    end = ScanEnd.FINISHED
    channel_id = int(job.channel_id)
    try:
        end = await _handled(job, scan)
    except (AccessDenied, NotFound) as error:
        denial = error
    if isinstance(denial, NotFound):
        try:
            is_gone = await evidence.is_deleted(scan.discord, scan.database, channel_id, denial)
        except (AccessDenied, NotFound) as error:
            denial, is_gone = error, False  # the bot has left the whole guild
        if is_gone:
            _log.warning("channel_gone", error=str(denial))
            end = ScanEnd.CHANNEL_GONE
    is_gone = end is ScanEnd.CHANNEL_GONE
    await access.note(scan.database, channel_id, denial, is_gone=is_gone, was_denied=was_denied)
    if denial is not None and not is_gone:
        raise denial
    return end


async def _handled(job: ChannelScan, scan: Scan) -> ScanEnd:
    match job:
        case BatchJob():
            return await read_batch(job, scan)
        case MessageJob() | MessageDeletionJob():
            return await read_messages(job, scan)
        case RescanJob():
            return await read_again(job, scan)
