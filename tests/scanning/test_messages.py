"""Message jobs: the named messages as they are now, with few requests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clipsaver.database.multirange import from_multirange
from clipsaver.discord_rest import routes
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.discord_rest.routes import Request
from clipsaver.errors import AccessDenied, MissingContentIntent, MissingHistoryPermission, Purged
from clipsaver.job_settings import Settings
from clipsaver.jobs import MessageDeletionJob, MessageJob
from clipsaver.records import RunProgress
from clipsaver.scanning.scan import ScanEnd
from clipsaver.scanning.windows import as_ids
from tests.permits import AtOnce
from tests.scanning.chat import CHANNEL, GUILD, MESSAGES, Chat, clip_ids, id_of
from tests.scanning.desk import Desk

ALL = range(1, MESSAGES + 1)
READ = (routes.CHANNEL, routes.MESSAGES, routes.MESSAGE)


async def deleted(desk: Desk) -> dict[str, str]:
    """Clip and reason."""
    return dict(
        await desk.rows("select clip_id, deleted_reason from clips where deleted_at is not null")
    )


async def test_a_single_message_costs_one_request(desk: Desk, chat: Chat) -> None:
    assert await desk.look_at(id_of(100)) is ScanEnd.FINISHED
    assert await desk.clips() == clip_ids(100)
    assert chat.asked[-1] == f"/channels/{CHANNEL}/messages/{id_of(100)}?"
    assert await desk.progress("look") == RunProgress(1, 1, 1, 1)
    assert await desk.rows("select from scan_coverage") == [], "message jobs cover nothing"


async def test_messages_near_each_other_share_pages(desk: Desk, chat: Chat) -> None:
    await desk.look_at(*map(id_of, ALL))
    assert await desk.clips() == clip_ids(*ALL)
    assert [page.get("before") for page in chat.pages] == [
        id_of(250) + 1,
        id_of(150) + 1,
        id_of(50) + 1,
    ]
    assert await desk.progress("look") == RunProgress(3, 250, 25, 3)


@pytest.mark.parametrize(("priority", "turn"), [("live", Turn.LIVE), ("backfill", Turn.BACKFILL)])
async def test_it_takes_its_turn_by_its_priority(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, priority: str, turn: Turn
) -> None:
    turns: dict[str, Turn] = {}

    def permit(permits: AtOnce, request: Request, **asked: Any) -> AtOnce:
        turns[request.route.name] = asked["turn"]
        return permits

    monkeypatch.setattr(AtOnce, "permit", permit)
    await desk.look_at(id_of(100), id_of(110), priority=priority)
    await desk.look_at(id_of(20), run="alone", priority=priority)
    del turns[routes.APPLICATION.name]  # nothing can be read without it
    assert turns == dict.fromkeys((one.name for one in READ), turn)


async def test_only_what_was_asked_for_is_kept(desk: Desk) -> None:
    await desk.look_at(id_of(100), id_of(105), id_of(120))
    assert await desk.clips() == clip_ids(100, 120)
    assert (await desk.progress("look")).messages == 3


async def test_a_message_that_is_gone_takes_its_clips_and_no_other(desk: Desk, chat: Chat) -> None:
    await desk.scan("first")
    for number in (100, 110, 250):
        del chat.messages[id_of(number)]
    await desk.look_at(*(id_of(number) for number in (90, 100, 110, 120, 250)))
    assert await deleted(desk) == dict.fromkeys(clip_ids(100, 110, 250), "message")
    changes = await desk.rows("select clips_added, clips_deleted from runs where run_id = 'look'")
    assert changes == [(0, 3)]


async def test_a_message_of_another_channel_says_nothing_of_its_clips(desk: Desk) -> None:
    """It is unknown in this channel, as Discord says; there it is still."""
    await desk.scan("first")
    await desk.rows("update clips set channel_id = 1 where message_id = %s returning 1", id_of(100))
    chat_message = desk.chat.messages.pop(id_of(100))
    await desk.look_at(id_of(100))
    assert await deleted(desk) == {}
    desk.chat.messages[id_of(100)] = chat_message


async def test_a_file_that_was_taken_off_is_gone(desk: Desk, chat: Chat) -> None:
    await desk.scan("first")
    chat.messages[id_of(100)]["attachments"] = []
    await desk.look_at(id_of(100), id_of(110))
    assert await deleted(desk) == dict.fromkeys(clip_ids(100), "attachment")


async def test_settings_of_a_message_job_delete_nothing(desk: Desk) -> None:
    await desk.scan("first")
    await desk.look_at(id_of(110), settings=Settings(allowed_mime_types=("video/mp4",)))
    assert await deleted(desk) == {}


async def test_a_deleted_message_that_is_there_after_all_is_back(desk: Desk, chat: Chat) -> None:
    await desk.scan("first")
    message = chat.messages.pop(id_of(100))
    await desk.look_at(id_of(100), run="gone")
    chat.messages[id_of(100)] = message
    desk.now += 1
    await desk.look_at(id_of(100), run="back")
    assert await deleted(desk) == {}
    assert await desk.rows("select clips_restored from runs where run_id = 'back'") == [(1,)]


async def test_the_next_delivery_reads_only_what_is_left(desk: Desk, chat: Chat) -> None:
    async def pause(_: RunProgress, share: float) -> bool:
        assert share == pytest.approx(100 / 250)
        return True

    ids = tuple(str(id_of(number)) for number in ALL)
    job = MessageJob(guild_id=str(GUILD), channel_id=str(CHANNEL), message_ids=ids)
    assert await desk.deliver(job, "run", after_page=pause) is ScanEnd.PAUSED
    chat.asked.clear()
    assert await desk.deliver(job, "run") is ScanEnd.FINISHED
    assert [page["before"] for page in chat.pages] == [id_of(150) + 1, id_of(50) + 1]
    assert await desk.progress() == RunProgress(3, 250, 25, 3)


async def test_who_deletes_for_good_finds_what_is_gone_in_what_is_left(
    desk: Desk, chat: Chat
) -> None:
    """Also where an earlier delivery saw that it is gone."""

    async def pause(_: RunProgress, __: float) -> bool:
        return True

    await desk.scan("first")
    gone = (240, 110, 20)
    for number in gone:
        del chat.messages[id_of(number)]
    ids = tuple(str(id_of(number)) for number in range(10, 251, 10))
    job = MessageDeletionJob(guild_id=str(GUILD), channel_id=str(CHANNEL), message_ids=ids)
    assert await desk.deliver(job, "run", after_page=pause) is ScanEnd.PAUSED
    assert await desk.deliver(job, "run") is ScanEnd.FINISHED
    ((left,),) = await desk.rows("select remaining from runs where run_id = 'run'")
    assert as_ids(from_multirange(left)) == sorted(map(id_of, gone))
    assert await deleted(desk) == dict.fromkeys(clip_ids(*gone), "message")


async def test_a_thousand_in_a_busy_stretch_take_twenty_requests_at_most(
    desk: Desk, chat: Chat
) -> None:
    """Every other message of a stretch, a tenth of them deleted since."""
    chat.messages = {
        id_of(number): {**json.loads(json.dumps(chat.messages[id_of(1)])), "id": str(id_of(number))}
        for number in range(-1_500, 251)
    }
    wanted = [id_of(number) for number in range(-1_200, 250)][:1_000]
    for gone in wanted[::10]:
        del chat.messages[gone]
    await desk.look_at(*wanted)
    assert len(chat.asked) <= 20
    assert (await desk.progress("look")).messages == 900


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"may_view": False}, AccessDenied),
        ({"may_read_history": False}, MissingHistoryPermission),
        ({"has_intent": False}, MissingContentIntent),
    ],
)
async def test_what_cannot_be_seen_is_not_gone(
    desk: Desk, chat: Chat, change: dict[str, Any], error: type[AccessDenied]
) -> None:
    await desk.scan("first")
    for name, value in change.items():
        setattr(chat, name, value)
    desk.discord._intent_asked_at = float("-inf")
    with pytest.raises(error):
        await desk.look_at(id_of(100), id_of(110))
    assert await deleted(desk) == {}


async def test_who_deletes_messages_of_a_purged_channel_wants_nothing_read_there(
    desk: Desk, chat: Chat
) -> None:
    """Else the first message that is deleted there would bring all of the channel back."""
    await desk.scan(limit=1)
    await desk.rows("delete from clips returning 1")
    await desk.rows("update channels set purged_at = to_timestamp(-1) returning 1")
    chat.asked.clear()
    ids = (str(id_of(100)),)
    named = {"guild_id": str(GUILD), "channel_id": str(CHANNEL), "message_ids": ids}
    with pytest.raises(Purged):
        await desk.deliver(MessageDeletionJob(**named), "delete")
    assert chat.asked == []
    assert await desk.rows("select wanted_at from channels") == [(None,)]
    await desk.deliver(MessageJob(**named), "look")
    await desk.deliver(MessageDeletionJob(**named), "delete it now")
    assert await desk.clips() == clip_ids(100)
