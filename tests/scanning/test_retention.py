"""What is too old to be kept: neither read nor stored by anything, and read once it may be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver import snowflake
from clipsaver.ranges import RangeSet
from clipsaver.records import RunProgress
from clipsaver.scanning.extract import Found
from clipsaver.scanning.guild_plan import News, has_history, news_of
from clipsaver.scanning.retention import KEEP_ALL, MARGIN_S, Retention
from clipsaver.scanning.scan import ScanEnd
from tests.database.making import a_clip, a_message, an_author
from tests.scanning.chat import CHANNEL, MESSAGES, NOW, Chat, clip_ids, id_of
from tests.scanning.desk import Desk
from tests.scanning.test_guild_plan import up_to

DAY_S = 86_400.0
ONE_DAY = Retention(clip_days=1)
ALL = range(1, MESSAGES + 1)


def found(*pairs: tuple[int, int]) -> Found:
    """Messages with their authors, a clip in each."""
    return Found(
        tuple(a_clip(one, author_id=author) for one, author in pairs),
        tuple(a_message(one, author_id=author) for one, author in pairs),
        tuple(an_author(author) for author in {author for _, author in pairs}),
    )


def kept(retention: Retention, now: float, *pairs: tuple[int, int]) -> dict[int, bool]:
    """Each message that is kept, and whether with its text."""
    left = retention.what_is_kept(found(*pairs), now)
    assert {clip.message_id for clip in left.clips} == {one.message_id for one in left.messages}
    assert {one.author_id for one in left.authors} == {one.author_id for one in left.messages}
    return {one.message_id: one.content is not None for one in left.messages}


def test_the_age_is_exact_to_the_millisecond() -> None:
    retention = Retention(clip_days=2, content_days=1)
    ages = {"clip": 2 * DAY_S, "text": DAY_S}
    at = {name: snowflake.from_unix(NOW - age) for name, age in ages.items()}
    messages = [(at["clip"] - 1, 1), (at["clip"], 2), (at["text"] - 1, 3), (at["text"], 3)]
    assert kept(retention, NOW, *messages) == {
        at["clip"]: False,
        at["text"] - 1: False,
        at["text"]: True,
    }
    assert retention.kept_ids(NOW) == RangeSet.of(at["clip"], None)
    assert retention.worth_reading(NOW) == RangeSet.of(
        snowflake.from_unix(NOW - 2 * DAY_S + MARGIN_S), None
    )


def test_without_a_limit_all_is_kept_as_it_was_found() -> None:
    everything = found((1, 1), (snowflake.from_unix(NOW), 2))
    assert KEEP_ALL.what_is_kept(everything, NOW) is everything
    assert KEEP_ALL.kept_ids(NOW) == KEEP_ALL.worth_reading(NOW) == RangeSet.of(0, None)
    assert (KEEP_ALL.search_after(None, NOW), KEEP_ALL.search_after(7, NOW)) == (None, 7)


moments = st.floats(NOW, NOW + 400 * DAY_S)


@given(
    days=st.integers(1, 400),
    began=moments,
    took_s=st.floats(0, 30 * DAY_S),
    removed_s=st.floats(0, 30 * DAY_S),
    late_s=st.floats(0, MARGIN_S - 1),
)
def test_what_was_read_once_is_no_news_however_the_limit_moves(
    days: int, began: float, took_s: float, removed_s: float, late_s: float
) -> None:
    """A job reads all that is worth it; some time later what is too old is taken off the coverage,
    by a clock that may be ahead of that of who looks for news."""
    retention = Retention(clip_days=days)
    committed = began + took_s
    covered = retention.worth_reading(began) & retention.kept_ids(committed)
    removed = committed + removed_s
    covered = covered & retention.kept_ids(removed)
    looked = removed - late_s
    if looked >= began:
        newest = snowflake.from_unix(looked)
        channel = up_to(newest)
        assert news_of(channel, covered, (), kept=retention.worth_reading(looked)) == (
            News.READ,
            None,
        )


def test_a_channel_that_fell_silent_is_no_news_and_has_no_history() -> None:
    newest = snowflake.from_unix(NOW - DAY_S)
    worth = ONE_DAY.worth_reading(NOW)
    assert news_of(up_to(newest), RangeSet(), (), kept=worth) == (News.READ, None)
    read = RangeSet.of(snowflake.from_unix(NOW - DAY_S), None)
    assert not has_history(up_to(snowflake.from_unix(NOW)), read, kept=worth)
    assert has_history(up_to(snowflake.from_unix(NOW)), read), "else all before it is unread"


def a_day_after(number: int) -> float:
    """When this message is the oldest that is kept by ONE_DAY; that worth reading is 60 later."""
    return snowflake.to_unix(id_of(number)) + DAY_S - 1


async def test_history_is_read_as_far_as_it_is_kept_and_the_rest_when_that_changes(
    desk: Desk, chat: Chat
) -> None:
    desk.retention, desk.now = ONE_DAY, a_day_after(100)
    assert await desk.scan() is ScanEnd.FINISHED
    assert await desk.clips() == clip_ids(*range(160, 251))
    assert [page.get("before") for page in chat.pages] == [None]
    assert await desk.covers(id_of(159), id_of(160), id_of(250)) == [False, True, True]

    desk.retention = KEEP_ALL
    chat.asked.clear()
    await desk.scan("later")
    assert await desk.clips() == clip_ids(*ALL)
    assert [page.get("before") for page in chat.pages] == [None, id_of(151), id_of(51)]
    assert await desk.covers(id_of(1)) == [True]


@pytest.mark.parametrize("fields", [{"known": "reread"}, {"direction": "forward"}])
async def test_no_way_to_read_goes_beyond(desk: Desk, chat: Chat, fields: dict[str, Any]) -> None:
    desk.retention, desk.now = ONE_DAY, a_day_after(100)
    await desk.scan(**fields)
    assert await desk.clips() == clip_ids(*range(160, 251))
    assert len(chat.pages) <= 2
    assert await desk.covers(id_of(100), id_of(159)) == [False, False]


async def test_a_stretch_that_is_too_old_as_a_whole_costs_nothing(desk: Desk, chat: Chat) -> None:
    desk.retention, desk.now = ONE_DAY, a_day_after(100)
    await desk.scan(before_message_id=str(id_of(100)))
    await desk.rescan(reset_scan_status=True)
    assert await desk.progress() == RunProgress()
    assert len(chat.pages) == 1
    assert await desk.clips() == clip_ids(*range(160, 251))


async def test_messages_by_their_names(desk: Desk, chat: Chat) -> None:
    desk.retention, desk.now = ONE_DAY, a_day_after(100)
    await desk.look_at(id_of(90), id_of(100), id_of(110))
    assert await desk.clips() == clip_ids(100, 110)
    chat.asked.clear()
    await desk.look_at(id_of(90), run="old")
    assert not [one for one in chat.asked if "/messages" in one]


async def test_what_gets_too_old_while_it_is_read_is_not_stored(desk: Desk, chat: Chat) -> None:
    desk.retention, desk.now = ONE_DAY, a_day_after(1)

    async def much_later(_: RunProgress, __: float) -> bool:
        desk.now = a_day_after(130)
        return False

    await desk.scan(after_page=much_later)
    assert await desk.clips() == clip_ids(*range(130, 251))
    assert await desk.covers(id_of(129), id_of(130)) == [False, True]


async def test_old_texts_are_not_stored_and_not_brought_back(desk: Desk) -> None:
    desk.retention, desk.now = Retention(content_days=1), a_day_after(100)
    await desk.scan()
    assert await texts(desk) == {id_of(number) for number in range(100, 251, 10)}
    desk.now = a_day_after(150)
    await desk.rescan()
    await desk.look_at(id_of(100), id_of(140), id_of(150))
    assert await texts(desk) == {id_of(number) for number in range(150, 251, 10)}
    assert await desk.clips() == clip_ids(*ALL)


async def texts(desk: Desk) -> set[int]:
    """The messages with a text."""
    found = await desk.rows("select message_id from messages where content is not null")
    return {row[0] for row in found}


def test_the_channel_of_these_tests_is_old_enough() -> None:
    assert snowflake.to_unix(CHANNEL) < NOW - 400 * DAY_S
