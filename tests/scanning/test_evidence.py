"""Answers that look like "nothing here" and are not: each is told apart as what it is."""

from __future__ import annotations

from typing import Any

import pytest

from clipsaver.errors import (
    AccessDenied,
    ClipsaverError,
    DiscordError,
    DiscordUnavailable,
    MissingContentIntent,
    MissingHistoryPermission,
    NotFound,
    TokenRejected,
    WrongGuild,
)
from clipsaver.records import RunProgress
from clipsaver.scanning.scan import ScanEnd
from tests.scanning.chat import CHANNEL, GUILD, Chat, clip_ids, id_of
from tests.scanning.desk import Desk


async def _refused(desk: Desk, error: type[ClipsaverError], words: str) -> None:
    """The scan ends with exactly this error, and nothing counts as read."""
    with pytest.raises(error, match=words) as caught:
        await desk.scan()
    assert type(caught.value) is error
    assert await desk.rows("select from clips") == []
    assert await desk.rows("select from scan_coverage") == []


async def test_direct_messages_are_not_read(desk: Desk, chat: Chat) -> None:
    chat.guild_id, chat.type = None, 1
    await _refused(desk, WrongGuild, "direct messages")
    assert chat.pages == []
    assert await desk.rows("select from channels") == []


async def test_a_deleted_channel(desk: Desk, chat: Chat) -> None:
    chat.exists = False
    await _refused(desk, NotFound, "10003")


async def test_a_hidden_channel(desk: Desk, chat: Chat) -> None:
    chat.may_view = False
    await _refused(desk, AccessDenied, "50001")


async def test_a_history_that_may_not_be_read(desk: Desk, chat: Chat) -> None:
    """200 and an empty list."""
    chat.may_read_history = False
    await _refused(desk, MissingHistoryPermission, "'Read Message History'")


async def test_a_history_that_may_be_read_and_is_empty(desk: Desk, chat: Chat) -> None:
    """Its last message was deleted, which the channel does not tell."""
    last = str(max(chat.messages))
    chat.messages.clear()
    channel = chat._channel()
    chat._channel = lambda: {**channel, "last_message_id": last}  # type: ignore[method-assign]
    await desk.scan()
    assert f"/channels/{CHANNEL}/messages/{last}?" in chat.asked


async def test_a_permission_that_is_taken_away_between_two_pages(desk: Desk, chat: Chat) -> None:
    """The rest of the channel looks as if it did not exist."""

    async def take_away(progress: RunProgress, _: float) -> bool:
        chat.may_read_history = progress.pages < 2
        return False

    with pytest.raises(MissingHistoryPermission):
        await desk.scan(after_page=take_away)
    assert (await desk.progress()).messages == 200
    assert await desk.covers(id_of(51), id_of(50)) == [True, False]
    chat.may_read_history = True
    await desk.forget_denials()
    await desk.scan()
    assert (await desk.progress()).messages == 250


async def test_a_channel_that_a_purged_guild_did_not_have_yet(desk: Desk) -> None:
    """The job that names it was asked for later."""
    await desk.rows(
        "insert into guilds (guild_id, purged_at) values (%s, to_timestamp(-1)) returning 1", GUILD
    )
    assert await desk.scan() is ScanEnd.FINISHED
    ((name, wanted),) = await desk.rows("select name, wanted_at is not null from channels")
    assert (name is not None, wanted) == (True, True)


async def test_the_intent_is_missing_at_the_start(desk: Desk, chat: Chat) -> None:
    chat.has_intent = False
    await _refused(desk, MissingContentIntent, "Message Content Intent")
    assert chat.pages == []


async def test_the_intent_is_taken_away_between_two_pages(desk: Desk, chat: Chat) -> None:
    """Messages come, but none has any content."""

    async def take_away(*_: object) -> bool:
        chat.has_intent = False
        return False

    with pytest.raises(MissingContentIntent):
        await desk.scan(after_page=take_away)
    assert (await desk.progress()).messages == 100
    assert await desk.covers(id_of(151), id_of(150)) == [True, False]


