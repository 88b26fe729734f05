"""A survey adds a job for what is new, and leaves to others what they will read anyway."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from clipsaver.config import ScanConfig
from clipsaver.database import channels, runs
from clipsaver.database.run_changes import begin_run
from clipsaver.errors import Purged
from clipsaver.job_settings import Settings
from clipsaver.jobs import BatchJob, GuildJob
from clipsaver.ranges import RangeSet
from clipsaver.records import Delivery
from clipsaver.scanning.guild import Finding, Survey
from clipsaver.scanning.guild_map import Found
from clipsaver.scanning.guild_plan import News
from clipsaver.scanning.scan import hash_for
from clipsaver.simulator import Channel, ChannelType
from tests.scanning.walking import NOW, Guild


@dataclass(eq=False)
class Surveyed:
    """What came of a survey."""

    jobs: list[BatchJob | GuildJob] = field(default_factory=list)
    findings: dict[int, Finding] = field(default_factory=dict)
    survey: Survey | None = None


async def surveyed(
    guild: Guild,
    waiting: Callable[[str], bool] = lambda _: False,
    default: str = "history",
    wanted: Callable[[Found], bool] | None = None,
    asked_at: float = NOW,
    seen: Surveyed | None = None,
    after_first: Callable[[], Awaitable[None]] | None = None,
    **fields: object,
):
    """`waiting` says for which names somebody has pushed a job that nobody has begun."""
    seen = seen or Surveyed()

    async def push(jobs: Mapping[str, BatchJob | GuildJob]) -> int:
        seen.jobs += jobs.values()
        return len(seen.jobs)

    async def not_begun(names: Sequence[str]) -> dict[str, str]:
        return {name: f"s/{name}" for name in names if waiting(name)}

    async def after_list(survey: Survey, findings: Sequence[Finding]) -> bool:
        assert survey.counts.jobs == len(seen.jobs)  # they are on the stream when it is told
        if after_first is not None and not seen.findings:
            await after_first()
        seen.findings |= {one.found.channel.channel_id: one for one in findings}
        return False

    seen.survey = Survey(
        job=GuildJob(guild_id=str(guild.guild_id), **fields),
        discord=guild.client,
        database=guild.database,
        defaults=ScanConfig(strategy=default),
        clock=lambda: NOW,
        asked_at=asked_at,
        push=push,
        not_begun=not_begun,
        after_list=after_list,
        wanted=wanted,
    )
    await seen.survey.run()
    return seen


async def begun(guild: Guild, channel: Channel, *, remaining: RangeSet | None, **fields: object):
    """A batch job of the channel that is under way."""
    named = {"guild_id": str(channel.guild_id), "channel_id": str(channel.channel_id)}
    job = BatchJob(**{**named, "limit": None, **fields})
    async with guild.database.connection() as connection:
        await begin_run(connection, Delivery("s/1", 1, 0), job)
        if remaining is not None:
            await runs.plan_run(connection, "s/1", 1, remaining)


async def test_everything_is_new_at_first(guild: Guild) -> None:
    seen = await surveyed(guild)
    assert sorted(int(job.channel_id) for job in seen.jobs) == sorted(guild.everything)
    assert seen.survey.counts.channels == seen.survey.counts.jobs == len(guild.everything)
    assert {one.news for one in seen.findings.values()} == {News.NEW}


async def test_what_was_purged_is_left_out_until_somebody_names_it(guild: Guild) -> None:
    before = await surveyed(guild)
    forum = guild.one(ChannelType.FORUM)
    async with guild.database.connection() as connection:
        await connection.execute(
            "update channels set purged_at = to_timestamp(%s) where channel_id = %s",
            [NOW, forum.channel_id],
        )
    threads = {one.channel_id for one in guild.threads if one.parent_id == forum.channel_id}
    seen = await surveyed(guild)
    assert {n for n, one in seen.findings.items() if one.news is News.PURGED} == threads != set()
    assert len(seen.jobs) == len(before.jobs) - len(threads)
    async with guild.database.connection() as connection:
        await channels.read_again(connection, forum.channel_id)
    assert len((await surveyed(guild)).jobs) == len(before.jobs)


async def test_a_guild_that_is_purged_meanwhile_gets_no_more_jobs(guild: Guild) -> None:
    async def purge() -> None:
        async with guild.database.connection() as connection:
            await connection.execute(
                "update guilds set name = null, purged_at = to_timestamp(%s)", [NOW]
            )

    seen = Surveyed()
    with pytest.raises(Purged, match=r"was purged on .*, after this job was asked for"):
        await surveyed(guild, seen=seen, after_first=purge)
    assert {job.channel_id for job in seen.jobs} == {str(one) for one in seen.findings}
    assert len(seen.findings) < len(guild.everything)
    with pytest.raises(Purged):
        await surveyed(guild)
    assert await guild.rows("select name from guilds") == [(None,)]
    # Whoever wants it later has all of it, and may see it.
    again = await surveyed(guild, asked_at=NOW + 1)
    assert again.findings.keys() == guild.everything.keys()
    assert await guild.rows("select from guilds where name is null or wanted_at is null") == []


@pytest.mark.parametrize(
    ("fields", "remaining", "news"),
    [
        ({}, RangeSet.of(0, None), News.UNDERWAY),
        ({}, None, News.UNDERWAY),
        ({"job_id": "nightly", "direction": "forward"}, RangeSet.of(0, None), News.UNDERWAY),
        ({}, RangeSet.of(0, 5), News.NEW),
        ({"limit": 100}, RangeSet.of(0, None), News.NEW),
        ({"known": "stop"}, RangeSet.of(0, None), News.NEW),
        ({"settings": Settings(match_regex="gg")}, RangeSet.of(0, None), News.NEW),
    ],
)
async def test_what_will_be_read_anyway_is_left_to_who_reads_it(
    guild: Guild, fields: dict[str, object], remaining: RangeSet | None, news: News
) -> None:
    channel = guild.world.readable_channels()[0]
    await begun(guild, channel, remaining=remaining, **fields)
    seen = await surveyed(guild)
    finding = seen.findings[channel.channel_id]
    run_id = "s/1" if news is News.UNDERWAY else None
    assert (finding.news, finding.run_id) == (news, run_id)
    assert (str(channel.channel_id) in {job.channel_id for job in seen.jobs}) == (news is News.NEW)


async def test_a_job_that_waits_is_not_added_again(guild: Guild) -> None:
    first, second, *_ = (str(one.channel_id) for one in guild.world.readable_channels())
    await begun(guild, guild.world.channels[int(second)], remaining=RangeSet.of(0, None))
    names: list[str] = []
    seen = await surveyed(guild, lambda name: bool(names.append(name)) or first in name)
    finding = seen.findings[int(first)]
    assert finding.news is News.QUEUED
    assert finding.run_id == f"s/{next(name for name in names if first in name)}"
    assert first not in {job.channel_id for job in seen.jobs}
    assert seen.survey.news[News.QUEUED] == 1
    # Of what is under way the database knows more, and other rules are another way of reading.
    assert not [name for name in names if second in name]
    seen = await surveyed(
        guild, lambda name: name in names, settings=Settings(allowed_mime_types=("video/webm",))
    )
    assert seen.survey.news[News.QUEUED] == 0


async def test_a_job_of_a_later_contract_is_not_counted_on(guild: Guild) -> None:
    channel = guild.world.readable_channels()[0]
    await begun(guild, channel, remaining=None)
    await guild.rows("""update runs set job = job || '{"known": "guess"}' returning 1""")
    assert (await surveyed(guild)).findings[channel.channel_id].news is News.NEW


async def test_an_empty_channel_needs_no_job(guild: Guild) -> None:
    channel = guild.world.readable_channels()[0]
    history = guild.world.histories[channel.channel_id]
    history.scribe = replace(history.scribe, timeline=replace(history.scribe.timeline, length=0))
    seen = await surveyed(guild)
    assert seen.findings[channel.channel_id].news is News.EMPTY
    assert str(channel.channel_id) not in {job.channel_id for job in seen.jobs}


def searching(seen: Surveyed) -> list[GuildJob]:
    return [job for job in seen.jobs if isinstance(job, GuildJob)]


async def test_a_search_is_added_before_all_that_reads_history(guild: Guild) -> None:
    seen = await surveyed(guild, default="auto")
    search, *readers = seen.jobs
    assert isinstance(search, GuildJob)
    assert search.strategy == "search"
    assert len(readers) == len(guild.everything)
    assert {job.strategy for job in readers} == {"history"}
    assert seen.survey.counts.jobs == len(seen.jobs)
    # What the job says counts, and not what is configured.
    assert searching(await surveyed(guild, default="auto", strategy="history")) == []
    assert searching(await surveyed(guild, default="history", strategy="auto")) == [search]


async def test_a_guild_that_was_read_is_not_searched_for_its_latest(guild: Guild) -> None:
    seen = await surveyed(guild)
    newest = {
        channel_id: finding.found.channel.last_message_id
        for channel_id, finding in seen.findings.items()
    }
    settings_hash = hash_for(seen.survey.job, ScanConfig())
    async with guild.database.connection() as connection:
        for channel_id, last in newest.items():
            await connection.execute(
                "insert into scan_coverage values (%s, %s, int8multirange(int8range(0, %s)))",
                [channel_id, settings_hash, last],
            )
    seen = await surveyed(guild, default="auto")
    assert len(seen.jobs) == len(newest)
    assert searching(seen) == []
    async with guild.database.connection() as connection:
        await connection.execute("delete from scan_coverage where channel_id = %s", [min(newest)])
    assert len(searching(await surveyed(guild, default="auto"))) == 1


async def test_some_channels_are_searched_each_on_its_own(guild: Guild) -> None:
    one = guild.world.readable_channels()[0].channel_id

    def is_meant(found: Found) -> bool:
        return found.channel.channel_id == one

    for strategy in ("auto", "history", "search"):
        seen = await surveyed(guild, strategy=strategy, wanted=is_meant)
        (job,) = seen.jobs
        assert (job.channel_id, job.strategy) == (str(one), strategy)
