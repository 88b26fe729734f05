"""Lists of channels and threads: what is believed, and that paging neither misses nor circles."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.discord_rest.listings import (
    next_by_id,
    next_by_time,
    read_channels,
    read_guilds,
    read_threads,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def body(value):
    return json.dumps(value).encode()


def thread(thread_id, at=None):
    metadata = {"archived": at is not None, "archive_timestamp": at and at.isoformat()}
    return {"id": str(thread_id), "type": 11, "guild_id": "7", "thread_metadata": metadata}


def threads(*listed, **more):
    return body({"threads": list(listed), "members": [], **more})


def ids(page):
    return [int(one.id) for one in page.channels]


# --- channels ---


def test_null_is_an_empty_list_of_channels():
    assert read_channels(7, b"null").channels == []


def test_a_channel_that_comes_twice_is_listed_once():
    listed = [{"id": "1", "type": 0}, {"id": "2"}, {"id": "1", "type": 0}]
    assert ids(read_channels(7, body(listed))) == [1, 2]


def test_nothing_ever_posted_is_told_from_nothing_said():
    listed = [{"id": "1", "last_message_id": None}, {"id": "2"}]
    said, unsaid = read_channels(7, body(listed)).channels
    assert said.last_message_id is None
    assert unsaid.last_message_id is not None


@pytest.mark.parametrize("field", ["name", "nsfw", "total_message_sent"])
def test_a_field_that_only_describes_is_left_out_and_named(field):
    page = read_channels(7, body([{"id": "1", field: {"a": 1}}, {"id": "2"}]))
    assert ids(page) == [1, 2]
    assert getattr(page.channels[0], field) is None
    assert page.spared == (f"channel 1: {field}",)


def test_a_thread_is_mended_like_a_channel():
    page = read_threads(7, threads(thread(1) | {"message_count": "many"}))
    assert (ids(page), page.spared) == ([1], ("thread 1: message_count",))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"id": "1", "type": "0"}, r"channel 1: .*\$\[1\]\.type"),
        ({"id": 1}, r"the channel that follows 9 \(2 of 2 on the page\): .*\$\[1\]\.id"),
        ({"id": "01"}, "'01' is not an id"),
        ({"id": "1", "last_message_id": "x"}, "channel 1: 'x' is not an id"),
        ({"id": "1", "last_message_id": 5}, r"channel 1: .*last_message_id"),
        ({"id": "1", "guild_id": "8"}, "channel 1 is in guild 8"),
    ],
)
def test_a_list_that_could_hide_a_channel_is_not_believed(wrong, said):
    with pytest.raises(ValueError, match=said):
        read_channels(7, body([{"id": "9"}, wrong]))


@pytest.mark.parametrize("wrong", [b"{}", b'{"threads": null}', b"[]", b"null"])
def test_no_list_of_threads_is_not_an_empty_one(wrong):
    with pytest.raises(ValueError, match=r"threads|object|array"):
        read_threads(7, wrong)


# --- guilds ---


def test_guilds_come_by_id_and_after_the_cursor():
    listed = [{"id": "30"}, {"id": "20", "name": "b"}, {"id": "30"}]
    assert [guild.id for guild in read_guilds(10, body(listed))] == ["20", "30"]
    with pytest.raises(ValueError, match="guild 20 is not after 20"):
        read_guilds(20, body(listed))


# --- pages of archived threads ---


def test_a_page_without_the_word_that_it_is_the_last_is_followed():
    assert read_threads(7, threads(thread(1, START))).has_more
    assert not read_threads(7, threads(thread(1, START), has_more=False)).has_more
    assert not read_threads(7, threads(has_more=True)).has_more


def test_a_cursor_survives_its_way_into_a_query():
    page = read_threads(7, threads(thread(1, START), has_more=True))
    cursor = next_by_time(page, None)
    assert cursor.query == "&before=2026-01-01T00%3A00%3A00.001000%2B00%3A00"


@pytest.mark.parametrize("said", [None, "yesterday", "2026-01-01T00:00:00"])
def test_a_page_that_cannot_be_followed_is_an_error(said):
    one = thread(1) | {"thread_metadata": {"archive_timestamp": said}}
    page = read_threads(7, threads(one, has_more=True))
    with pytest.raises(ValueError, match=r"archived|no time with its zone"):
        next_by_time(page, None)


def archive_pages(archived, follow, key, *, size, ignores_cursor=False):
    """Reads an archive as the client does; fails if that does not end."""
    cursor, found = None, []
    for _ in range(2 * len(archived) + 3):
        before = None if cursor is None or ignores_cursor else cursor.before
        listed = [one for one in archived if before is None or key(one) < _as_key(before)]
        listed.sort(key=key, reverse=True)
        page = read_threads(7, threads(*listed[:size], has_more=len(listed) > size))
        found += ids(page)
        cursor = follow(page, cursor)
        if cursor is None:
            return found
    raise AssertionError("it goes on and on")


def _as_key(before):
    return int(before) if before.isdigit() else datetime.fromisoformat(before)


def by_time(one):
    return datetime.fromisoformat(one["thread_metadata"]["archive_timestamp"])


@given(st.lists(st.integers(0, 2), max_size=15), st.integers(3, 6))
def test_threads_that_were_archived_together_are_all_found(groups, size):
    # As many at once as fit onto a page beside one that leads on.
    times = [
        10 * group for group, more in enumerate(groups) for _ in range(min(more, size - 2) + 1)
    ]
    archived = [thread(i + 1, START + timedelta(milliseconds=ms)) for i, ms in enumerate(times)]
    found = archive_pages(archived, next_by_time, by_time, size=size)
    assert set(found) == set(range(1, len(archived) + 1))


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(2, 6))
def test_paging_by_time_ends_however_many_share_a_time(times, size):
    archived = [thread(i + 1, START + timedelta(milliseconds=ms)) for i, ms in enumerate(times)]
    archive_pages(archived, next_by_time, by_time, size=size)


@given(st.sets(st.integers(1, 50), max_size=30), st.integers(2, 6))
def test_paging_by_id_finds_each_once(numbers, size):
    archived = [thread(number) for number in numbers]
    found = archive_pages(archived, next_by_id, lambda one: int(one["id"]), size=size)
    assert found == sorted(numbers, reverse=True)


@pytest.mark.parametrize(("follow", "key"), [(next_by_time, by_time), (next_by_id, by_time)])
def test_an_archive_that_ignores_the_cursor_is_noticed(follow, key):
    archived = [thread(i, START + timedelta(seconds=i)) for i in range(1, 8)]
    with pytest.raises(ValueError, match=r"repeats|is not before"):
        archive_pages(archived, follow, key, size=3, ignores_cursor=True)
