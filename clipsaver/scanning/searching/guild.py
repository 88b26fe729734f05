"""Guild jobs that search: every channel of the guild at once."""

from __future__ import annotations

from clipsaver.jobs import GuildJob
from clipsaver.scanning import evidence
from clipsaver.scanning.guild_standing import check_guild
from clipsaver.scanning.scan import Scan, ScanEnd, hash_for, rules_for
from clipsaver.scanning.searching.reader import SearchReader, Target


async def search_guild(job: GuildJob, scan: Scan) -> ScanEnd:
    """One delivery of the job, from where the last one came to.

    Raises SearchDenied and SearchNotReady, MissingContentIntent, Purged and BeingPurged for the
    guild, BeingPurged for a channel with hits, and what the Discord client and the writers raise.
    """
    guild_id = int(job.guild_id)
    await check_guild(scan.database, guild_id, scan.delivery.asked_at, wants_all=True)
    await evidence.check_intent(scan.discord, f"GET /guilds/{guild_id}/messages/search")
    target = Target(guild_id, rules_for(job, scan.defaults), hash_for(job, scan.defaults))
    return await SearchReader(scan, target, scan.start.progress).run()
