"""What there is in a guild, as the client lists it."""

from contextlib import asynccontextmanager

import pytest

from clipsaver import errors
from clipsaver.discord_rest.client import open_client
from clipsaver.discord_rest.listings import Archive
from clipsaver.simulator import Access, ChannelType, World, open_simulator
from tests.discord_rest.conftest import Discord, answer, client_of
from tests.permits import AtOnce

REFUSED = {"code": 50085, "message": "Invalid before"}


@asynccontextmanager
async def a_discord(**options):
    world = World.generate(seed=7, channels=8, messages=60, thread_messages=2, **options)
    async with (
        open_simulator(world) as simulator,
        open_client(
            simulator.token,
            api_url=simulator.api_url,
            permits=AtOnce(),
            request_timeout_s=5,
        ) as client,
    ):
        yield world, next(iter(world.guilds)), client.listing


async def archived(listing, guild_id, parent_id, archive):
    found, cursor = [], None
    while True:
        page = await listing.archived_threads(guild_id, parent_id, archive, cursor)
        found += [int(thread.id) for thread in page.channels]
        if (cursor := page.next) is None:
            return found


def ids_of(world, wanted):
    return {channel.channel_id for channel in world.channels.values() if wanted(channel)}


async def test_all_pages_of_the_bots_guilds_are_read():
    async with a_discord(guilds=3) as (world, _, listing):
        assert [int(guild.id) for guild in await listing.guilds()] == sorted(world.guilds)
    first = [{"id": str(n), "name": f"guild {n}"} for n in range(1, 201)]
    discord = Discord(answer(body=first), answer(body=[{"id": "500", "name": "last"}]))
    async with client_of(discord) as client:
        assert len(await client.listing.guilds()) == 201
    assert [request.url.query for request in discord.requests] == [
        b"limit=200&after=0",
        b"limit=200&after=200",
    ]


async def test_channels_and_active_threads_are_listed():
    async with a_discord() as (world, guild_id, listing):
        channels = await listing.channels(guild_id)
        active = await listing.active_threads(guild_id)
        assert {int(one.id) for one in channels.channels} == ids_of(
            world, lambda one: not one.type.is_thread
        )
        assert {int(one.id) for one in active.channels} == ids_of(
            world, lambda one: one.type.is_thread and one.archived_ms is None
        )
        assert (channels.requests, active.requests) == (1, 1)


@pytest.mark.parametrize("archive", [Archive.PUBLIC, Archive.PRIVATE, Archive.JOINED])
async def test_an_archive_of_several_pages_is_listed_whole(archive, monkeypatch):
    monkeypatch.setattr("clipsaver.discord_rest.guild_listing.MOST_THREADS", 2)
    async with a_discord() as (world, guild_id, listing):
        kind = (
            ChannelType.PUBLIC_THREAD if archive is Archive.PUBLIC else ChannelType.PRIVATE_THREAD
        )
        texts = ids_of(world, lambda one: one.type is ChannelType.TEXT)
        threads = ids_of(world, lambda one: one.type is kind and one.parent_id in texts)
        (parent_id,) = {world.channels[thread_id].parent_id for thread_id in threads}
        for moment, thread_id in enumerate(threads):
            world.archive(thread_id, archived=True, now=1.7e9 + moment // 2)
        found = await archived(listing, guild_id, parent_id, archive)
        expected = {
            one for one in threads if archive is not Archive.JOINED or world.channels[one].joined
        }
        assert set(found) == expected
        assert len(threads) >= 3


async def test_a_cursor_before_the_first_thread_is_the_end():
    async with client_of(Discord(answer(400, REFUSED))) as client:
        page = await client.listing.archived_threads(7, 12, Archive.PUBLIC)
    assert (page.channels, page.next) == ([], None)


async def test_what_may_not_be_listed_is_denied():
    async with a_discord() as (world, guild_id, listing):
        world.manage_threads = False
        parent = next(one for one in world.channels.values() if one.type is ChannelType.TEXT)
        with pytest.raises(errors.AccessDenied) as denied:
            await listing.archived_threads(guild_id, parent.channel_id, Archive.PRIVATE)
        assert denied.value.code == 50013
        world.set_access(parent.channel_id, Access.NO_VIEW)
        listed = await listing.channels(guild_id)
        assert str(parent.channel_id) not in [one.id for one in listed.channels]
        with pytest.raises(errors.NotFound):
            await listing.channels(404)


async def test_a_list_that_cannot_be_read_is_told_with_the_field(autojump_clock):
    discord = Discord(answer(body=[{"id": "1", "type": "text"}]))
    async with client_of(discord) as client:
        with pytest.raises(errors.DiscordUnavailable, match=r"channel 1: .*\$\[0\]\.type"):
            await client.listing.channels(7)
    assert len(discord.requests) == 2
