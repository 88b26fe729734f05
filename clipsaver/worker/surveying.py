"""Does a guild job: finds its channels, adds a job for each, and keeps count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import structlog

from clipsaver.database import guild_runs, runs
from clipsaver.jobs import BatchJob, GuildJob
from clipsaver.queue import policy, produce
from clipsaver.queue.policy import Outcome
from clipsaver.records import GuildCounts, RunProgress
from clipsaver.scanning.enumeration import Stopped
from clipsaver.scanning.guild import Finding, Survey
from clipsaver.scanning.guild_map import GuildMap, by_reason
from clipsaver.worker.leases import Held
from clipsaver.worker.pauses import Pauses
from clipsaver.worker.place import Workplace

_log = structlog.get_logger()

UNREADABLE = "channels_unreadable"
"""`runs.error` of a guild job that is done, but for what the bot may not read."""
_MOST_NAMED = 20
"""Channels that a log line and `runs.error_message` name for each reason."""

Tell = Callable[[RunProgress, float, GuildCounts], None]


async def survey_guild(
    place: Workplace,
    job: GuildJob,
    held: Held,
    pauses: Pauses,
    *,
    done: RunProgress,
    tell: Tell,
) -> tuple[Outcome, runs.Failure | None]:
    """One delivery, from the guild's first channel; and what to note with it where it is done.

    `done` is what earlier ones did, and `tell` hears of what this one does. Raises what the Discord
    client and the stores raise, LeaseLost, and Purged or BeingPurged for the guild.
    """
    wanted_at = held.lease.entry.carried.wanted_at_s

    async def push(jobs: Mapping[str, BatchJob | GuildJob]) -> int:
        run_id, at_ms = held.lease.run_id, round(wanted_at * 1000)
        return await place.with_redis(
            lambda: produce.add_once(place.me.link, run_id, jobs, wanted_at_ms=at_ms)
        )

    async def not_begun(names: Sequence[str]) -> Mapping[str, str]:
        return await place.with_redis(lambda: produce.not_begun(place.me.link, names))

    async def after_list(survey: Survey, _: Sequence[Finding]) -> bool:
        counts = survey.counts
        progress = replace(done, requests=done.requests + survey.walk.requests)
        run_id, fence, requests = held.lease.run_id, held.lease.fence, progress.requests
        await place.with_database(
            lambda c: guild_runs.record_counts(c, run_id, fence, counts, requests=requests)
        )
        tell(progress, survey.walk.share, counts)
        return await pauses.is_to_stop()

    survey = Survey(
        job=job,
        discord=place.discord,
        database=place.database,
        defaults=place.config.scan,
        clock=place.clock,
        asked_at=wanted_at,
        push=push,
        not_begun=not_begun,
        after_list=after_list,
        retention=place.retention,
    )
    try:
        await survey.run()
    except Stopped:
        return pauses.outcome, None
    await after_list(survey, ())  # what may not be read was noted since the last list
    _log.info(
        "guild_listed",
        guild=survey.walk.guild.name,
        channels=survey.counts.channels,
        requests=survey.walk.requests,
        **{news.value: count for news, count in survey.news.items()},
    )
    return policy.Done(), _unreadable(survey.walk.map)


def _unreadable(found: GuildMap) -> runs.Failure | None:
    if not found.unreadable:
        return None
    words = []
    for (part, why), places in by_reason(found.unreadable).items():
        names = ", ".join(one.place for one in places[:_MOST_NAMED])
        more = len(places) - _MOST_NAMED
        names += f" and {more:,} more" if more > 0 else ""
        words.append(f"{why}: {f'{part} of ' if part else ''}{names}")
    message = "; ".join(words)
    _log.warning("channels_unreadable", count=found.closed, which=message)
    return runs.Failure(UNREADABLE, message)
