"""The search of a guild: it finds just the messages that were written like that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsaver.simulator import Access, ChannelType, World
from clipsaver.simulator.writing.kinds.mix import BY_NAME, TEXT_KINDS
from clipsaver.simulator.writing.traits import traits_of
from tests.examples import examples
from tests.simulator.asking import NOW, Asking

HAS: dict[str, Callable[[dict[str, Any]], object]] = {
    "video": lambda m: any(_type(a).startswith("video/") for a in m["attachments"]),
    "image": lambda m: any(_type(a).startswith("image/") for a in m["attachments"]),
    "sound": lambda m: any(_type(a).startswith("audio/") for a in m["attachments"]),
    "file": lambda m: m["attachments"],
    "embed": lambda m: m["embeds"],
    "link": lambda m: "https://" in m["content"],
    "poll": lambda m: "poll" in m,
    "sticker": lambda m: m.get("sticker_items"),
    "snapshot": lambda m: "message_snapshots" in m,
}
"""By hand, what the documentation says, so that nothing of the index is believed."""
EXTENSIONS = ("mp4", "mov", "webm", "mkv", "avi", "txt", "png")
KINDS = sorted(BY_NAME)
COMPONENTS = ("gallery", "nested_container", "file_component", "linked_gallery")


def _type(attachment: dict[str, Any]) -> str:
    return attachment.get("content_type", "").lower()


def a_world(**options: Any) -> World:
    return World.generate(7, **{"now": NOW, "channels": 5, "messages": 40, **options})


def fits(message: dict[str, Any], query: dict[str, Any]) -> bool:
    has = [value for value in query.get("has", ()) if not value.startswith("-")]
    lacks = [value[1:] for value in query.get("has", ()) if value.startswith("-")]
    names = [attachment["filename"].lower() for attachment in message["attachments"]]
    kinds = ["gif" if embed["type"] == "gifv" else embed["type"] for embed in message["embeds"]]
    wanted = tuple(f".{extension}" for extension in query.get("attachment_extension", ()))
    return (
        (not has or any(HAS[value](message) for value in has))
        and not any(HAS[value](message) for value in lacks)
        and (not wanted or any(name.endswith(wanted) for name in names))
        and (not query.get("embed_type") or any(kind in query["embed_type"] for kind in kinds))
        and (not query.get("author_id") or message["author"]["id"] in query["author_id"])
    )


def subsets(values: list[str] | tuple[str, ...], size: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=size, unique=True)


def changed(world: World, data: st.DataObject) -> None:
    """Some of all that can happen to a world."""
    channels = [channel.channel_id for channel in world.readable_channels()]
    for _ in range(data.draw(st.integers(0, 4), label="changes")):
        channel_id = data.draw(st.sampled_from(channels))
        history = world.histories[channel_id]
        places = list(history.places())
        match data.draw(st.sampled_from(("post", "edit", "delete", "thread"))):
            case "post":
                world.post(channel_id, data.draw(st.sampled_from(KINDS)), now=NOW)
            case "edit" if places:
                message_id = history.id_at(data.draw(st.sampled_from(places)))
                world.edit(channel_id, message_id, data.draw(st.sampled_from(KINDS)), now=NOW)
            case "delete" if places:
                world.delete(channel_id, history.id_at(places[-1]), now=NOW)
            case "thread" if world.channels[channel_id].type is ChannelType.TEXT:
                world.start_thread(channel_id, now=NOW)


@settings(max_examples=examples(40), deadline=None)
@given(data=st.data(), seed=st.integers(1, 5))
def test_the_hits_are_the_messages_that_were_written_so(data: st.DataObject, seed: int) -> None:
    world = World.generate(seed, now=NOW, channels=4, messages=12, thread_messages=3)
    asking = Asking(world)
    if data.draw(st.booleans(), label="built before"):
        asking.search()
        asking.search(has="video")
    changed(world, data)
    authors = sorted({message["author"]["id"] for message in asking.written()})
    query = {
        "has": data.draw(subsets([*HAS, *(f"-{value}" for value in HAS)])),
        "attachment_extension": data.draw(subsets(EXTENSIONS, 3)),
        "embed_type": data.draw(subsets(("image", "video", "gif", "sound", "article"))),
        "author_id": data.draw(subsets(authors, 5)),
    }
    expected = [int(m["id"]) for m in asking.written() if fits(m, query)]
    assert asking.found_ids(include_nsfw="true", **query) == expected
    oldest_first = asking.found_ids(include_nsfw="true", sort_order="asc", **query)
    assert oldest_first == expected[::-1]


@pytest.mark.parametrize("built_before", [True, False])
@pytest.mark.parametrize("query", [{"has": "video"}, {"has": "link"}])
def test_what_happens_at_run_time_is_found_at_once(
    query: dict[str, str], *, built_before: bool
) -> None:
    world = a_world()
    asking = Asking(world)
    channel_id = world.readable_channels()[0].channel_id
    if built_before:
        asking.search(**query)
    posted = world.post(channel_id, content="https://example.com/", now=NOW)
    history = world.histories[channel_id]
    edited = next(
        history.id_at(place)
        for place in history.places()
        if history.scribe.kind_at(place).name in TEXT_KINDS
    )
    world.edit(channel_id, edited, "plain_clip", content="https://example.com/", now=NOW)
    assert {posted, edited} <= set(asking.found_ids(channel_id=channel_id, **query))
    world.delete(channel_id, posted, now=NOW)
    world.edit(channel_id, edited, "nothing", now=NOW)
    assert not {posted, edited} & set(asking.found_ids(channel_id=channel_id, **query))


@settings(max_examples=examples(30), deadline=None)
@given(above=st.integers(0, 250), below=st.integers(0, 250), limit=st.integers(1, 25))
def test_windows_are_between_the_ids(above: int, below: int, limit: int) -> None:
    asking = Asking(SMALL)
    everything = [int(message["id"]) for message in asking.written()][::-1]
    above, below = min(above, len(everything) - 1), min(below, len(everything) - 1)
    query = {"min_id": everything[above], "max_id": everything[below], "include_nsfw": "true"}
    expected = everything[above + 1 : below][::-1]
    assert asking.found_ids(limit=limit, **query) == expected
    status, page = asking.search(limit=limit, **query)
    assert (status, page["total_results"]) == (200, len(expected))


SMALL = a_world()


@pytest.mark.parametrize("kind", sorted(TEXT_KINDS))
def test_kinds_of_text_are_nothing_else(kind: str) -> None:
    world = a_world(channels=1)
    channel_id = world.readable_channels()[0].channel_id
    for second in range(40):
        message_id = world.post(channel_id, kind, now=NOW + second)
        traits = traits_of(world.message(channel_id, message_id) or {})
        assert traits.has <= {"link"}
        assert not traits.embed_types | traits.extensions


@pytest.mark.parametrize("kind", COMPONENTS)
def test_videos_in_components_are_left_to_history(kind: str) -> None:
    world = a_world()
    channel_id = world.readable_channels()[0].channel_id
    message_id = world.post(channel_id, kind, now=NOW)
    assert message_id in {planted.message_id for planted in world.planted(channel_id)}
    asking = Asking(world)
    assert message_id in asking.found_ids(channel_id=channel_id)
    for query in ({"has": "video"}, {"has": "snapshot"}, {"attachment_extension": EXTENSIONS}):
        assert message_id not in asking.found_ids(channel_id=channel_id, **query)


def test_a_hit_is_a_message_without_reactions_and_with_fresh_links() -> None:
    world = a_world()
    asking = Asking(world)
    hits = asking.found(now=NOW + 5, include_nsfw="true")
    written = {message["id"]: message for message in asking.written(now=NOW + 5)}
    assert any("reactions" in message for message in written.values())
    for hit in hits:
        message = written[hit["id"]]
        message.pop("reactions", None)
        assert hit == message | {"hit": True}


def test_threads_of_the_hits_come_along() -> None:
    world = a_world()
    asking = Asking(world)
    threads = [one for one in world.readable_channels() if one.type.is_thread]
    wanted = [thread.channel_id for thread in threads]
    _, page = asking.search(channel_id=wanted, include_nsfw="true")
    inside = {message["channel_id"] for (message,) in page["messages"]}
    assert inside == {thread["id"] for thread in page["threads"]}
    assert all(thread["parent_id"] for thread in page["threads"])
    joined = {str(thread.channel_id) for thread in threads if thread.joined}
    assert {member["id"] for member in page["members"]} == inside & joined
    _, page = asking.search(channel_id=world.readable_channels()[0].channel_id)
    assert (page["threads"], page["members"]) == ([], [])


def test_only_what_may_be_read_is_found() -> None:
    world = a_world()
    asking = Asking(world)
    text, voice = (
        next(c for c in world.readable_channels() if c.type is kind)
        for kind in (ChannelType.TEXT, ChannelType.VOICE)
    )

    def places() -> set[int]:
        return {int(message["channel_id"]) for message in asking.found(include_nsfw="true")}

    assert places() == {channel.channel_id for channel in world.readable_channels()}
    for channel, access in (
        (text, Access.NO_VIEW),
        (text, Access.NO_HISTORY),
        (text, Access.DELETED),
        (voice, Access.NO_CONNECT),
    ):
        world.set_access(channel.channel_id, access)
        threads = {c.channel_id for c in world.channels.values() if c.parent_id == text.channel_id}
        assert channel.channel_id not in places()
        assert channel is voice or not places() & threads
        world.set_access(channel.channel_id, Access.FULL)
    world.manage_threads = False
    private = {c for c in world.channels.values() if c.type is ChannelType.PRIVATE_THREAD}
    assert places() & {c.channel_id for c in private} == {c.channel_id for c in private if c.joined}


def test_age_restricted_channels_and_their_threads_are_left_out_unless_asked_for() -> None:
    world = a_world()
    restricted = world.open_channel(next(iter(world.guilds)), nsfw=True, now=NOW)
    thread = world.start_thread(restricted, now=NOW)
    asking = Asking(world)
    hidden = {restricted, thread} | {c.channel_id for c in world.channels.values() if c.nsfw}
    world.post(restricted, now=NOW)
    for include, expected in (("false", set()), ("true", hidden)):
        found = asking.found(include_nsfw=include)
        assert {int(message["channel_id"]) for message in found} & hidden == expected
    assert len(asking.found()) == len(asking.found(include_nsfw="false"))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 26}, "limit"),
        ({"offset": -1}, "offset"),
        ({"offset": 9976}, "offset"),
        ({"max_id": "x"}, "max_id"),
        ({"min_id": -1}, "min_id"),
        ({"has": "clip"}, "has"),
        ({"has": ["video", "--video"]}, "has"),
        ({"embed_type": "gifv"}, "embed_type"),
        ({"channel_id": list(range(501))}, "channel_id"),
        ({"channel_id": "general"}, "channel_id"),
        ({"author_id": list(range(101))}, "author_id"),
        ({"attachment_extension": ["a"] * 101}, "attachment_extension"),
        ({"sort_by": "size"}, "sort_by"),
        ({"sort_order": "up"}, "sort_order"),
        ({"include_nsfw": "perhaps"}, "include_nsfw"),
        ({"content": "clip"}, "content"),
    ],
)
def test_bad_parameters_are_told(query: dict[str, Any], field: str) -> None:
    status, body = Asking(SMALL).search(**query)
    assert (status, body["code"]) == (400, 50035)
    assert list(body["errors"]) == [field]


def test_the_farthest_page_is_empty_and_told_so() -> None:
    asking = Asking(SMALL)
    _, first = asking.search(has="video")
    status, last = asking.search(has="video", offset=9975)
    assert (status, last["messages"]) == (200, [])
    assert last["total_results"] == first["total_results"] > 0
    assert last["documents_indexed"] == len(asking.written())
    assert last["doing_deep_historical_index"] is False


def test_relevance_has_an_order_of_its_own() -> None:
    asking = Asking(SMALL)
    by_time = asking.found_ids(has="video")
    assert asking.found_ids(has="video", sort_by="relevance", sort_order="asc") == by_time


def test_unknown_guilds_have_no_search() -> None:
    assert Asking(SMALL).get("/guilds/1/messages/search")[1]["code"] == 10004


def test_an_index_is_small_and_holds_no_text() -> None:
    world = World.generate(2, now=NOW, channels=1, messages=20_000, clip_share=0.01, simple=True)
    index = world.searched(next(iter(world.guilds))).prepared()
    assert 100 < len(index) < 300
    assert index.size_bytes == 16 * len(index)
