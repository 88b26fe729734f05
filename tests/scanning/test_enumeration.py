"""A guild is listed whole, each place once, while threads move and permissions change."""

from __future__ import annotations

from collections import Counter

import pytest

from clipsaver.errors import AccessDenied, DiscordUnavailable, NotFound
from clipsaver.scanning.access import GONE
from clipsaver.scanning.enumeration import ASK_AGAIN_S, Enumeration, Stopped
from clipsaver.simulator import Access, ChannelType, Fault
from tests.scanning.walking import NOW, Guild


async def test_a_guild_is_listed_whole_and_put_on_record(guild: Guild) -> None:
    assert await guild.list() == guild.everything
    assert guild.unreadable == set()
    assert (guild.walk.requests, guild.walk.share) == (len(guild.asked), 1.0)
    on_record = await guild.rows("select channel_id, name, type, access from channels")
    assert sorted(on_record) == sorted(
        (one.channel_id, one.name, int(one.type), "unknown")
        for one in guild.world.channels.values()
    )
    assert await guild.rows("select name from guilds") == [("Simulated guild 1",)]


async def test_a_second_walk_asks_no_more_than_the_first(guild: Guild) -> None:
    await guild.list()
    asked = list(guild.asked)
    assert await guild.list() == guild.everything
    assert sorted(guild.asked) == sorted(asked)


@pytest.mark.parametrize("moment", range(17))
async def test_a_thread_that_changes_sides_is_neither_missed_nor_doubled(
    guild: Guild, moment: int
) -> None:
    """All threads change sides at once, before one request after the other."""

    def all_change(number: int, _: str) -> None:
        if number == moment:
            for thread in guild.threads:
                guild.world.archive(thread.channel_id, archived=thread.archived_ms is None)

    guild.before = all_change
    assert await guild.list() == guild.everything
    assert len(guild.asked) > moment


async def test_a_known_thread_that_changes_sides_twice_is_found_by_its_id(guild: Guild) -> None:
    await guild.list()
    thread = guild.one(ChannelType.PUBLIC_THREAD, archived=True)
    pages = f"/channels/{thread.parent_id}/threads/archived/public"

    def hide(_: int, path: str) -> None:
        is_over = pages in guild.asked[:-1]
        if path == pages or (path.endswith("/threads/active") and is_over):
            guild.world.archive(thread.channel_id, archived=is_over)

    guild.before = hide
    assert await guild.list() == guild.everything
    assert guild.asked[-1] == f"/channels/{thread.channel_id}"


