"""Rescans: what was read before is read again, and the new settings have the last word."""

from __future__ import annotations

import pytest

from clipsaver.database import reconciling
from clipsaver.errors import DiscordUnavailable, MissingContentIntent
from clipsaver.job_settings import Settings
from clipsaver.records import RunProgress
from clipsaver.scanning import history
from clipsaver.scanning.scan import ScanEnd
from tests.scanning.chat import MESSAGES, Chat, clip_ids, id_of
from tests.scanning.desk import Desk

ALL = range(1, MESSAGES + 1)
ONLY_MP4 = Settings(allowed_mime_types=("video/mp4",))
MP4 = clip_ids(*range(20, 251, 20))
WEBM = clip_ids(*ALL) - MP4


async def there(desk: Desk) -> set[str]:
    return {row[0] for row in await desk.rows("select clip_id from clips where deleted_at is null")}


async def deleted(desk: Desk) -> dict[str, str]:
    """Clip and reason."""
    return dict(
        await desk.rows("select clip_id, deleted_reason from clips where deleted_at is not null")
    )


async def changes(desk: Desk, run: str = "again") -> tuple[int, ...]:
    """Added, restored, deleted."""
    (row,) = await desk.rows(
        "select clips_added, clips_restored, clips_deleted from runs where run_id = %s", run
    )
    return row


async def test_clips_that_are_not_allowed_any_more_are_deleted(desk: Desk) -> None:
    await desk.scan("first")
    await desk.rows("update clips set thumbnail_state = 'ready' returning 1")
    assert await desk.rescan(settings=ONLY_MP4) is ScanEnd.FINISHED
    assert await there(desk) == MP4
    assert await deleted(desk) == dict.fromkeys(WEBM, "settings")
    assert await changes(desk) == (0, 0, len(WEBM))
    assert await desk.rows("select distinct thumbnail_state from clips") == [("ready",)]


async def test_clips_that_are_allowed_now_appear_or_are_back(desk: Desk) -> None:
    await desk.scan("first", settings=ONLY_MP4, limit=200)
    await desk.rescan("wide")
    assert await there(desk) == clip_ids(*range(51, 251))
    added = len(clip_ids(*range(51, 251)) & WEBM)
    assert await changes(desk, "wide") == (added, 0, 0)
    await desk.rescan("narrow", settings=ONLY_MP4)
    assert await changes(desk, "narrow") == (0, 0, added)
    await desk.rescan("wide again")
    assert await changes(desk, "wide again") == (0, added, 0)
    assert await deleted(desk) == {}


async def test_without_reset_only_what_was_read_before_is_read(desk: Desk, chat: Chat) -> None:
    await desk.scan("new", limit=50)
    await desk.scan("old", limit=70, direction="forward", settings=ONLY_MP4)
    chat.asked.clear()
    await desk.rescan()
    assert (await desk.progress("again")).messages == 120
    assert await there(desk) == clip_ids(*range(1, 71), *range(201, 251))


async def test_messages_that_were_looked_at_alone_are_read_again_too(desk: Desk) -> None:
    """They are not covered, and their clips are judged all the same."""
    await desk.look_at(id_of(10), id_of(20))
    await desk.rescan(settings=ONLY_MP4)
    assert await there(desk) == clip_ids(20)
    assert await deleted(desk) == dict.fromkeys(clip_ids(10), "settings")
    assert (await desk.progress("again")).messages == 2


async def test_with_reset_the_whole_channel_is_read(desk: Desk) -> None:
    await desk.scan("new", limit=50)
    await desk.rescan(reset_scan_status=True)
    assert (await desk.progress("again")).messages == MESSAGES
    assert await there(desk) == clip_ids(*ALL)
    assert all(await desk.covers(*map(id_of, ALL)))


async def test_where_nothing_was_read_before_there_is_nothing_to_do(desk: Desk, chat: Chat) -> None:
    assert await desk.rescan() is ScanEnd.FINISHED
    assert chat.pages == []


async def test_what_is_gone_at_discord_is_told_apart(desk: Desk, chat: Chat) -> None:
    await desk.scan("first")
    for number in (1, 2, 60, 70, 240, 250):  # at both ends, too
        chat.messages.pop(id_of(number), None)
    chat.messages[id_of(80)]["attachments"] = []
    await desk.rescan(settings=ONLY_MP4)
    gone = clip_ids(60, 70, 240, 250)
    expected = dict.fromkeys(WEBM, "settings")
    assert await deleted(desk) == {
        **expected,
        **dict.fromkeys(gone, "message"),
        **dict.fromkeys(clip_ids(80), "attachment"),
    }