async def test_a_page_without_content_is_fine_where_the_intent_is_there(
    desk: Desk, chat: Chat
) -> None:
    for message in chat.messages.values():
        message["content"], message["attachments"] = "", []
    await desk.scan()
    assert (await desk.progress()).messages == 250
    # Asked at the start, and for each page afresh.
    assert chat.asked.count("/applications/@me?") == 4


async def test_a_revoked_token(desk: Desk, chat: Chat) -> None:
    chat.token_is_good = False
    await _refused(desk, TokenRejected, "401")
    assert len(chat.asked) == 1


async def test_what_a_channel_allows_is_kept_with_it(desk: Desk, chat: Chat) -> None:
    """Of a channel that is known; about one that was never seen nothing is known."""

    async def access() -> list[tuple[object, ...]]:
        return await desk.rows("select access, access_error from channels")

    await desk.scan("first")
    assert await access() == [("readable", None)]
    chat.may_view = False
    with pytest.raises(AccessDenied):
        await desk.scan("denied", known="reread")
    assert await access() == [("denied", "access_denied")]
    chat.may_view, chat.exists = True, False
    await desk.forget_denials()
    assert await desk.scan("gone", known="reread") is ScanEnd.CHANNEL_GONE
    assert await access() == [("gone", "not_found")]
    chat.exists = True
    chat.has_intent = False
    await desk.forget_denials()
    desk.discord._intent_asked_at = float("-inf")
    with pytest.raises(MissingContentIntent):
        await desk.scan("intent", known="reread")
    assert await access() == [("gone", "not_found")], "that is about the bot"


# --- channels that are not there ---


async def test_a_channel_that_was_never_known_may_be_a_wrong_id(desk: Desk, chat: Chat) -> None:
    chat.exists = False
    await _refused(desk, NotFound, "no such channel")
    assert await desk.rows("select from channels") == []


async def test_a_channel_that_is_deleted_while_it_is_read(desk: Desk, chat: Chat) -> None:
    async def delete(*_: object) -> bool:
        chat.exists = False
        return False

    assert await desk.scan(after_page=delete) is ScanEnd.CHANNEL_GONE
    assert await desk.clips() == clip_ids(*range(151, 251)), "what was read stays"
    assert await desk.rows("select from clips where deleted_at is not null") == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((500, {"code": 0, "message": "oops"}), DiscordUnavailable),
        ((404, {"code": 10004, "message": "Unknown Guild"}), NotFound),
        ((403, {"code": 50001, "message": "Missing Access"}), AccessDenied),
    ],
    ids=["outage", "guild gone", "kicked"],
)
async def test_a_channel_is_not_deleted_where_its_guild_cannot_be_reached(
    desk: Desk, chat: Chat, answer: tuple[int, Any], error: type[DiscordError]
) -> None:
    await desk.scan("first")
    chat.exists, chat.guild_answers = False, answer
    with pytest.raises(error, match=f"/guilds/{GUILD}"):
        await desk.scan("second", known="reread")
    assert ("gone",) not in await desk.rows("select access from channels")


async def test_a_wrong_guild_is_refused_before_anything_is_stored(desk: Desk, chat: Chat) -> None:
    chat.guild_id = 8
    await _refused(desk, WrongGuild, "belongs to guild 8, not to 7 as the job says")
    assert chat.pages == []
    for table in ("guilds", "channels", "clips", "scan_coverage"):
        assert await desk.rows(f"select from {table}") == []


async def test_the_intent_is_taken_away_but_the_bots_own_messages_still_show(
    desk: Desk, chat: Chat
) -> None:
    """One message of a page that shows something does not vouch for the others."""

    async def take_away(*_: object) -> bool:
        chat.has_intent = False
        shown = chat._shown
        own = id_of(40)
        chat._shown = lambda message: (  # type: ignore[method-assign]
            message if int(message["id"]) == own else shown(message)
        )
        return False

    with pytest.raises(MissingContentIntent):
        await desk.scan(after_page=take_away)
    assert await desk.covers(id_of(151), id_of(150), id_of(40)) == [True, False, False]
    assert (await desk.progress()).messages == 100
