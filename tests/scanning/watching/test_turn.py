"""One turn against a simulated guild: what it asks, what it adds, what it puts on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from clipsaver.config import ScanConfig
from clipsaver.database import channels, guilds
from clipsaver.jobs import BatchJob, GuildJob
from clipsaver.scanning.watching.memory import Kind, Memory
from clipsaver.scanning.watching.plan import Setup
from clipsaver.scanning.watching.turn import GuildTurn, Turned
from clipsaver.simulator import Access, ChannelType, Fault
from tests.scanning.walking import Guild

START = 3_000_000_000.0
"""After everything that the world was made with."""


async def turn(
    guild: Guild, memory: Memory | None = None, *, now: float = START, waiting: str = ""
) -> Turned:
    async def not_begun(names: Sequence[str]) -> Mapping[str, str]:
        return {name: "a run" for name in names if waiting and name.startswith(waiting)}

    guild.asked.clear()
    return await GuildTurn(
        setup=Setup(guild.guild_id, 60.0, 86_400.0),
        discord=guild.client,
        database=guild.database,
        defaults=ScanConfig(),
        memory=memory,
        now=now,
        not_begun=not_begun,
    ).take()


def channels_of(turned: Turned) -> list[int]:
    return [int(job.channel_id) for job in turned.jobs.values() if isinstance(job, BatchJob)]


def room(guild: Guild) -> Any:
    return guild.one(ChannelType.TEXT)


async def test_two_requests_tell_what_is_new(guild: Guild) -> None:
    first = await turn(guild)
    assert [type(job) for job in first.jobs.values()] == [GuildJob]  # all of it is older
    assert first.requests == len(guild.asked) == 2
    known = {place.kind for place in first.memory.places.values()}
    assert known == set(Kind) - {Kind.CLOSED}
    quiet = await turn(guild, first.memory, now=START + 60)
    assert (dict(quiet.jobs), quiet.requests) == ({}, 2)
    guild.world.post(room(guild).channel_id, now=START + 70)
    second = await turn(guild, quiet.memory, now=START + 120)
    assert channels_of(second) == [room(guild).channel_id]
    assert second.requests == 2
    # So that its job need not ask for it.
    assert await guild.rows("select channel_id from channels") == [(room(guild).channel_id,)]
    assert (await turn(guild, second.memory, now=START + 180)).jobs == {}


async def test_what_is_new_and_empty_is_on_record_without_a_job(guild: Guild) -> None:
    """Else its last job, once it is deleted, would be one for something that never was."""
    memory = (await turn(guild)).memory
    made = guild.world.open_channel(guild.guild_id, "empty", now=START + 10)
    turned = await turn(guild, memory, now=START + 60)
    assert turned.jobs == {}
    assert await guild.rows("select channel_id from channels") == [(made,)]


async def test_a_job_that_waits_is_not_added_again(guild: Guild) -> None:
    memory = (await turn(guild)).memory
    guild.world.post(room(guild).channel_id, now=START + 10)
    waiting = f"watch:{room(guild).channel_id}:"
    turned = await turn(guild, memory, now=START + 60, waiting=waiting)
    assert turned.jobs == {}
    assert turned.memory.places[room(guild).channel_id].newest > 0


async def test_a_post_that_was_closed_before_anybody_looked(guild: Guild) -> None:
    memory = (await turn(guild)).memory
    forum = guild.one(ChannelType.FORUM).channel_id
    post = guild.world.start_thread(forum, now=START + 10)
    guild.world.archive(post, archived=True, now=START + 20)
    turned = await turn(guild, memory, now=START + 60)
    assert channels_of(turned) == [post]
    assert turned.requests == len(guild.asked) == 3
    again = await turn(guild, turned.memory, now=START + 120)
    assert (again.jobs, again.requests) == ({}, 2)


async def test_a_forum_that_shuts_its_archive_costs_only_itself(guild: Guild) -> None:
    memory = (await turn(guild)).memory
    forum = guild.one(ChannelType.FORUM).channel_id
    post = guild.world.start_thread(forum, now=START + 10)
    guild.world.archive(post, archived=True, now=START + 20)
    guild.world.post(room(guild).channel_id, now=START + 30)
    guild.faults.always(f"GET /channels/{forum}/threads/archived/public*", Fault.status(403))
    turned = await turn(guild, memory, now=START + 60)
    assert channels_of(turned) == [room(guild).channel_id]


async def test_what_was_purged_is_passed_over_and_forgotten(guild: Guild) -> None:
    known = (await turn(guild)).memory
    here, forum = room(guild).channel_id, guild.one(ChannelType.FORUM).channel_id
    with_them = {one.channel_id for one in guild.threads if one.parent_id in (here, forum)}
    threads = {one for one in with_them if one in known.places}
    async with guild.database.connection() as connection:
        await connection.execute("insert into guilds (guild_id) values (%s)", [guild.guild_id])
        await connection.execute(
            "insert into channels (channel_id, guild_id, type, purged_at) "
            "select one, %s, 0, now() from unnest(%s::bigint[]) one",
            [guild.guild_id, [here, forum]],
        )
    guild.world.post(here, now=START + 10)
    post = guild.world.start_thread(forum, now=START + 20)
    guild.world.archive(post, archived=True, now=START + 30)
    for one in threads:
        guild.world.archive(one, archived=True, now=START + 40)
    turned = await turn(guild, known, now=START + 60)
    assert (turned.jobs, turned.requests) == ({}, 2)
    assert threads
    assert known.places.keys() - turned.memory.places.keys() == {here, forum, *threads}
    async with guild.database.connection() as connection:
        await channels.read_again(connection, here)
    guild.world.post(here, now=START + 70)
    assert channels_of(await turn(guild, turned.memory, now=START + 120)) == [here]


async def test_channels_that_are_known_to_be_closed_are_left_alone(guild: Guild) -> None:
    memory = (await turn(guild)).memory
    closed = room(guild)
    guild.world.set_access(closed.channel_id, Access.NO_HISTORY)
    await guild.list()  # as a survey does
    guild.world.post(closed.channel_id, now=START + 10)
    turned = await turn(guild, memory, now=START + 60)
    assert turned.jobs == {}
    threads = {one.channel_id for one in guild.threads if one.parent_id == closed.channel_id}
    assert threads
    places = turned.memory.places
    here = [one for one in places if one in {closed.channel_id, *threads}]
    assert {places[one].kind for one in here} == {Kind.CLOSED}
    guild.world.post(closed.channel_id, now=START + 70)
    assert (await turn(guild, turned.memory, now=START + 120)).jobs == {}


@pytest.mark.parametrize("how", [Access.NO_VIEW, Access.NO_HISTORY])
async def test_a_channel_that_may_be_read_again_is_read_without_a_survey(
    guild: Guild, how: Access
) -> None:
    """It is in the list again, or its permissions are others."""
    known = (await turn(guild)).memory
    closed = room(guild).channel_id
    guild.world.set_access(closed, how)
    await guild.list()  # as a survey does
    known = (await turn(guild, known, now=START + 60)).memory
    known = (await turn(guild, known, now=START + 120)).memory
    guild.world.set_access(closed, Access.FULL)
    guild.world.post(closed, now=START + 130)
    opened = await turn(guild, known, now=START + 180)
    with_it = {one.channel_id for one in guild.threads if one.parent_id == closed}
    assert closed in channels_of(opened)
    assert set(channels_of(opened)) <= {closed, *with_it}
    assert opened.requests == 2
    async with guild.database.connection() as connection:
        assert await guilds.closed_channels(connection, [closed, *with_it]) == set()
    quiet = await turn(guild, opened.memory, now=START + 240)
    assert (dict(quiet.jobs), quiet.requests) == ({}, 2)


async def test_a_channel_that_is_tried_again_in_vain_is_left_alone(guild: Guild) -> None:
    known = (await turn(guild)).memory
    closed = room(guild).channel_id
    guild.world.set_access(closed, Access.NO_VIEW)
    await guild.list()
    known = (await turn(guild, known, now=START + 60)).memory
    guild.world.set_access(closed, Access.NO_HISTORY)
    guild.world.post(closed, now=START + 70)
    tried = await turn(guild, known, now=START + 120)
    assert closed in channels_of(tried)
    await guild.list()  # its job comes to the same
    for n in range(3):
        guild.world.post(closed, now=START + 130 + 60 * n)
        tried = await turn(guild, tried.memory, now=START + 180 + 60 * n)
        assert tried.jobs == {}
