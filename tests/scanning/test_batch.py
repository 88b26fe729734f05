"""Batch scans: which pages are read, what is kept of them, and where a scan goes on."""

from __future__ import annotations

import pytest

from clipsaver.config import ScanConfig
from clipsaver.errors import BadJob, MissingContentIntent
from clipsaver.job_settings import Direction, Settings
from clipsaver.records import RunProgress
from clipsaver.scanning.scan import ScanEnd
from tests.scanning.chat import CHANNEL, GUILD, MESSAGES, Chat, clip_ids, id_of
from tests.scanning.desk import Desk

ALL = range(1, MESSAGES + 1)
DIRECTIONS = pytest.mark.parametrize("direction", ["backward", "forward"])


async def pause(_: RunProgress, __: float) -> bool:
    return True


# --- what is read ---


@DIRECTIONS
async def test_the_whole_channel(desk: Desk, chat: Chat, direction: Direction) -> None:
    assert await desk.scan(direction=direction) is ScanEnd.FINISHED
    assert await desk.clips() == clip_ids(*ALL)
    assert await desk.progress() == RunProgress(pages=3, messages=250, clips=25, requests=3)
    if direction == "backward":
        cursors = [{}, {"before": id_of(151)}, {"before": id_of(51)}]
    else:
        cursors = [{"after": 0}, {"after": id_of(100)}, {"after": id_of(200)}]
    assert chat.pages == [{"limit": 100, **cursor} for cursor in cursors]
    assert all(await desk.covers(*map(id_of, ALL)))


@DIRECTIONS
@pytest.mark.parametrize(
    ("limit", "pages"),
    [(1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50]), (1_000_000, [100] * 3)],
)
async def test_a_limit_is_kept_to_the_message(
    desk: Desk, chat: Chat, direction: Direction, limit: int, pages: list[int]
) -> None:
    assert await desk.scan(limit=limit, direction=direction) is ScanEnd.FINISHED
    assert [page["limit"] for page in chat.pages] == pages
    count = min(limit, MESSAGES)
    read = ALL[-count:] if direction == "backward" else ALL[:count]
    assert (await desk.progress()).messages == count
    assert await desk.clips() == clip_ids(*read)
    assert await desk.covers(*map(id_of, ALL)) == [number in read for number in ALL]


@DIRECTIONS
async def test_between_two_messages(desk: Desk, direction: Direction) -> None:
    """Both ends are left out, and what a page brings beyond them is not kept."""
    ends = {"after_message_id": str(id_of(100)), "before_message_id": str(id_of(120))}
    assert await desk.scan(direction=direction, **ends) is ScanEnd.FINISHED
    assert await desk.clips() == clip_ids(*range(101, 120))
    assert (await desk.progress()).messages == 19
    assert await desk.covers(id_of(100), id_of(101), id_of(119), id_of(120)) == [
        *(False, True, True, False)
    ]


async def test_the_settings_say_the_direction_where_the_job_does_not(
    desk: Desk, chat: Chat
) -> None:
    await desk.scan(settings=Settings(scan_mode="forward"))
    assert "after" in chat.pages[0]


async def test_an_empty_channel_is_fine(desk: Desk, chat: Chat) -> None:
    chat.messages.clear()
    assert await desk.scan() is ScanEnd.FINISHED
    assert await desk.progress() == RunProgress(pages=1, requests=1)


@DIRECTIONS
async def test_a_message_that_comes_twice_does_not_end_the_scan(
    desk: Desk, chat: Chat, direction: Direction
) -> None:
    """The page holds a message less than were asked for, and is full all the same."""
    chat.repeats = True
    assert await desk.scan(direction=direction) is ScanEnd.FINISHED
    assert await desk.clips() == clip_ids(*ALL)
    assert (await desk.progress()).messages == MESSAGES


# --- what was read before ---


async def test_known_messages_are_passed_over(desk: Desk, chat: Chat) -> None:
    await desk.scan("first", limit=120)
    around = {"after_message_id": str(id_of(19)), "before_message_id": str(id_of(101))}
    await desk.scan("second", **around)
    chat.asked.clear()
    await desk.scan("third")
    assert [page.get("before") for page in chat.pages] == [None, id_of(131), id_of(19) + 1]
    assert (await desk.progress("third")).messages == MESSAGES - 120 - 81
    assert await desk.clips() == clip_ids(*ALL)


async def test_a_second_scan_reads_only_what_is_new(desk: Desk, chat: Chat) -> None:
    await desk.scan("first")
    chat.asked.clear()
    await desk.scan("second")
    assert len(chat.pages) == 1
    assert (await desk.progress("second")).messages == 0


async def test_it_ends_at_the_first_known_message(desk: Desk, chat: Chat) -> None:
    around = {"after_message_id": str(id_of(99)), "before_message_id": str(id_of(201))}
    await desk.scan("first", **around)
    chat.asked.clear()
    await desk.scan("second", known="stop")
    assert len(chat.pages) == 1
    assert await desk.clips() == clip_ids(*range(100, MESSAGES + 1))


async def test_known_messages_are_read_again_where_asked(desk: Desk, chat: Chat) -> None:
    await desk.scan("first")
    chat.messages[id_of(11)]["attachments"] = chat.messages[id_of(10)]["attachments"]
    await desk.scan("second", known="reread")
    assert (await desk.progress("second")).messages == MESSAGES
    assert await desk.clips() == clip_ids(*ALL) | {f"{id_of(11)}-10"}


# --- settings of the job ---


