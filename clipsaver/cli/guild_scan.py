"""Looks through a guild, puts a job for each channel with something new on the stream, and follows
them where asked."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from clipsaver.cli.choosing import channel_of_link, channels_meant, guild_meant
from clipsaver.cli.guild_progress import Scans, follow_scans
from clipsaver.cli.guild_report import Report, failures_in_words
from clipsaver.cli.json_text import json_text
from clipsaver.config import Config
from clipsaver.database import Database, channels, guilds, migrations, open_database
from clipsaver.discord_rest import models
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.errors import ExitCode, MissingContentIntent, NotFound, UsageError
from clipsaver.jobs import BatchJob, GuildJob, Strategy, channel_of
from clipsaver.queue import produce
from clipsaver.queue.link import Link
from clipsaver.scanning.evidence import NO_INTENT
from clipsaver.scanning.guild import Finding, Survey
from clipsaver.scanning.guild_map import Found, GuildMap, Unreadable
from clipsaver.scanning.guild_plan import News, search_for
from clipsaver.scanning.retention import Retention
from clipsaver.worker.stores import open_addresses, open_discord, open_link


@dataclass(slots=True)
class Asked:
    """What the command line asks for, and how far that is."""

    guild: str | None
    channels: Sequence[str]
    wait: bool
    as_json: bool
    strategy: Strategy | None = None
    """None = the configuration's."""
    queued: int = 0
    """Jobs that are on the stream, whatever becomes of this process."""


@dataclass(frozen=True, slots=True)
class _Stores:
    link: Link
    database: Database
    discord: DiscordClient


@dataclass(slots=True)
class _Target:
    """What is to be scanned of a guild."""

    guild: models.Guild
    ids: frozenset[int] | None = None
    """Channels and threads that were named; None = everything."""
    threads: list[models.Channel] = field(default_factory=list)
    """Archived ones among them."""

    def holds(self, found: Found) -> bool:
        """Whether a channel or thread is meant: with a channel all of its threads are."""
        channel = found.channel
        return self.ids is None or not self.ids.isdisjoint((channel.channel_id, channel.parent_id))


async def scan_guild(config: Config, asked: Asked) -> int:
    """Says what there is to read, and queues it. Raises UsageError for what is not there."""
    async with _open_stores(config) as stores:
        if not await stores.discord.has_content_intent(max_age_s=0):
            raise MissingContentIntent(NO_INTENT, route="GET /applications/@me")
        target = await _target(stores.discord, asked)
        if asked.strategy == "search" and target.ids is None:
            report = await _search(stores, asked, target)
        else:
            report = await _survey(config, stores, asked, target)
        if not asked.as_json:
            sys.stdout.write("".join(f"{line}\n" for line in report.lines()))
            sys.stdout.flush()
        scans = {
            finding.run_id: finding for finding in report.findings if finding.run_id is not None
        }
        is_work = bool(scans or report.search)
        done = None
        if asked.wait and is_work:
            done = await follow_scans(stores.link, scans, report.search)
        if asked.as_json:
            told = report.as_json() | ({} if done is None else {"scans": _as_json(done)})
            sys.stdout.write(f"{json_text(told)}\n")
    return _end(config, asked, report, done)


def _end(config: Config, asked: Asked, report: Report, done: Scans | None) -> int:
    if done is not None and done.failures:
        lines = failures_in_words(done.failures)
        sys.stderr.write("".join(f"failed: {line}\n" for line in lines))
        return ExitCode.JOB_FAILED
    if asked.queued and not asked.wait:
        jobs = "1 job is" if asked.queued == 1 else f"{asked.queued:,} jobs are"
        sys.stderr.write(f"{jobs} on the stream {config.redis.stream}; a worker: clipsaver run\n")
    is_refused = report.closed and not report.findings
    if is_refused or (done is not None and done.is_denied):
        return ExitCode.REFUSED_BY_DISCORD
    return ExitCode.DONE


@asynccontextmanager
async def _open_stores(config: Config) -> AsyncIterator[_Stores]:
    async with AsyncExitStack() as stack:
        addresses = await stack.enter_async_context(open_addresses(config))
        link = await stack.enter_async_context(open_link(config, addresses.redis_url))
        database = await stack.enter_async_context(
            open_database(addresses.database_url, schema=config.database.schema, pool_size=1)
        )
        async with database.connection() as connection:
            if config.database.migrate:
                await migrations.migrate(connection, config.database.schema)
            else:
                await migrations.check_usable(connection, config.database.schema)
        await link.command("PING")  # a person is told at once that it is away
        _, discord = await stack.enter_async_context(open_discord(config, link))
        yield _Stores(link, database, discord)


