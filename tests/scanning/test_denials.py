"""A channel that may not be read is asked for once, and not once per job."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from clipsaver.errors import AccessDenied, DiscordError, MissingHistoryPermission, NotFound
from clipsaver.scanning import access
from clipsaver.scanning.scan import ScanEnd
from tests.scanning.chat import CHANNEL, GUILD, Chat, id_of
from tests.scanning.desk import Desk

JOBS = 30


async def _denied(desk: Desk, run: str, kind: type[DiscordError]) -> DiscordError:
    with pytest.raises(kind) as caught:
        await desk.look_at(id_of(1), run=run)
    assert type(caught.value) is kind
    return caught.value


async def _all_at_once(desk: Desk, kind: type[DiscordError]) -> list[str]:
    """Message jobs for the channel, which do not exclude each other; what each is told."""
    told: list[str] = []

    async def one(run: str) -> None:
        told.append(str(await _denied(desk, run, kind)))

    async with trio.open_nursery() as nursery:
        for number in range(JOBS):
            nursery.start_soon(one, f"at once {number}")
    return told


def _about_the_channel(chat: Chat) -> list[str]:
    return [target for target in chat.asked if target.startswith(f"/channels/{CHANNEL}")]


async def _let_time_pass(desk: Desk) -> None:
    await desk.rows("update denials set ask_again_at = now() returning true")


@pytest.mark.parametrize(
    ("facts", "kind"),
    [({"may_view": False}, AccessDenied), ({"exists": False}, NotFound)],
    ids=["403/50001", "404/10003"],
)
async def test_many_jobs_for_a_channel_that_was_never_seen_make_one_request(
    desk: Desk, chat: Chat, facts: dict[str, Any], kind: type[DiscordError]
) -> None:
    for name, value in facts.items():
        setattr(chat, name, value)
    told = await _all_at_once(desk, kind)
    assert _about_the_channel(chat) == [f"/channels/{CHANNEL}?"]
    assert len(chat.asked) == 1
    assert sum("known since" in words for words in told) == JOBS - 1
    assert all(words.endswith(told[0][told[0].rindex("(") :]) for words in told)
    await _denied(desk, "later", kind)
    assert len(chat.asked) == 1


async def test_a_channel_that_was_read_and_is_closed_is_asked_once(desk: Desk, chat: Chat) -> None:
    await desk.scan()
    before = len(_about_the_channel(chat))
    chat.may_view = False
    await _all_at_once(desk, AccessDenied)
    assert len(_about_the_channel(chat)) == before + 1
    rows = await desk.rows("select access, access_error from channels")
    assert rows == [("denied", "access_denied")]


async def test_a_history_that_may_not_be_read_is_refused_once(desk: Desk, chat: Chat) -> None:
    chat.may_read_history = False
    with pytest.raises(MissingHistoryPermission):
        await desk.scan("first")
    before = len(chat.asked)
    with pytest.raises(MissingHistoryPermission, match="'Read Message History' there; known since"):
        await desk.scan("second")
    await _denied(desk, "third", MissingHistoryPermission)
    assert len(chat.asked) == before


async def test_it_is_told_since_when_it_is_known_and_what_comes_next(
    desk: Desk, chat: Chat
) -> None:
    chat.may_view = False
    first = await _denied(desk, "first", AccessDenied)
    again = await _denied(desk, "second", AccessDenied)
    ((since, until),) = await desk.rows(
        "select to_char(denied_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), "
        "to_char(ask_again_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') from denials"
    )
    assert again.words == (
        f"{first.words}; known since {since} UTC and not asked again before {until} UTC, unless "
        "`clipsaver doctor` finds that it may be read"
    )
    assert (again.route, again.status, again.code) == (first.route, 403, 50001)


async def test_when_its_time_has_come_one_job_asks_again(desk: Desk, chat: Chat) -> None:
    chat.may_view = False
    await _denied(desk, "first", AccessDenied)
    await _let_time_pass(desk)
    await _all_at_once(desk, AccessDenied)
    assert len(chat.asked) == 2
    assert await desk.rows("select times from denials") == [(2,)]
    await _let_time_pass(desk)
    chat.may_view = True
    await desk.scan("readable")
    assert await desk.rows("select from denials") == []
    await desk.look_at(id_of(1))


async def test_a_deleted_channel_is_gone_for_all_jobs(desk: Desk, chat: Chat) -> None:
    await desk.scan()
    chat.exists = False
    assert await desk.scan("gone", known="reread") is ScanEnd.CHANNEL_GONE
    before = len(chat.asked)
    assert await desk.scan("again", known="reread") is ScanEnd.CHANNEL_GONE
    assert await desk.look_at(id_of(1)) is ScanEnd.CHANNEL_GONE
    assert len(chat.asked) == before


async def test_a_bot_that_left_the_guild_asks_once(desk: Desk, chat: Chat) -> None:
    await desk.scan()
    chat.exists = False
    chat.guild_answers = (404, {"code": 10004, "message": "Unknown Guild"})
    with pytest.raises(NotFound, match=f"/guilds/{GUILD}"):
        await desk.scan("first", known="reread")
    before = len(chat.asked)
    with pytest.raises(NotFound, match=f"10004|/guilds/{GUILD}"):
        await desk.scan("second", known="reread")
    assert len(chat.asked) == before


async def test_what_is_about_the_bot_is_not_remembered_of_the_channel(
    desk: Desk, chat: Chat
) -> None:
    chat.has_intent = False
    with pytest.raises(AccessDenied):
        await desk.scan()
    assert await desk.rows("select from denials") == []


# --- one at a time, until it is open ---


async def test_jobs_go_through_one_by_one_until_the_door_is_open(
    autojump_clock: trio.abc.Clock,
) -> None:
    doors, inside, most = access.Doors(), 0, 0
    went: list[int] = []

    async def go(number: int, *, opens: bool) -> None:
        nonlocal inside, most
        async with doors.turn("door") as turn:
            inside += 1
            most = max(most, inside)
            await trio.sleep(1)
            if opens:
                turn.end()
                turn.end()
                went.append(number)
                await trio.sleep(100)
            inside -= 1

    async with trio.open_nursery() as nursery:
        for number in range(3):
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(lambda n=number: go(n, opens=False))
        await trio.sleep(3.5)
        assert most == 1
        for number in range(4):
            nursery.start_soon(lambda n=number: go(n, opens=True))
        await trio.sleep(5)
        assert sorted(went) == [0, 1, 2, 3]
        assert inside == 4
    assert doors._locks == {}


async def test_who_is_cancelled_leaves_the_door_to_the_next(
    autojump_clock: trio.abc.Clock,
) -> None:
    doors = access.Doors()
    with trio.move_on_after(1):
        async with doors.turn("door"):
            await trio.sleep_forever()
    with trio.fail_after(1):
        async with doors.turn("door"), doors.turn("another"), trio.open_nursery() as nursery:
            nursery.start_soon(_wait_at, doors)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
    assert doors._locks == {}


async def _wait_at(doors: access.Doors) -> None:
    async with doors.turn("door"):
        pytest.fail("somebody else is there")
