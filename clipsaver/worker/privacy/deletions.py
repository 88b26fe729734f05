"""Jobs that delete what Discord has deleted: `message_deletion`.

They are done whoever asks, since nobody is believed: the messages are looked at as by a message
job, and only those that Discord says are gone are deleted for good.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from clipsaver.database import runs
from clipsaver.database.purging.purges import ask_purge, purge_of_run
from clipsaver.jobs import MessageDeletionJob
from clipsaver.queue import policy
from clipsaver.records import PurgeScope, PurgeTarget
from clipsaver.scanning.scan import ScanEnd
from clipsaver.scanning.windows import as_ids
from clipsaver.worker.privacy.carrying import Carrier, Made

STILL_THERE = "messages_still_there"
"""`runs.error` of a job that is done, but for messages that Discord has not deleted."""


async def delete_gone(
    carrier: Carrier, job: MessageDeletionJob, read: Callable[[], Awaitable[ScanEnd]]
) -> Made:
    """One delivery: `read` looks at what is left of the messages, as a message job does.

    Raises what that raises, LeaseLost, and what the database raises.
    """
    place, run_id = carrier.place, carrier.run_id
    purge = await place.with_database(lambda c: purge_of_run(c, run_id))
    if purge is None:
        end = await read()
        if end is ScanEnd.PAUSED:
            return carrier.pauses.outcome, None
        gone = job.message_ids if end is ScanEnd.CHANNEL_GONE else await _found_gone(carrier)
        if not gone:
            return policy.Done(), _still_there(job, 0)
        ids = tuple(sorted(set(map(int, gone))))
        target = PurgeTarget(
            PurgeScope.MESSAGES, int(job.guild_id), int(job.channel_id), message_ids=ids
        )
        purge = await place.with_database(
            lambda c: ask_purge(c, target, asked_by="message_deletion", run_id=run_id)
        )
    note = None if purge.ended_at else _still_there(job, len(purge.target.message_ids))
    return await carrier.carry(purge, note=note)


async def _found_gone(carrier: Carrier) -> Sequence[int]:
    """What the run has left once all is read: see `scanning.messages`."""
    run = await carrier.place.with_database(lambda c: runs.read_run(c, carrier.run_id))
    return () if run is None or run.remaining is None else as_ids(run.remaining)


def _still_there(job: MessageDeletionJob, gone: int) -> runs.Failure | None:
    named = len(set(map(int, job.message_ids)))
    if not (there := named - gone):
        return None
    verb = "is" if there == 1 else "are"
    words = f"{there:,} of {named:,} messages {verb} still there at Discord: they stay"
    return runs.Failure(STILL_THERE, words)