async def _target(discord: DiscordClient, asked: Asked) -> _Target:
    """The guild and the channels that are meant."""
    guild = guild_meant(asked.guild, await discord.listing.guilds())
    wanted = list(asked.channels)
    if (linked := channel_of_link(asked.guild)) is not None:
        wanted.append(linked)
    target = _Target(guild)
    if not wanted:
        return target
    guild_id = int(guild.id)
    shown = (await discord.listing.channels(guild_id)).channels
    shown += (await discord.listing.active_threads(guild_id)).channels
    ids, others = channels_meant(wanted, shown)
    for channel_id in others:
        target.threads.append(await _channel_in(discord, guild_id, channel_id))
    target.ids = frozenset({*ids, *others})
    return target


async def _channel_in(discord: DiscordClient, guild_id: int, channel_id: int) -> models.Channel:
    """A channel that is not listed: an archived thread, as a rule."""
    try:
        channel = await discord.channel(channel_id, turn=Turn.LIVE)
    except NotFound:
        channel = None
    if channel is None or channel.guild_id != str(guild_id):
        raise UsageError(f"--channel {channel_id}: there is no such channel in that guild")
    return channel


async def _search(stores: _Stores, asked: Asked, target: _Target) -> Report:
    """Queues a search of the whole guild, and nothing else."""
    guild_id, name = int(target.guild.id), target.guild.name
    async with stores.database.connection() as connection:  # hits do not tell what it is called
        await guilds.scan_again(connection, guild_id)
        await guilds.record_guild(connection, guild_id, name)
    job = search_for(GuildJob(guild_id=target.guild.id))
    (entry_id,) = await produce.push(stores.link, [job])
    asked.queued += 1
    return Report(
        guild_id=guild_id,
        name=name,
        findings=(),
        unreadable=(),
        requests=0,
        search=produce.run_id_of(stores.link, entry_id),
        is_listed=False,
    )


async def _survey(config: Config, stores: _Stores, asked: Asked, target: _Target) -> Report:
    findings: list[Finding] = []
    run_ids: dict[int | None, str] = {}
    """By channel; of what searches the guild, by None."""

    async def push(jobs: Mapping[str, BatchJob | GuildJob]) -> int:
        pushed = await produce.push_noted(stores.link, jobs)
        run_ids.update((channel_of(jobs[name]), run_id) for name, run_id in pushed.items())
        asked.queued += len(jobs)
        return asked.queued

    async def not_begun(names: Sequence[str]) -> Mapping[str, str]:
        return await produce.not_begun(stores.link, names)

    async def after_list(survey: Survey, found: Sequence[Finding]) -> bool:
        findings.extend(
            replace(one, run_id=run_ids[one.found.channel.channel_id])
            if one.news is News.NEW
            else one
            for one in found
        )
        _show_listing(survey)
        return False

    survey = Survey(
        job=GuildJob(guild_id=target.guild.id, strategy=asked.strategy),
        discord=stores.discord,
        database=stores.database,
        defaults=config.scan,
        clock=time.time,
        asked_at=time.time(),
        push=push,
        not_begun=not_begun,
        after_list=after_list,
        wanted=None if target.ids is None else target.holds,
        retention=Retention.of(config.privacy),
    )
    async with stores.database.connection() as connection:  # what was purged is wanted again
        for channel_id in target.ids or ():
            known = await channels.known_channel(connection, channel_id)
            if known is not None and known.is_passed_over:
                await channels.read_again(connection, channel_id)
    try:
        await survey.run(target.ids, target.threads)
    finally:
        _clear_line()
    found = survey.walk.map
    return Report(
        guild_id=found.guild_id,
        name=survey.walk.guild.name,
        findings=findings,
        unreadable=_meant(found, target),
        requests=survey.walk.requests,
        search=run_ids.get(None),
    )


def _meant(found: GuildMap, target: _Target) -> list[Unreadable]:
    return [one for one in found.unreadable if target.ids is None or one.channel_id in target.ids]


def _show_listing(survey: Survey) -> None:
    if sys.stderr.isatty():
        count, share = survey.walk.map.places, survey.walk.share
        sys.stderr.write(f"\r\x1b[Klooking through the guild: {count:,} found, {share:.0%}")
        sys.stderr.flush()


def _clear_line() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _as_json(done: Scans) -> dict[str, Any]:
    return {
        "done": done.done,
        "pages": done.pages,
        "messages": done.messages,
        "clips": done.clips,
        "clips_by_search": done.by_search,
        "clips_by_history": done.by_history,
        "search_seconds": done.search and done.search.seconds,
        "failures": done.failures,
    }
