"""What is new in a channel, and the job that reads it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver import jobs, snowflake
from clipsaver.job_settings import Settings
from clipsaver.jobs import BatchJob, GuildJob
from clipsaver.ranges import Range, RangeSet
from clipsaver.records import Channel
from clipsaver.scanning import plan
from clipsaver.scanning.guild_map import Found
from clipsaver.scanning.guild_plan import (
    News,
    Reader,
    has_history,
    is_short,
    job_for,
    news_of,
    reads_whole_channel,
    search_for,
)

CHANNEL = Channel(70, 7, None, 0, "clips", nsfw=False, last_message_id=100)
FOUND = Found(CHANNEL, newest_is_told=False)
NOTHING, ALL = RangeSet(), RangeSet.of(0, None)
JOB = GuildJob(guild_id="7")


def up_to(newest: int | None, *, told: bool = False) -> Found:
    return Found(replace(CHANNEL, last_message_id=newest), newest_is_told=told)


@pytest.mark.parametrize(
    ("found", "covered", "news"),
    [
        (up_to(None, told=True), NOTHING, News.EMPTY),
        (up_to(None), ALL, News.READ),
        (up_to(None), RangeSet.of(0, 100), News.NEW),
        (up_to(100), NOTHING, News.NEW),
        (up_to(100), RangeSet.of(0, 101), News.READ),
        (up_to(100), RangeSet.of(0, 5000), News.READ),
        (up_to(100), RangeSet.of(0, 100), News.NEW),
        (up_to(100), RangeSet.of(50, 101), News.NEW),
        (up_to(100), RangeSet([Range(0, 40), Range(41, 101)]), News.NEW),
    ],
)
def test_what_is_new(found: Found, covered: RangeSet, news: News) -> None:
    assert news_of(found, covered, ()) == (news, None)


@pytest.mark.parametrize(
    ("remaining", "news"),
    [
        (None, News.UNDERWAY),
        (ALL, News.UNDERWAY),
        (RangeSet.of(0, 101), News.UNDERWAY),
        (RangeSet.of(50, None), News.UNDERWAY),
        (RangeSet.of(0, 100), News.NEW),
        (RangeSet.of(51, None), News.NEW),
        (NOTHING, News.NEW),
    ],
)
def test_a_job_that_will_come_by_is_enough(remaining: RangeSet | None, news: News) -> None:
    readers = [Reader("s/1", NOTHING), Reader("s/2", remaining)]
    run_id = "s/2" if news is News.UNDERWAY else None
    assert news_of(FOUND, RangeSet.of(0, 50), readers) == (news, run_id)


ids = st.builds(
    lambda pairs: RangeSet(Range(lower, lower + size) for lower, size in pairs),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 40)), max_size=4),
)


@given(covered=ids, remaining=st.none() | ids, newest=st.integers(1, 90))
def test_every_id_up_to_the_newest_is_read_or_will_be(
    covered: RangeSet, remaining: RangeSet | None, newest: int
) -> None:
    news, _ = news_of(up_to(newest), covered, [Reader("s/1", remaining)])
    left = set(range(newest + 1)) - {one for one in range(newest + 1) if one in covered}
    if news is News.READ:
        assert not left
    elif news is News.UNDERWAY:
        assert left
        assert remaining is None or all(one in remaining for one in left)
    else:
        assert left
        asked = plan.to_read(
            plan.wanted(job_for(FOUND, JOB)), covered, known="skip", direction="backward"
        )
        assert all(one in asked for one in left)


def test_the_job_reads_all_of_the_channel_by_the_guilds_settings() -> None:
    settings = Settings(match_regex="gg", scan_mode="forward")
    job = job_for(FOUND, GuildJob(guild_id="7", settings=settings))
    assert reads_whole_channel(job)
    assert (job.guild_id, job.channel_id, job.reads) == ("7", "70", "backward")
    assert job.settings == settings
    assert jobs.decode(jobs.encode(job)) == job


def test_its_name_tells_jobs_apart_that_are_not_the_same() -> None:
    others = [
        job_for(up_to(101), JOB),
        job_for(up_to(None), JOB),
        job_for(replace(FOUND, channel=replace(CHANNEL, channel_id=71)), JOB),
        job_for(FOUND, GuildJob(guild_id="7", settings=Settings(match_regex="gg"))),
        job_for(FOUND, GuildJob(guild_id="7", settings=Settings(scan_mode="forward"))),
    ]
    names = {job.job_id for job in [job_for(FOUND, JOB), *others]}
    assert len(names) == 6
    assert job_for(FOUND, GuildJob(guild_id="7", job_id="another")) == job_for(FOUND, JOB)


def test_the_longest_name_is_short_enough() -> None:
    most = 2**63 - 1
    channel = replace(CHANNEL, channel_id=most, guild_id=most, last_message_id=most)
    job = job_for(replace(FOUND, channel=channel), JOB)
    assert jobs.decode(jobs.encode(job)) == job


@pytest.mark.parametrize(
    "bounds", [{"limit": 5}, {"before_message_id": "9"}, {"after_message_id": "9"},
               {"known": "stop"}, {"known": "reread"}],
)  # fmt: skip
def test_a_job_that_leaves_something_out_is_not_enough(bounds: dict[str, object]) -> None:
    job = BatchJob(**{"guild_id": "7", "channel_id": "70", "limit": None, **bounds})
    assert not reads_whole_channel(job)


def day(number: float) -> int:
    return snowflake.from_unix(1_700_000_000 + 86_400 * number)


@pytest.mark.parametrize(
    ("covered", "is_history"),
    [
        (NOTHING, True),
        (RangeSet.of(0, day(9.5)), False),
        (RangeSet.of(0, day(8.5)), True),
        (RangeSet.of(day(0.5), day(10)), False),
        (RangeSet.of(day(2), day(10)), True),
        (RangeSet([Range(0, day(3)), Range(day(5), day(10))]), True),
        (RangeSet([Range(0, day(3)), Range(day(3.5), day(9.5))]), False),
        (ALL, False),
    ],
)
def test_more_than_a_day_is_history(covered: RangeSet, is_history: bool) -> None:
    channel = replace(CHANNEL, channel_id=day(0), last_message_id=day(10))
    assert has_history(Found(channel, newest_is_told=False), covered) is is_history


@pytest.mark.parametrize(
    ("messages", "is_so"), [(None, False), (0, True), (300, True), (301, False)]
)
def test_a_short_thread_is_not_worth_a_search(messages: int | None, is_so: bool) -> None:
    assert is_short(replace(FOUND, messages=messages)) is is_so


def test_the_job_that_searches_is_named_by_guild_and_settings() -> None:
    job = search_for(JOB)
    assert (job.guild_id, job.strategy, job.settings) == ("7", "search", JOB.settings)
    assert search_for(GuildJob(guild_id="7", job_id="nightly")) == job
    others = (
        GuildJob(guild_id="8"),
        GuildJob(guild_id="7", settings=Settings(match_regex="gg")),
    )
    assert len({job.job_id, *(search_for(one).job_id for one in others)}) == 3


def test_a_job_of_another_strategy_has_another_name() -> None:
    names = {job_for(FOUND, JOB, how).job_id for how in ("auto", "history", "search")}
    assert len(names) == 3


def test_a_search_leaves_something_out() -> None:
    assert reads_whole_channel(job_for(FOUND, JOB, "auto"))
    assert not reads_whole_channel(job_for(FOUND, JOB, "search"))
