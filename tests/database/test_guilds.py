"""A guild's channels all at once, and what guild jobs keep of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from psycopg.rows import TupleRow

from clipsaver.database import channels, guild_runs, guilds, runs
from clipsaver.database.channels import Access, known_channel
from clipsaver.database.coverage import read_coverages
from clipsaver.database.run_changes import Leaving, begin_run, leave_run
from clipsaver.errors import LeaseLost
from clipsaver.jobs import BatchJob, GuildJob
from clipsaver.ranges import RangeSet
from clipsaver.records import Channel, Delivery, GuildCounts, RunState
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import rows

Conn = TrioConnection[TupleRow]
TEXT = Channel(70, 7, 60, 0, "clips", nsfw=True, last_message_id=150)
FORUM = Channel(71, 7, None, 15, None, nsfw=False, last_message_id=None)
THREAD = Channel(72, 7, 71, 11, "a \0\ud800 thread", nsfw=False, last_message_id=9)


async def a_guild(conn: Conn) -> None:
    await guilds.record_guild(conn, 7, "seven")
    await channels.record_channels(conn, [THREAD, TEXT, FORUM])


async def test_channels_come_back_as_recorded(conn: Conn) -> None:
    await a_guild(conn)
    for channel in (TEXT, FORUM, replace(THREAD, name="a \ufffd thread")):
        known = await known_channel(conn, channel.channel_id)
        assert known is not None
        assert (known.channel, known.epoch) == (channel, 0)


async def test_recording_again_refreshes_and_keeps_what_is_ours(conn: Conn) -> None:
    await a_guild(conn)
    await conn.execute("update channels set epoch = 3, checked_at = to_timestamp(0)")
    await guilds.record_guild(conn, 7, "se\0ven\ud800")
    await channels.record_channels(conn, [replace(TEXT, name="renamed", last_message_id=None)])
    assert await rows(conn, "select name from guilds") == [("seven\ufffd",)]
    assert await rows(
        conn,
        "select name, last_message_id, epoch, checked_at > to_timestamp(0) from channels"
        " where channel_id = 70",
    ) == [("renamed", 150, 3, True)]
    await channels.record_channels(conn, [])


async def test_what_was_purged_is_passed_over_until_somebody_wants_it(conn: Conn) -> None:
    await a_guild(conn)
    await conn.execute("update channels set name = null, purged_at = now() where channel_id = 71")
    parents = {70: 60, 71: None, 72: 71, 73: 71, 74: None}
    await channels.record_channels(conn, [replace(FORUM, name="forum"), THREAD, TEXT])
    new = await channels.record_channel(conn, replace(THREAD, channel_id=73))
    assert new.is_passed_over
    names = "select channel_id from channels where name is not null order by 1"
    assert await rows(conn, names) == [(70,)]
    assert await channels.passed_over(conn, 7, parents) == {71, 72, 73}

    await channels.read_again(conn, 73)
    assert await channels.passed_over(conn, 7, parents) == {71, 72}
    await channels.read_again(conn, 71)
    assert await channels.passed_over(conn, 7, parents) == set()
    await channels.record_channels(conn, [replace(FORUM, name="forum"), THREAD])
    assert await rows(conn, names) == [(70,), (71,), (72,)]
    await conn.execute("update channels set purged_at = now() where channel_id = 72")
    assert await channels.passed_over(conn, 7, parents) == {72}
    known = await known_channel(conn, 70)
    assert known is not None
    assert known.purged_at is None
    assert not known.is_passed_over


async def test_so_is_a_guild_with_all_its_channels(conn: Conn) -> None:
    await a_guild(conn)
    unknown = await guilds.guild_standing(conn, 8)
    assert (unknown.purged_at, unknown.is_passed_over, unknown.is_being_purged) == (
        None,
        False,
        False,
    )
    await conn.execute("update guilds set name = null, purged_at = to_timestamp(100)")
    await guilds.record_guild(conn, 7, "seven")
    assert await rows(conn, "select name from guilds") == [(None,)]
    assert (await guilds.guild_standing(conn, 7)).is_passed_over
    assert await channels.passed_over(conn, 7, {70: None, 99: 98}) == {70, 99}
    await guilds.scan_again(conn, 7, 99.5)  # before the purge, by some clock
    assert (await guilds.guild_standing(conn, 7)).is_passed_over
    await channels.read_again(conn, 70, 101.0)
    assert await channels.passed_over(conn, 7, {70: None, 99: 98}) == {99}
    await guilds.scan_again(conn, 7, 101.0)
    assert await channels.passed_over(conn, 7, {70: None, 99: 98}) == set()
    standing = await guilds.guild_standing(conn, 7)
    assert standing.purged_at is not None
    assert (standing.purged_at.timestamp(), standing.is_passed_over) == (100, False)
    await guilds.record_guild(conn, 7, "seven")
    assert await rows(conn, "select name from guilds") == [("seven",)]


async def test_a_denial_is_kept_until_it_is_out_of_date(conn: Conn) -> None:
    await a_guild(conn)
    await guilds.note_denied(conn, [70, 72], Access.DENIED, "access_denied")
    await guilds.note_denied(conn, [71], Access.GONE, "not_found")
    await guilds.note_allowed(conn, [70, 71])
    query = "select channel_id, access, access_error from channels order by 1"
    assert await rows(conn, query) == [
        (70, "unknown", None),
        (71, "unknown", None),
        (72, "denied", "access_denied"),
    ]


async def test_what_is_missing_are_known_ones_that_are_not_gone(conn: Conn) -> None:
    await a_guild(conn)
    await guilds.record_guild(conn, 8, "eight")
    await channels.record_channels(conn, [replace(TEXT, channel_id=80, guild_id=8)])
    low = replace(THREAD, channel_id=5, name="low")
    await channels.record_channels(conn, [low])
    await guilds.note_denied(conn, [5], Access.DENIED, "access_denied")
    missing = await guilds.missing_channels(conn, 7, {70})
    assert [(one.channel.channel_id, one.is_denied) for one in missing] == [
        (71, False),  # channels before threads, whatever their ids
        (5, True),
        (72, False),
    ]
    assert missing[1].channel == low
    await guilds.note_denied(conn, [71], Access.GONE, "not_found")
    assert [one.channel.channel_id for one in await guilds.missing_channels(conn, 7, ())] == [
        70, 5, 72,
    ]  # fmt: skip


async def test_coverage_of_many(conn: Conn) -> None:
    await a_guild(conn)
    await conn.execute(
        "insert into scan_coverage (channel_id, settings_hash, covered) values"
        " (70, 'a', '{[0,10)}'), (70, 'b', '{[0,20)}'), (71, 'b', '{[5,6),[7,8)}')"
    )
    assert await read_coverages(conn, [70, 71, 72], "a") == {70: RangeSet.of(0, 10)}
    assert str((await read_coverages(conn, [70, 71, 72], "b"))[71]) == "{[5,6),[7,8)}"


async def test_unfinished_batches_of_some_channels(conn: Conn) -> None:
    for number, channel in enumerate(("70", "70", "71", "72"), start=1):
        job = BatchJob(guild_id="7", channel_id=channel, limit=None)
        await begin_run(conn, Delivery(f"s/{number}", 1, 0), job)
    await runs.plan_run(conn, "s/2", 1, RangeSet.of(5, None))
    await leave_run(conn, Leaving("s/3", 1, RunState.SUCCEEDED))
    underway = await guild_runs.batches_underway(conn, [70, 71])
    assert {one.run_id: (one.channel_id, one.remaining) for one in underway} == {
        "s/1": (70, None),
        "s/2": (70, RangeSet.of(5, None)),
    }


async def test_counts_are_the_holders_to_write(conn: Conn) -> None:
    await begin_run(conn, Delivery("s/1", 5, 0), GuildJob(guild_id="7"))
    await guild_runs.record_counts(conn, "s/1", 5, GuildCounts(12, 3, 7), requests=9)
    counted = "select channels, channels_unreadable, jobs_added, requests from runs"
    assert await rows(conn, counted) == [(12, 3, 7, 9)]
    with pytest.raises(LeaseLost):
        await guild_runs.record_counts(conn, "s/1", 4, GuildCounts(), requests=0)
    assert await rows(conn, counted) == [(12, 3, 7, 9)]