@pytest.mark.parametrize("direction", ["backward", "forward"])
async def test_at_an_edge_discord_is_asked_for_the_message(
    desk: Desk, chat: Chat, direction: str
) -> None:
    """Between two pages a message that is gone has neighbours; at the end of all it has not."""
    await desk.scan("first")
    for number in (250, 150):
        del chat.messages[id_of(number)]
    chat.asked.clear()
    await desk.rescan(settings=Settings(scan_mode=direction))  # type: ignore[arg-type]
    assert await deleted(desk) == dict.fromkeys(clip_ids(250, 150), "message")
    alone = [path for path in chat.asked if path.split("?")[0].endswith(str(id_of(250)))]
    assert len(alone) == 1
    assert not [path for path in chat.asked if path.split("?")[0].endswith(str(id_of(150)))]


async def test_a_page_that_lacks_a_message_which_is_there_is_not_believed(
    desk: Desk, chat: Chat
) -> None:
    await desk.scan("first")
    shown = chat._page
    chat._page = lambda query: shown(query)[:30]  # type: ignore[method-assign]
    with pytest.raises(DiscordUnavailable, match=rf"lacks message {id_of(220)}.*is there"):
        await desk.rescan()
    assert await deleted(desk) == {}
    assert (await desk.progress("again")).pages == 0


async def test_a_rescan_that_is_interrupted_goes_on(desk: Desk, chat: Chat) -> None:
    await desk.scan("first")

    async def pause(*_: object) -> bool:
        return True

    assert await desk.rescan(settings=ONLY_MP4, after_page=pause) is ScanEnd.PAUSED
    newest = clip_ids(*range(151, 251))
    assert await there(desk) == (clip_ids(*ALL) - newest) | (newest & MP4)
    assert all(await desk.covers(*map(id_of, ALL))), "replaced page by page, never emptied before"
    chat.asked.clear()
    assert await desk.rescan(settings=ONLY_MP4) is ScanEnd.FINISHED
    assert [page.get("before") for page in chat.pages] == [id_of(151), id_of(51)]
    assert await there(desk) == MP4
    assert await changes(desk) == (0, 0, len(WEBM))


async def test_coverage_under_other_settings_is_replaced(desk: Desk, chat: Chat) -> None:
    """Their clips were deleted, so a scan under them has to read again."""
    await desk.scan("first")
    await desk.rescan(settings=ONLY_MP4)
    assert await desk.rows("select count(*) from scan_coverage") == [(1,)]
    await desk.scan("back")
    assert await there(desk) == clip_ids(*ALL)
    assert await changes(desk, "back") == (0, len(WEBM), 0)


async def test_nothing_is_deleted_where_the_intent_is_gone(desk: Desk, chat: Chat) -> None:
    await desk.scan("first")

    async def take_away(_: RunProgress, __: float) -> bool:
        chat.has_intent = False
        return False

    with pytest.raises(MissingContentIntent):
        await desk.rescan(after_page=take_away)
    assert await deleted(desk) == {}


async def test_a_clip_that_was_posted_meanwhile_is_not_missed_on_the_page(
    desk: Desk, chat: Chat
) -> None:
    """Another worker stored it after the page was read, from a live job."""
    await desk.scan("first")
    page = chat._page
    late = chat.messages.pop(id_of(250))

    def then_it_is_posted(query: object) -> object:
        answer = page(query)  # type: ignore[arg-type]
        chat.messages[id_of(250)] = late
        return answer

    chat._page = then_it_is_posted  # type: ignore[method-assign,assignment]
    desk.now -= 60  # the newest message lies in the future of this page
    await desk.rescan()
    assert await deleted(desk) == {}


@pytest.mark.parametrize("direction", ["backward", "forward"])
async def test_many_that_were_deleted_at_an_end_are_asked_for_in_portions(
    desk: Desk, chat: Chat, monkeypatch: pytest.MonkeyPatch, direction: str
) -> None:
    """What was not asked for stays to be read, so none is left to be taken for a clip."""
    monkeypatch.setattr(history, "MOST_ASKED", 2)
    await desk.scan("first")
    for number in range(190, 251):
        del chat.messages[id_of(number)]
    await desk.rescan(settings=Settings(scan_mode=direction))  # type: ignore[arg-type]
    assert await deleted(desk) == dict.fromkeys(clip_ids(*range(190, 251)), "message")
    assert (await desk.progress("again")).messages == 189


@pytest.mark.parametrize("direction", ["backward", "forward"])
async def test_very_many_clips_are_compared_in_portions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, direction: str
) -> None:
    await desk.scan("first")
    monkeypatch.setattr(reconciling, "MOST_AT_ONCE", 4)
    narrow = Settings(allowed_mime_types=("video/mp4",), scan_mode=direction)  # type: ignore[arg-type]
    await desk.rescan(settings=narrow)
    assert await there(desk) == MP4
    assert await deleted(desk) == dict.fromkeys(WEBM, "settings")
    assert all(await desk.covers(*map(id_of, ALL)))
