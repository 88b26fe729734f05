"""What a guild holds: which channels count, which archives, and who may read what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.discord_rest import models
from clipsaver.discord_rest.listings import Archive
from clipsaver.discord_rest.permissions import INVITED_WITH, Member, Permission
from clipsaver.scanning.guild_map import GuildMap, by_reason

GUILD, BOT = 7, "1"
BASE = INVITED_WITH
PUBLIC, PRIVATE, JOINED = Archive.PUBLIC, Archive.PRIVATE, Archive.JOINED


def a_map(base: Permission = BASE) -> GuildMap:
    return GuildMap(GUILD, Member(BOT, str(GUILD), False, base, frozenset()))


def channel(channel_id: int, type_: int = 0, deny: int = 0, **fields: object) -> models.Channel:
    overwrites = (models.Overwrite(id=BOT, deny=str(deny)),)
    named = {"name": f"c{channel_id}", "permission_overwrites": overwrites, "last_message_id": "5"}
    return models.Channel(id=str(channel_id), type=type_, **{**named, **fields})


def thread(thread_id: int, parent: int, type_: int = 11, **fields: object) -> models.Channel:
    return channel(thread_id, type_, parent_id=str(parent), permission_overwrites=(), **fields)


def ids(found: list) -> list[int]:
    return [one.channel.channel_id for one in found]


@pytest.mark.parametrize(
    ("type_", "holds_messages", "archives"),
    [
        (0, True, (PUBLIC, PRIVATE)),
        (2, True, None),
        (4, False, None),
        (5, True, (PUBLIC,)),
        (10, True, None),
        (11, True, None),
        (12, True, None),
        (13, True, None),
        (14, False, None),
        (15, False, (PUBLIC,)),
        (16, False, (PUBLIC,)),
    ],
)
def test_each_type_of_channel(type_: int, holds_messages: bool, archives: object) -> None:
    guild = a_map()
    fresh = guild.take([channel(1, type_)])
    assert ids(fresh.readable) == [1] * holds_messages
    assert guild.places == holds_messages
    assert [one.channel_id for one in fresh.channels] == [1]
    assert [parent.archives for parent in guild.parents] == ([archives] if archives else [])
    assert guild.unreadable == []


def test_a_type_that_is_not_known_is_told_and_not_tried() -> None:
    guild = a_map()
    assert guild.take([channel(1, 99)]).readable == []
    assert str(*guild.unreadable).startswith("#c1 (a kind of channel, 99,")


@pytest.mark.parametrize(
    ("type_", "denied", "why"),
    [
        (0, Permission.VIEW_CHANNEL, "no View Channel and no Read Message History"),
        (0, Permission.READ_MESSAGE_HISTORY, "no Read Message History"),
        (2, Permission.CONNECT, "no Connect"),
        (13, Permission.CONNECT, "no Connect"),
        (15, Permission.READ_MESSAGE_HISTORY, "no Read Message History"),
    ],
)
def test_what_may_not_be_read_is_told_with_the_reason(
    type_: int, denied: Permission, why: str
) -> None:
    guild = a_map()
    fresh = guild.take([channel(1, type_, deny=denied)])
    assert fresh.readable == []
    assert (*fresh.without_view, *fresh.without_history) == (1,)
    assert bool(fresh.without_history) == (denied == Permission.READ_MESSAGE_HISTORY)
    assert [str(one) for one in guild.unreadable] == [f"#c1 ({why})"]
    assert guild.parents == []
    assert (guild.closed, guild.may_read(1)) == (1, False)


def test_a_thread_may_be_read_like_its_channel() -> None:
    guild = a_map()
    closed = channel(1, deny=Permission.READ_MESSAGE_HISTORY)
    guild.take([closed, channel(2, deny=Permission.CONNECT)])
    fresh = guild.take([thread(11, 1), thread(12, 2), thread(13, 404)])
    assert ids(fresh.readable) == [12, 13]
    assert fresh.without_history == [11]
    assert guild.closed == 2


def test_without_manage_threads_only_joined_private_threads_are_listed() -> None:
    guild = a_map(BASE & ~Permission.MANAGE_THREADS)
    guild.take([channel(1), channel(2, 5), channel(3, 15)])
    assert [one.archives for one in guild.parents] == [(PUBLIC, JOINED), (PUBLIC,), (PUBLIC,)]
    assert [str(one) for one in guild.unreadable] == [
        "#c1, its archived private threads (no Manage Threads)"
    ]
    assert guild.closed == 0  # the channel itself may be read


def test_the_latest_posted_in_comes_first() -> None:
    found = a_map().take(
        [channel(1, last_message_id="7"), channel(2, last_message_id=None), channel(3)]
    )
    assert ids(found.readable) == [1, 3, 2]
    assert [one.is_empty for one in found.readable] == [False, False, True]


def test_nothing_ever_posted_has_to_be_said() -> None:
    silent = models.Channel(id="1")
    assert not a_map().take([silent]).readable[0].is_empty


def test_how_much_a_thread_holds_is_told() -> None:
    found = a_map().take([thread(1, 9, message_count=50, total_message_sent=80), channel(2)])
    assert {one.channel.channel_id: one.messages for one in found.readable} == {1: 80, 2: None}


def test_reasons_are_grouped() -> None:
    guild = a_map(BASE & ~Permission.MANAGE_THREADS)
    guild.take([channel(1), channel(2), channel(3, 2, deny=Permission.CONNECT)])
    assert {why: len(places) for (_, why), places in by_reason(guild.unreadable).items()} == {
        "no Manage Threads": 2,
        "no Connect": 1,
    }


@given(st.lists(st.lists(st.integers(1, 20), max_size=10), max_size=6))
def test_however_often_one_is_listed_it_is_found_once(lists: list[list[int]]) -> None:
    guild = a_map()
    found = [
        one for listed in lists for one in ids(guild.take([thread(i, 99) for i in listed]).readable)
    ]
    everything = {one for listed in lists for one in listed}
    assert sorted(found) == sorted(everything)
    assert guild.places == len(everything)
