"""Reading a channel in windows, while it changes."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from clipsaver.simulator import World
from clipsaver.simulator.world.history import History
from tests.examples import examples

NOW = 1_790_000_000.0


def a_channel(length: int, **options: object) -> tuple[World, int, History]:
    world = World.generate(3, now=NOW, channels=1, messages=length, simple=True, **options)  # type: ignore[arg-type]
    channel_id, history = next(iter(world.histories.items()))
    return world, channel_id, history


def ids(history: History, places: Iterable[int]) -> list[int]:
    return [history.id_at(place) for place in places]


def read_backward(history: History, limit: int) -> list[int]:
    read: list[int] = []
    page = ids(history, history.before(None, limit))
    while page:
        assert page == sorted(page, reverse=True)
        read += page
        page = ids(history, history.before(page[-1], limit))
    return read[::-1]


def read_forward(history: History, limit: int) -> list[int]:
    read: list[int] = []
    page = ids(history, history.after(0, limit))
    while page:
        assert page == sorted(page, reverse=True)
        read += page[::-1]
        page = ids(history, history.after(page[0], limit))
    return read


@settings(max_examples=examples(40))
@given(
    length=st.integers(0, 120),
    limit=st.integers(1, 100),
    posted=st.integers(0, 5),
    deleted=st.sets(st.integers(0, 124), max_size=40),
)
def test_both_ways_read_every_message_exactly_once(
    length: int, limit: int, posted: int, deleted: set[int]
) -> None:
    world, channel_id, history = a_channel(length)
    for number in range(posted):
        world.post(channel_id, now=NOW + number)
    everything = ids(history, history.places())
    assert len(everything) == length + posted
    for place in deleted:
        if place < len(everything):
            world.delete(channel_id, everything[place])
    left = [message for place, message in enumerate(everything) if place not in deleted]
    assert read_backward(history, limit) == left
    assert read_forward(history, limit) == left
    assert ids(history, history.places()) == left
    assert len(history) == len(left)


@given(st.integers(0, 2**63), st.integers(1, 100))
@settings(max_examples=examples(60))
def test_around_is_a_window_without_gaps(cursor: int, limit: int) -> None:
    history = a_channel(150)[2]
    window = ids(history, history.around(cursor, limit))
    everything = ids(history, history.places())[::-1]
    assert len(window) <= limit
    if window:
        start = everything.index(window[0])
        assert everything[start : start + len(window)] == window


def test_around_a_message_holds_it_in_the_middle() -> None:
    history = a_channel(50)[2]
    everything = ids(history, history.places())
    window = ids(history, history.around(everything[20], 10))
    assert window == everything[15:25][::-1]


def test_a_million_messages_cost_no_memory_until_they_are_read() -> None:
    world, channel_id, history = a_channel(1_000_000)
    newest, *_, oldest = ids(history, history.before(None, 100))
    assert len(history) == 1_000_000
    assert history.place_of(newest) == 999_999
    assert history.place_of(oldest) == 999_900
    message = world.message(channel_id, newest)
    assert message is not None
    assert message["id"] == str(newest)


def test_posts_at_one_moment_get_ids_that_grow() -> None:
    world, channel_id, history = a_channel(1)
    first = world.post(channel_id, now=NOW)
    second = world.post(channel_id, "talk", now=NOW, content="and another")
    assert first < second == history.last_message_id
    assert [planted.message_id for planted in world.planted(channel_id)][-1] == first


def test_an_edit_changes_the_message_and_the_truth() -> None:
    world, channel_id, history = a_channel(1)
    message_id = world.post(channel_id, now=NOW)
    before = history.revision
    world.edit(channel_id, message_id, "talk", content="file taken off", now=NOW + 60)
    message = world.message(channel_id, message_id)
    assert message is not None
    assert (message["content"], message["attachments"]) == ("file taken off", [])
    assert message["edited_timestamp"] is not None
    assert message_id not in {planted.message_id for planted in world.planted(channel_id)}
    assert history.revision > before


def test_a_deleted_message_is_the_last_one_all_the_same() -> None:
    world, channel_id, history = a_channel(3)
    newest = history.id_at(2)
    world.delete(channel_id, newest)
    assert history.place_of(newest) is None
    assert world.message(channel_id, newest) is None
    assert history.last_message_id == newest
