"""What is in a world, and the truth about it."""

from __future__ import annotations

from collections import Counter

import pytest

from clipsaver.simulator import Access, ChannelType, World
from clipsaver.simulator.writing.kinds.mix import BY_NAME, CLIP_KINDS, OTHER_KINDS

NOW = 1_790_000_000.0
MANY = World.generate(5, now=NOW, channels=3, messages=2500)


def of_kind(kind: str) -> tuple[World, int, int]:
    """A world with one posted message of a kind."""
    world = World.generate(5, now=NOW, channels=1, messages=30)
    channel_id = world.readable_channels()[0].channel_id
    return world, channel_id, world.post(channel_id, kind, now=NOW)


def test_the_same_seed_gives_the_same_world() -> None:
    def told(seed: int) -> list[object]:
        world = World.generate(seed, now=NOW, channels=2, messages=50)
        links = world.links(NOW)
        return [
            history.read(place, links)
            for history in world.histories.values()
            for place in history.places()
        ]

    assert told(1) == told(1)
    assert told(1) != told(2)


def test_every_kind_of_message_is_posted() -> None:
    planted = [p for c in MANY.readable_channels() for p in MANY.planted(c.channel_id)]
    assert {p.kind for p in planted if p.by_default} == {kind.name for kind in CLIP_KINDS}
    assert {p.kind for p in planted if not p.by_default} == {"linked_file", "pasted_cdn_link"}
    assert {p.source for p in planted} == {"attachment", "forward", "component", "embed"}
    assert max(Counter(p.clip_id for p in planted).values()) == 1


def test_about_the_wished_share_of_messages_holds_clips() -> None:
    channel_id = next(c.channel_id for c in MANY.readable_channels())
    holders = {p.message_id for p in MANY.planted(channel_id) if p.by_default}
    assert 0.17 < len(holders) / len(MANY.histories[channel_id]) < 0.23


@pytest.mark.parametrize("kind", [kind.name for kind in CLIP_KINDS])
def test_kinds_with_clips_plant_some(kind: str) -> None:
    world, channel_id, message_id = of_kind(kind)
    planted = [p for p in world.planted(channel_id) if p.message_id == message_id]
    assert planted
    assert all(p.kind == kind and p.content_type.startswith("video/") for p in planted)
    assert all(p.by_default for p in planted)


@pytest.mark.parametrize("kind", [kind.name for kind in OTHER_KINDS])
def test_other_kinds_plant_none_by_default(kind: str) -> None:
    world, channel_id, message_id = of_kind(kind)
    planted = [p for p in world.planted(channel_id) if p.message_id == message_id]
    assert not any(p.by_default for p in planted)


@pytest.mark.parametrize(
    ("kind", "clips"),
    [
        ("two_of_one_name", ["clip.mp4", "clip.mp4"]),
        ("clip_among_others", ["run.mp4"]),
        ("gallery", ["left.mov", "right.mp4"]),
        ("nested_container", ["shown.webm", "saved.mkv"]),
        ("linked_file", ["match.mp4"]),
        ("picture_named_mp4", []),
        ("animated_picture", []),
        ("player_page", []),
    ],
)
def test_what_some_kinds_plant(kind: str, clips: list[str]) -> None:
    world, channel_id, message_id = of_kind(kind)
    planted = [p for p in world.planted(channel_id) if p.message_id == message_id]
    assert [p.filename for p in planted] == clips


def test_a_reply_quotes_a_clip_that_is_not_its_own() -> None:
    world, channel_id, message_id = of_kind("reply")
    message = world.message(channel_id, message_id)
    assert message is not None
    quoted = message["referenced_message"]
    assert int(quoted["id"]) in {p.message_id for p in world.planted(channel_id)}
    assert message_id not in {p.message_id for p in world.planted(channel_id)}


def test_threads_begin_as_discords_do() -> None:
    for thread in MANY.channels.values():
        if not thread.type.is_thread:
            continue
        assert thread.parent_id is not None
        history = MANY.histories[thread.channel_id]
        first_id = history.id_at(0)
        first = MANY.message(thread.channel_id, first_id)
        assert first is not None
        if first["type"] == 21:
            assert first["referenced_message"]["id"] == str(thread.channel_id)
            assert first_id > thread.channel_id
            assert MANY.message(thread.parent_id, thread.channel_id) is not None
        else:
            assert first_id == thread.channel_id


def test_there_is_every_type_of_channel() -> None:
    world = World.generate(1, now=NOW, messages=20)
    assert {channel.type for channel in world.channels.values()} == set(ChannelType)
    parents = [channel for channel in world.channels.values() if not channel.type.holds_messages]
    assert not any(channel.channel_id in world.histories for channel in parents)


def test_simple_worlds_hold_text_channels_with_talk_and_plain_clips() -> None:
    world = World.generate(1, now=NOW, channels=2, messages=[10, 300], simple=True, clip_share=0.5)
    assert {channel.type for channel in world.channels.values()} == {ChannelType.TEXT}
    assert [len(history) for history in world.histories.values()] == [10, 300]
    kinds = {p.kind for channel_id in world.histories for p in world.planted(channel_id)}
    assert kinds == {"plain_clip"}


def test_message_counts_must_fit_the_channels() -> None:
    with pytest.raises(ValueError, match="2 message counts were given for 3 channels"):
        World.generate(1, channels=3, messages=[1, 2])


def test_generated_messages_are_older_than_ten_seconds() -> None:
    limit = (int(NOW * 1000) - 10_000 - 1_420_070_400_000) << 22
    assert all((h.last_message_id or 0) < limit for h in MANY.histories.values())


def test_a_thread_can_do_no_more_than_its_parent() -> None:
    world = World.generate(1, now=NOW, messages=20)
    thread = next(c for c in world.channels.values() if c.type is ChannelType.PUBLIC_THREAD)
    assert thread.parent_id is not None
    world.set_access(thread.parent_id, Access.NO_VIEW)
    assert world.access(thread) is Access.NO_VIEW
    assert thread not in world.readable_channels()
    assert thread.channel_id in {c.channel_id for c in world.channels.values()}


def test_kinds_are_known_by_their_names() -> None:
    assert set(BY_NAME) == {kind.name for kind in (*CLIP_KINDS, *OTHER_KINDS)} | {"thread_starter"}
