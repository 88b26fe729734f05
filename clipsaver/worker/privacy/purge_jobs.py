"""Jobs that delete because somebody says so: all of a guild, a channel, or a person in a guild.

Whoever can write to the stream could delete with them, so they are refused unless the configuration
accepts them. A run has one purge, which the next delivery of it goes on with.
"""

from __future__ import annotations

from datetime import UTC, datetime

from clipsaver.database import channels, runs
from clipsaver.database.opt_outs import read_marks
from clipsaver.database.purge_runs import forget_who
from clipsaver.database.purging.purges import ask_purge, purge_of_run
from clipsaver.errors import BadJob, PurgeNotAccepted, WrongGuild
from clipsaver.jobs import PurgeAuthorJob, PurgeChannelJob, PurgeGuildJob, PurgeJob, job_type
from clipsaver.records import PurgeScope, PurgeTarget
from clipsaver.records.channels import CATEGORY
from clipsaver.worker.place import Workplace
from clipsaver.worker.privacy.carrying import Carrier, Made

NOTHING_STORED = "nothing_stored"
"""`runs.error` of a purge job that is done, since there was nothing to delete."""


async def purge_as_asked(carrier: Carrier, job: PurgeJob) -> Made:
    """One delivery.

    Raises PurgeNotAccepted, WrongGuild, BadJob, LeaseLost, and what the database raises.
    """
    place, run_id = carrier.place, carrier.run_id
    purge, note = await place.with_database(lambda c: purge_of_run(c, run_id)), None
    if purge is None:
        if not place.config.privacy.accept_purge_jobs:
            # A retry goes by the dead letter, so the run need not name the person for months.
            await place.with_database(lambda c: forget_who(c, run_id))
            raise _not_accepted(job)
        target = await _target_of(place, job)
        if not await _is_on_record(place, target):
            # Purged all the same: jobs that wait would read it for the first time.
            words = f"nothing is stored of {_named(job)}: there was nothing to delete"
            note = runs.Failure(NOTHING_STORED, words)
        mark = await _mark_of(place, target)
        # By the clock of the stream, too: all that was pushed before is covered.
        pushed_at = datetime.fromtimestamp(carrier.held.lease.entry.carried.first_at / 1000, UTC)
        purge = await place.with_database(
            lambda c: ask_purge(
                c, target, asked_by="job", run_id=run_id, asked_at=pushed_at, mark=mark
            )
        )
    return await carrier.carry(purge, note=note)


def _not_accepted(job: PurgeJob) -> PurgeNotAccepted:
    return PurgeNotAccepted(
        f"{job_type(job)} jobs are not accepted from the stream, since whoever can write there "
        f"could delete: run `clipsaver purge {_named(job)}`, or switch on "
        "privacy.accept_purge_jobs and retry the dead letter"
    )


def _named(job: PurgeJob) -> str:
    """As `clipsaver purge` takes it."""
    match job:
        case PurgeChannelJob():
            return f"channel {job.channel_id}"
        case PurgeGuildJob():
            return f"guild {job.guild_id}"
        case PurgeAuthorJob():
            return f"author ID --guild {job.guild_id}"  # whose it is belongs into no log


async def _target_of(place: Workplace, job: PurgeJob) -> PurgeTarget:
    """What to delete. Raises WrongGuild and BadJob."""
    guild_id = int(job.guild_id)
    match job:
        case PurgeGuildJob():
            return PurgeTarget(PurgeScope.GUILD, guild_id)
        case PurgeAuthorJob():
            return PurgeTarget(PurgeScope.AUTHOR, guild_id, author_id=int(job.author_id))
        case PurgeChannelJob():
            return await _channel_of(place, int(job.channel_id), guild_id)


async def _is_on_record(place: Workplace, target: PurgeTarget) -> bool:
    """Whether its channel is, if it is about one."""
    if (channel_id := target.channel_id) is None:
        return True
    known = await place.with_database(lambda c: channels.guild_and_type_of(c, channel_id))
    return known is not None


async def _channel_of(place: Workplace, channel_id: int, guild_id: int) -> PurgeTarget:
    known = await place.with_database(lambda c: channels.guild_and_type_of(c, channel_id))
    guild_of_channel, type_ = known or (guild_id, None)
    if guild_of_channel != guild_id:
        raise WrongGuild(
            f"channel {channel_id} belongs to guild {guild_of_channel}, not to {guild_id} as the "
            "job says"
        )
    if type_ == CATEGORY:
        raise BadJob("$.channel_id", f"{channel_id} is a category: name the channels in it")
    return PurgeTarget(PurgeScope.CHANNEL, guild_id, channel_id)


async def _mark_of(place: Workplace, target: PurgeTarget) -> str | None:
    """What keeps a person from being stored again; None where it is about no person."""
    author_id, key = target.author_id, str(place.config.privacy.key)
    if author_id is None:
        return None
    marks = await place.with_database(lambda c: read_marks(c, key))
    return marks.of(author_id, target.guild_id)