async def test_other_settings_are_another_way_of_reading(desk: Desk) -> None:
    await desk.scan("first", settings=Settings(allowed_mime_types=("video/mp4",)))
    assert await desk.clips() == clip_ids(*ALL[19::20])
    await desk.scan("second")
    assert (await desk.progress("second")).messages == MESSAGES
    assert await desk.clips() == clip_ids(*ALL)
    assert await desk.rows("select count(*) from scan_coverage") == [(2,)]


async def test_only_messages_that_match(desk: Desk) -> None:
    await desk.scan(settings=Settings(match_regex=r"^message 1?\d0$"))
    assert await desk.clips() == clip_ids(*range(10, 200))
    assert (await desk.progress()).messages == MESSAGES


@pytest.mark.parametrize(
    ("job_allows", "config_allows"), [(True, True), (True, False), (False, True)]
)
async def test_text_is_kept_where_both_allow_it(
    desk: Desk, *, job_allows: bool, config_allows: bool
) -> None:
    desk.defaults = ScanConfig(store_content=config_allows)
    await desk.scan(settings=Settings(enable_message_content_storage=job_allows))
    kept = await desk.rows("select content is not null, count(*) from messages group by 1")
    assert kept == [(job_allows and config_allows, 25)]


# --- more than one delivery ---


@DIRECTIONS
async def test_the_next_delivery_reads_only_what_remains(
    desk: Desk, chat: Chat, direction: Direction
) -> None:
    job = {"direction": direction, "limit": 220}
    assert await desk.scan(after_page=pause, **job) is ScanEnd.PAUSED
    chat.asked.clear()
    assert await desk.scan(after_page=pause, **job) is ScanEnd.PAUSED
    assert [page["limit"] for page in chat.pages] == [100]
    # Asked to pause after its last page, it is finished.
    assert await desk.scan(after_page=pause, **job) is ScanEnd.FINISHED
    assert [page["limit"] for page in chat.pages] == [100, 20]
    read = ALL[30:] if direction == "backward" else ALL[:220]
    assert await desk.clips() == clip_ids(*read)
    assert (await desk.progress()).messages == 220


async def test_what_a_run_reads_is_fixed_at_its_first_delivery(desk: Desk) -> None:
    """Another run covers the rest meanwhile; this one was promised to read it."""
    await desk.scan("first", after_page=pause)
    await desk.scan("second")
    assert (await desk.progress("second")).messages == 150
    await desk.scan("first")
    assert (await desk.progress("first")).messages == 250


async def test_the_newest_messages_are_read_again_later(desk: Desk) -> None:
    """Ids are made on many machines: one with a smaller id may still come."""
    desk.now -= 55  # the newest message is 5 seconds old
    await desk.scan()
    assert (await desk.progress()).messages == 250
    assert await desk.covers(id_of(249), id_of(250)) == [True, False]


async def test_progress_is_told_after_each_page(desk: Desk) -> None:
    told: list[tuple[int, float]] = []

    async def listen(progress: RunProgress, share: float) -> bool:
        told.append((progress.messages, round(share, 2)))
        return False

    await desk.scan(after_page=listen, limit=200)
    assert told == [(100, 0.5), (200, 1.0)]


async def test_a_channel_is_described_once_a_day(desk: Desk, chat: Chat) -> None:
    await desk.scan("first")
    await desk.scan("second", known="reread")
    assert chat.asked.count(f"/channels/{CHANNEL}?") == 1
    two_days_ago = desk.now - 2 * 24 * 3600
    await desk.rows("update channels set checked_at = to_timestamp(%s) returning 1", two_days_ago)
    await desk.scan("third", known="reread")
    assert chat.asked.count(f"/channels/{CHANNEL}?") == 2
    assert await desk.rows("select channel_id, guild_id from channels") == [(CHANNEL, GUILD)]


@pytest.mark.parametrize("channel_type", [4, 14, 15, 16])
async def test_what_holds_no_messages_is_refused(desk: Desk, chat: Chat, channel_type: int) -> None:
    chat.type = channel_type
    with pytest.raises(BadJob, match="name one of its threads or channels"):
        await desk.scan()
    assert chat.pages == []


# --- what is new ---


async def test_a_live_job_of_a_known_channel_is_one_request(desk: Desk, chat: Chat) -> None:
    await desk.scan(before_message_id=str(id_of(200)))
    chat.asked.clear()
    desk.discord._intent_asked_at = float("-inf")  # as with a worker that has just begun
    after = str(id_of(199))
    assert await desk.scan("live", after_message_id=after, priority="live") is ScanEnd.FINISHED
    (asked,) = chat.asked
    assert asked.startswith(f"/channels/{CHANNEL}/messages?")
    assert await desk.clips() == clip_ids(*ALL)


async def test_it_proves_the_intent_where_something_new_shows_nothing(
    desk: Desk, chat: Chat
) -> None:
    await desk.scan(before_message_id=str(id_of(200)))
    old, new = chat.messages[id_of(150)], chat.messages[id_of(249)]
    desk.discord._intent_asked_at = float("-inf")

    async def asks_for_the_intent(run: str) -> bool:
        chat.asked.clear()
        await desk.scan(run, after_message_id=str(id_of(199)), priority="live", known="reread")
        return any(one.startswith("/applications/@me") for one in chat.asked)

    chat.messages[id_of(195)] = {**old, "id": str(id_of(195)), "content": "", "attachments": []}
    assert not await asks_for_the_intent("old")  # it was looked at when it was new
    chat.messages[id_of(249)] = {**new, "content": "", "attachments": []}
    assert await asks_for_the_intent("new")
    chat.has_intent = False
    desk.discord._intent_asked_at = float("-inf")
    with pytest.raises(MissingContentIntent):
        await asks_for_the_intent("without")
