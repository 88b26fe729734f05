"""What a bot may do in a channel: by hand for each rule, and against a Discord that refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsaver.discord_rest import models
from clipsaver.discord_rest.permissions import (
    EVERYTHING,
    INVITED_WITH,
    NOTHING,
    Member,
    Permission,
    hides_private_threads,
    invite_link,
    member_of,
    missing_to_read,
    permissions_in,
    titles,
)
from clipsaver.simulator import Access, ChannelType, World
from tests.examples import examples
from tests.simulator.serving import served

VIEW, HISTORY = Permission.VIEW_CHANNEL, Permission.READ_MESSAGE_HISTORY
CONNECT, THREADS = Permission.CONNECT, Permission.MANAGE_THREADS
ADMINISTRATOR = Permission.ADMINISTRATOR
GUILD, BOT, ROLE, OTHER = "7", "1", "71", "72"
NOW = 1_700_000_000.0
READER = Member(BOT, GUILD, owns_guild=False, base=VIEW | HISTORY, roles=frozenset({ROLE, OTHER}))


def overwrite(whose: str, *, allow: int = 0, deny: int = 0) -> models.Overwrite:
    return models.Overwrite(id=whose, allow=str(allow), deny=str(deny))


@pytest.mark.parametrize(
    ("overwrites", "may"),
    [
        ([], VIEW | HISTORY),
        ([overwrite(GUILD, deny=HISTORY)], VIEW),
        ([overwrite(GUILD, deny=HISTORY), overwrite(ROLE, allow=HISTORY)], VIEW | HISTORY),
        ([overwrite(ROLE, deny=HISTORY), overwrite(GUILD, allow=HISTORY)], VIEW),
        ([overwrite(ROLE, deny=HISTORY), overwrite(OTHER, allow=HISTORY)], VIEW | HISTORY),
        ([overwrite(ROLE, allow=HISTORY), overwrite(BOT, deny=HISTORY)], VIEW),
        ([overwrite(BOT, allow=CONNECT | 1 << 50)], VIEW | HISTORY | CONNECT | 1 << 50),
        ([overwrite("73", deny=VIEW), overwrite("2", deny=VIEW)], VIEW | HISTORY),
        ([overwrite(GUILD, deny=VIEW, allow=HISTORY)], NOTHING),
        ([overwrite(GUILD, deny=VIEW), overwrite(BOT, allow=VIEW)], VIEW | HISTORY),
    ],
)
def test_overwrites_in_their_order(overwrites: list[models.Overwrite], may: Permission) -> None:
    for order in (overwrites, overwrites[::-1]):
        assert permissions_in(READER, order) == may


def test_owners_and_administrators_may_do_everything() -> None:
    nothing = [overwrite(GUILD, deny=-1 & (1 << 64) - 1)]
    assert permissions_in(READER, nothing) == NOTHING
    assert permissions_in(replace(READER, owns_guild=True), nothing) == EVERYTHING
    assert permissions_in(replace(READER, base=ADMINISTRATOR), nothing) == EVERYTHING
    # Only roles make an administrator; an overwrite with that bit does not.
    by_overwrite = [overwrite(GUILD, allow=ADMINISTRATOR), overwrite(BOT, deny=HISTORY)]
    assert HISTORY not in permissions_in(READER, by_overwrite)


def test_a_member_of_a_guild_has_what_its_roles_allow_together() -> None:
    guild = models.Guild(
        id=GUILD,
        owner_id="9",
        roles=(
            models.Role(id=GUILD, permissions=str(int(VIEW))),
            models.Role(id=ROLE, permissions=str(int(HISTORY | 1 << 40))),
            models.Role(id=OTHER, permissions=str(int(ADMINISTRATOR))),
        ),
    )
    found = member_of(guild, models.Member(roles=(ROLE,)), BOT, now=NOW)
    assert found == Member(
        BOT, GUILD, owns_guild=False, base=VIEW | HISTORY | 1 << 40, roles=frozenset({ROLE})
    )
    assert member_of(guild, models.Member(), "9", now=NOW).owns_guild


def test_who_is_timed_out_may_only_look() -> None:
    all_of_it = replace(READER, base=VIEW | HISTORY | CONNECT | THREADS)
    for until, is_timed_out in ((NOW + 1, True), (NOW - 1, False)):
        member = models.Member(communication_disabled_until=datetime.fromtimestamp(until, UTC))
        found = member_of(models.Guild(id=GUILD), member, BOT, now=NOW)
        assert found.is_timed_out is is_timed_out
    may = permissions_in(replace(all_of_it, is_timed_out=True), [])
    assert may == VIEW | HISTORY
    owner = replace(all_of_it, is_timed_out=True, owns_guild=True)
    assert permissions_in(owner, []) == EVERYTHING


def test_what_reading_takes() -> None:
    assert missing_to_read(0, VIEW) == HISTORY
    assert missing_to_read(2, VIEW | HISTORY) == CONNECT
    assert missing_to_read(13, NOTHING) == VIEW | HISTORY | CONNECT
    assert missing_to_read(15, VIEW | HISTORY) == NOTHING
    assert missing_to_read(4, NOTHING) == NOTHING
    assert hides_private_threads(0, VIEW | HISTORY)
    assert not hides_private_threads(0, EVERYTHING)
    assert not hides_private_threads(5, VIEW)
    assert titles(VIEW | HISTORY | 1 << 50) == ("View Channel", "Read Message History")


def test_the_invite_asks_for_what_reading_takes_and_for_nothing_else() -> None:
    """The number is the one of Discord's permission calculator."""
    assert int(INVITED_WITH) == 17_180_984_320
    assert invite_link("123") == (
        "https://discord.com/oauth2/authorize?client_id=123&scope=bot&permissions=17180984320"
    )


