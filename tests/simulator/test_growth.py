"""Channels, threads and posts that come while a world is served."""

from __future__ import annotations

import pytest

from clipsaver.simulator import ChannelType, World
from clipsaver.simulator.timeline import unix_ms
from tests.simulator.asking import NOW, Asking


@pytest.fixture
def asking() -> Asking:
    return Asking(World.generate(3, now=NOW, channels=3, messages=20, thread_messages=4))


def of_type(asking: Asking, kind: ChannelType) -> int:
    return next(c.channel_id for c in asking.world.channels.values() if c.type is kind)


def listed(asking: Asking, path: str) -> set[int]:
    _, body = asking.get(f"/guilds/{asking.guild_id}/{path}")
    return {int(one["id"]) for one in (body if isinstance(body, list) else body["threads"])}


def messages(asking: Asking, channel_id: int) -> list[dict]:
    return asking.get(f"/channels/{channel_id}/messages")[1]


@pytest.mark.parametrize("kind", [k for k in ChannelType if not k.is_thread])
def test_a_new_channel_is_listed_and_empty(asking: Asking, kind: ChannelType) -> None:
    made = asking.world.open_channel(asking.guild_id, "later", kind=kind, now=NOW)
    assert unix_ms(made) == NOW * 1000
    assert made in listed(asking, "channels")
    _, channel = asking.get(f"/channels/{made}")
    assert (channel["name"], channel["type"]) == ("later", kind)
    if not kind.holds_messages:
        return
    assert channel["last_message_id"] is None
    assert messages(asking, made) == []
    posted = asking.world.post(made, now=NOW + 60)
    assert [message["id"] for message in messages(asking, made)] == [str(posted)]
    assert posted in asking.found_ids(channel_id=made, has="video")


def test_a_thread_is_started_in_a_channel_and_opened_nowhere(asking: Asking) -> None:
    with pytest.raises(ValueError, match="started in a channel"):
        asking.world.open_channel(asking.guild_id, kind=ChannelType.PUBLIC_THREAD)


@pytest.mark.parametrize("kind", [ChannelType.FORUM, ChannelType.MEDIA])
def test_a_post_in_a_forum_begins_with_a_message_of_its_id(
    asking: Asking, kind: ChannelType
) -> None:
    asking.search(has="video")
    forum = of_type(asking, kind)
    made = asking.world.start_thread(forum, "look", now=NOW)
    assert unix_ms(made) == NOW * 1000
    assert made in listed(asking, "threads/active")
    assert asking.get(f"/channels/{forum}")[1]["last_message_id"] == str(made)
    assert [message["id"] for message in messages(asking, made)] == [str(made)]
    assert [planted.message_id for planted in asking.world.planted(made, now=NOW)] == [made]
    assert asking.found_ids(channel_id=made, has="video") == [made]


@pytest.mark.parametrize("how", ["generated", "posted", "edited"])
def test_a_thread_grows_from_any_message_and_quotes_it(asking: Asking, how: str) -> None:
    parent = of_type(asking, ChannelType.TEXT)
    history = asking.world.histories[parent]
    source = history.id_at(3) if how == "generated" else asking.world.post(parent, now=NOW)
    if how == "edited":
        asking.world.edit(parent, source, "gallery", now=NOW + 1)
    made = asking.world.start_thread(parent, from_message=source, now=NOW + 60)
    assert made == source
    (first,) = messages(asking, made)
    assert first["type"] == 21
    assert unix_ms(int(first["id"])) == (NOW + 60) * 1000
    original = asking.get(f"/channels/{parent}/messages/{source}")[1]
    assert first["referenced_message"] == original
    assert asking.world.planted(made) == []
    with pytest.raises(ValueError, match="already"):
        asking.world.start_thread(parent, from_message=source, now=NOW + 61)


def test_threads_that_cannot_be(asking: Asking) -> None:
    forum, voice = (
        of_type(asking, ChannelType.FORUM),
        asking.world.open_channel(asking.guild_id, kind=ChannelType.VOICE, now=NOW),
    )
    with pytest.raises(ValueError, match="VOICE and has no public threads"):
        asking.world.start_thread(voice)
    with pytest.raises(ValueError, match="FORUM and has no private threads"):
        asking.world.start_thread(forum, private=True)
    with pytest.raises(KeyError):
        asking.world.start_thread(of_type(asking, ChannelType.TEXT), from_message=1)


def test_a_post_brings_a_thread_out_of_the_archive(asking: Asking) -> None:
    made = asking.world.start_thread(of_type(asking, ChannelType.TEXT), now=NOW)
    asking.world.archive(made, archived=True, now=NOW + 60)
    assert made not in listed(asking, "threads/active")
    asking.world.post(made, now=NOW + 120)
    assert made in listed(asking, "threads/active")
    assert len(messages(asking, made)) == 2


def test_posts_at_one_moment_in_many_channels_have_ids_of_their_own(asking: Asking) -> None:
    channels = [channel.channel_id for channel in asking.world.readable_channels()]
    posted = [asking.world.post(channel_id, now=NOW) for channel_id in channels * 3]
    assert len(set(posted)) == len(posted)
    assert {unix_ms(message_id) for message_id in posted} == {NOW * 1000}


def test_a_preview_comes_late_and_is_no_edit(asking: Asking) -> None:
    channel_id = of_type(asking, ChannelType.TEXT)
    posted = asking.world.post(channel_id, "talk", content="https://example.com/a.mp4", now=NOW)
    asking.search(embed_type="video")
    assert messages(asking, channel_id)[0]["embeds"] == []
    asking.world.unfurl(channel_id, posted, now=NOW + 5)
    message = messages(asking, channel_id)[0]
    assert [embed["type"] for embed in message["embeds"]] == ["video"]
    assert message["edited_timestamp"] is None
    assert posted in asking.found_ids(channel_id=channel_id, embed_type="video")
