"""Clips whose message is gone: history that passes over it marks them deleted, and nothing else."""

from __future__ import annotations

import pytest

from clipsaver.errors import DiscordUnavailable, MissingHistoryPermission
from clipsaver.job_settings import Direction
from clipsaver.records import RunProgress
from clipsaver.scanning.scan import ScanEnd
from tests.scanning.chat import CHANNEL, MESSAGES, Chat, clip_ids, id_of
from tests.scanning.desk import Desk

DIRECTIONS = pytest.mark.parametrize("direction", ["backward", "forward"])


async def seen_alone(desk: Desk, *numbers: int) -> None:
    """As search and message jobs leave clips: stored, and nothing counts as read."""
    await desk.look_at(*map(id_of, numbers))
    assert await desk.rows("select from scan_coverage") == []
    assert await gone(desk) == {}


async def gone(desk: Desk) -> dict[str, str]:
    """The deleted clips, and why."""
    return dict(
        await desk.rows("select clip_id, deleted_reason from clips where deleted_at is not null")
    )


def asked_alone(chat: Chat) -> list[int]:
    """The messages that Discord was asked for one by one."""
    begin = f"/channels/{CHANNEL}/messages/"
    return [int(one.removeprefix(begin).rstrip("?")) for one in chat.asked if one.startswith(begin)]


@DIRECTIONS
async def test_a_message_between_two_others_is_gone_without_a_question(
    desk: Desk, chat: Chat, direction: Direction
) -> None:
    """In a stretch that was not read before, as it is where search found the clip."""
    await seen_alone(desk, 50, 120, 130)
    del chat.messages[id_of(120)]
    chat.asked.clear()
    assert await desk.scan(direction=direction) is ScanEnd.FINISHED
    assert await gone(desk) == dict.fromkeys(clip_ids(120), "message")
    assert asked_alone(chat) == []
    assert len(chat.pages) == 3


@DIRECTIONS
async def test_a_clip_that_is_stored_while_the_channel_is_read(
    desk: Desk, chat: Chat, direction: Direction
) -> None:
    """Search goes beside history: the channel held no clip when the run began."""
    for number in range(10, MESSAGES + 1, 10):
        chat.messages[id_of(number)]["attachments"] *= number == 120

    async def search(progress: RunProgress, _: float) -> bool:
        if progress.pages == 1:
            await seen_alone_beside(120)
            del chat.messages[id_of(120)]
        return False

    async def seen_alone_beside(number: int) -> None:
        await desk.look_at(id_of(number))
        assert await desk.clips() == clip_ids(number)

    assert await desk.scan(direction=direction, after_page=search) is ScanEnd.FINISHED
    assert await gone(desk) == dict.fromkeys(clip_ids(120), "message")


@pytest.mark.parametrize(
    ("direction", "edges"),
    [("backward", (150, 50)), ("backward", (151, 51)), ("forward", (100, 200)),
     ("forward", (101, 201))],
)  # fmt: skip
async def test_at_the_joint_of_two_pages(
    desk: Desk, chat: Chat, direction: Direction, edges: tuple[int, int]
) -> None:
    """The last message of one page and the first of the next are its neighbours."""
    for number in edges:
        chat.messages[id_of(number)]["attachments"] = [
            {
                "id": str(number),
                "filename": "a.mp4",
                "content_type": "video/mp4",
                "url": "https://h/a",
            }
        ]
    await seen_alone(desk, *edges)
    for number in edges:
        del chat.messages[id_of(number)]
    chat.asked.clear()
    await desk.scan(direction=direction)
    assert await gone(desk) == {f"{id_of(one)}-{one}": "message" for one in edges}
    assert asked_alone(chat) == []


@DIRECTIONS
async def test_the_first_and_the_last_message_of_a_channel(
    desk: Desk, chat: Chat, direction: Direction
) -> None:
    """They have no neighbour on one side, so Discord is asked for each: 404."""
    chat.messages = {one: chat.messages[one] for one in map(id_of, range(10, MESSAGES + 1))}
    await seen_alone(desk, 10, MESSAGES)
    del chat.messages[id_of(10)], chat.messages[id_of(MESSAGES)]
    chat.asked.clear()
    await desk.scan(direction=direction)
    assert await gone(desk) == dict.fromkeys(clip_ids(10, MESSAGES), "message")
    assert sorted(asked_alone(chat)) == [id_of(10), id_of(MESSAGES)]


@DIRECTIONS
@pytest.mark.parametrize("tells_last", [True, False])
async def test_a_channel_in_which_nothing_is_left(
    desk: Desk, chat: Chat, direction: Direction, *, tells_last: bool
) -> None:
    await seen_alone(desk, 10, 20, 250)
    told = chat._channel()
    if tells_last:  # of a message that is deleted by now, as Discord does
        chat._channel = lambda: told  # type: ignore[method-assign]
    chat.messages.clear()
    chat.asked.clear()
    await desk.scan(direction=direction)
    assert await gone(desk) == dict.fromkeys(clip_ids(10, 20, 250), "message")
    assert set(asked_alone(chat)) == {id_of(10), id_of(20), id_of(250)}


async def test_a_channel_that_only_looks_empty_proves_nothing(desk: Desk, chat: Chat) -> None:
    await seen_alone(desk, 10, 250)
    chat.may_read_history = False
    with pytest.raises(MissingHistoryPermission):
        await desk.scan()
    assert await gone(desk) == {}


async def test_a_page_that_lacks_a_message_which_is_there(desk: Desk, chat: Chat) -> None:
    """At its edge; the page is not believed, and the run is tried again."""
    await seen_alone(desk, 250)
    shown = chat._page
    chat._page = lambda query: shown(query)[1:]  # type: ignore[method-assign]
    with pytest.raises(DiscordUnavailable, match=rf"lacks message {id_of(250)}.*is there"):
        await desk.scan()
    assert await gone(desk) == {}
    assert (await desk.progress()).pages == 0


@DIRECTIONS
async def test_in_a_gap_whose_messages_are_all_gone(
    desk: Desk, chat: Chat, direction: Direction
) -> None:
    """The page shows only what was read before, beyond both ends."""
    await seen_alone(desk, 120, 130)
    gap = {"after_message_id": str(id_of(139)), "before_message_id": str(id_of(251))}
    await desk.scan("above", **gap)
    await desk.scan("below", before_message_id=str(id_of(111)))
    for number in range(111, 140):
        del chat.messages[id_of(number)]
    chat.asked.clear()
    await desk.scan("gap", direction=direction, before_message_id=str(id_of(200)))
    assert await gone(desk) == dict.fromkeys(clip_ids(120, 130), "message")
    assert (await desk.progress("gap")).messages == 0
    assert len(chat.pages) == 1


async def test_what_was_read_before_is_passed_over_unseen(desk: Desk, chat: Chat) -> None:
    """Only reading it again can tell: nothing is concluded from what was not asked for."""
    await desk.scan("first")
    del chat.messages[id_of(120)]
    await desk.scan("second")
    assert await gone(desk) == {}
    await desk.scan("again", known="reread")
    assert await gone(desk) == dict.fromkeys(clip_ids(120), "message")


async def test_a_file_that_was_taken_out_of_its_message(desk: Desk, chat: Chat) -> None:
    await seen_alone(desk, 120)
    chat.messages[id_of(120)]["attachments"] = []
    await desk.scan()
    assert await gone(desk) == dict.fromkeys(clip_ids(120), "attachment")