# --- against a Discord that refuses ---

ACCESSES = (Access.FULL, Access.NO_VIEW, Access.NO_HISTORY, Access.NO_CONNECT)


async def what_is_refused(client: httpx.AsyncClient, channel_id: int) -> str:
    """What asking for its messages ends with; a history that may not be read looks empty."""
    page = await client.get(f"/channels/{channel_id}/messages?limit=1")
    if page.status_code != 200:
        return str(page.json()["code"])
    return "readable" if page.json() else "empty"


@settings(max_examples=examples(25))
@given(st.data())
def test_the_simulator_refuses_what_permissions_deny(data: st.DataObject) -> None:
    """Every channel and thread of a guild, whatever a world says of its bot's access."""
    import trio

    world = World.generate(data.draw(st.integers(1, 40)), channels=8, messages=3)
    for channel in world.channels.values():
        access = data.draw(st.sampled_from(ACCESSES), label=channel.name)
        has_voice = channel.type in (ChannelType.VOICE, ChannelType.STAGE)
        if not channel.type.is_thread and (has_voice or access is not Access.NO_CONNECT):
            world.set_access(channel.channel_id, access)
    world.manage_threads = data.draw(st.booleans(), label="manage threads")
    trio.run(_agrees, world)


async def _agrees(world: World) -> None:
    bot_id = world.bot["id"]
    async with served(world) as (_, client):
        (guild_id,) = world.guilds

        async def told(path: str) -> bytes:
            return (await client.get(path)).content

        guild = msgspec.json.decode(await told(f"/guilds/{guild_id}"), type=models.Guild)
        body = await told(f"/guilds/{guild_id}/members/{bot_id}")
        bot = member_of(guild, msgspec.json.decode(body, type=models.Member), bot_id, now=0.0)
        assert (THREADS in bot.base) is world.manage_threads
        listed = msgspec.json.decode(
            await told(f"/guilds/{guild_id}/channels"), type=list[models.Channel]
        )
        parents = {int(one.id): permissions_in(bot, one.permission_overwrites) for one in listed}
        for channel in world.channels.values():
            place = channel.channel_id
            if channel.type.is_thread:
                assert channel.parent_id is not None
                place = channel.parent_id
            may = parents.get(place, NOTHING)
            assert (VIEW in may) is (place in parents)
            if channel.channel_id not in world.histories:
                continue
            missing = missing_to_read(channel.type, may)
            expected = "readable"
            if missing & (VIEW | CONNECT):
                expected = "50001"
            elif missing:
                expected = "empty"
            assert await what_is_refused(client, channel.channel_id) == expected, channel