async def test_long_archives_are_read_to_their_end(
    guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clipsaver.discord_rest.guild_listing.MOST_THREADS", 2)
    for moment, thread in enumerate(guild.threads):
        guild.world.archive(thread.channel_id, archived=True, now=1.6e9 + moment)
    assert set(await guild.list()) == set(guild.everything)
    pages = Counter(path for path in guild.asked if "/threads/archived/" in path)
    assert max(pages.values()) > 1


async def test_without_manage_threads_joined_ones_are_found(guild: Guild) -> None:
    guild.world.manage_threads = False
    found = await guild.list()
    private = [one for one in guild.threads if one.type is ChannelType.PRIVATE_THREAD]
    assert {one.joined for one in private} == {True, False}
    hidden = {one.channel_id for one in private if not one.joined}
    assert set(found) == set(guild.everything) - hidden
    assert {one.partition(" (")[2] for one in guild.unreadable} == {"no Manage Threads)"}
    assert "/threads/archived/private" not in {
        path[-26:] for path in guild.asked if "@me" not in path
    }


async def test_what_is_refused_in_spite_of_permissions_costs_only_itself(guild: Guild) -> None:
    parent = guild.world.channels[guild.one(ChannelType.PRIVATE_THREAD).parent_id]

    def refuse(number: int, path: str) -> None:
        if path.endswith("/threads/active"):  # after the permissions were asked for
            guild.world.manage_threads = False

    guild.before = refuse
    found = await guild.list()
    private = [one for one in guild.threads if one.type is ChannelType.PRIVATE_THREAD]
    joined = {one.channel_id for one in private if one.joined}
    hidden = {one.channel_id for one in private} - joined
    assert set(found) == set(guild.everything) - hidden
    assert any(one.startswith(f"#{parent.name}, its archived private") for one in guild.unreadable)


# --- what was known and is not listed any more ---


async def test_a_hidden_channel_is_asked_for_once_a_day(guild: Guild) -> None:
    await guild.list()
    hidden = guild.world.channels[guild.one(ChannelType.PUBLIC_THREAD).parent_id]
    guild.world.set_access(hidden.channel_id, Access.NO_VIEW)
    question = f"/channels/{hidden.channel_id}"
    await guild.rows("update channels set checked_at = to_timestamp(0) returning 1")
    assert await guild.list() == guild.everything
    # Its threads are hidden with it: nobody asks for them.
    assert [path for path in guild.asked if path.count("/") == 2][2:] == [question]
    assert f"#{hidden.name} (no View Channel)" in guild.unreadable
    assert guild.walk.map.closed > 1
    remembered = "select channel_id, error, status from denials"  # no job need ask again
    assert await guild.rows(remembered) == [(hidden.channel_id, AccessDenied.reason, 403)]
    (now,) = await guild.rows("select extract(epoch from now())::float")
    await guild.list(now=now[0] + ASK_AGAIN_S / 2)
    assert question not in guild.asked
    assert f"#{hidden.name} (no View Channel)" in guild.unreadable
    await guild.list(now=now[0] + ASK_AGAIN_S + 60)
    assert question in guild.asked


async def test_a_deleted_channel_is_no_loss_and_not_asked_for_again(guild: Guild) -> None:
    await guild.list()
    parent = guild.world.channels[guild.one(ChannelType.PUBLIC_THREAD).parent_id]
    guild.world.set_access(parent.channel_id, Access.DELETED)
    assert await guild.list() == guild.everything
    assert guild.unreadable == set()
    gone = await guild.rows("select channel_id, parent_id from channels where access = 'gone'")
    assert len(gone) > 1
    assert {parent.channel_id in row for row in gone} == {True}
    asked = [path for path in guild.asked if path == f"/channels/{parent.channel_id}"]
    assert len(asked) == 1
    remembered = "select channel_id, error, status from denials"
    assert await guild.rows(remembered) == [(parent.channel_id, GONE, 404)]
    await guild.list()
    assert asked[0] not in guild.asked


async def test_what_is_shown_again_may_be_read_again(guild: Guild) -> None:
    await guild.list()
    channel = guild.one(ChannelType.TEXT)
    for access in (Access.NO_HISTORY, Access.NO_VIEW, Access.DELETED, Access.FULL):
        guild.world.set_access(channel.channel_id, access)
        await guild.list(now=NOW * 2)
        assert (channel.channel_id in guild.everything) == (access is Access.FULL)
    assert await guild.rows("select from channels where access <> 'unknown'") == []
    assert await guild.rows("select from denials") == []


# --- trouble ---


async def test_a_channel_deleted_while_its_archive_is_read_is_no_loss(guild: Guild) -> None:
    parent = guild.world.channels[guild.one(ChannelType.PUBLIC_THREAD).parent_id]

    def delete(_: int, path: str) -> None:
        if path == f"/channels/{parent.channel_id}/threads/archived/public":
            guild.world.set_access(parent.channel_id, Access.DELETED)

    guild.before = delete
    found = await guild.list()
    assert set(found) >= set(guild.everything)
    assert guild.unreadable == set()


async def test_who_wants_no_more_is_heard(guild: Guild) -> None:
    with pytest.raises(Stopped):
        await guild.list(stop_after=2)
    assert len(guild.asked) == 5  # guild, bot and member come before the first list
    with pytest.raises(Stopped):
        await guild.list(stop_after=4)
    assert guild.asked.count(f"/guilds/{guild.guild_id}/threads/active") == 1


async def test_trouble_in_one_archive_is_told_as_it_is(guild: Guild) -> None:
    guild.faults.next("GET /channels/*/threads/archived/public", Fault.status(400), after=2)
    assert len(await guild.list()) > 0  # a refusal costs one archive
    guild.faults.always("GET /channels/*/threads/archived/public", Fault.status(503), after=2)
    with pytest.raises(DiscordUnavailable):
        await guild.list()


async def test_a_guild_without_the_bot_is_an_error(guild: Guild) -> None:
    with pytest.raises(NotFound, match="the bot is not in this server"):
        await Enumeration.begin(guild.client, guild.database, 404, None, now=NOW)


async def test_permissions_that_are_no_numbers_are_an_unreadable_answer(
    guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    roles = "clipsaver.simulator.api.guilds.roles_json"
    role = {"id": str(guild.guild_id), "permissions": "all of them"}
    monkeypatch.setattr(roles, lambda *_, **__: [role])
    with pytest.raises(DiscordUnavailable, match=rf"all of them.*GET /guilds/{guild.guild_id}"):
        await guild.list()
