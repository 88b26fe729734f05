"""Denials stand for longer and longer, and one run of all asks again when their time has come."""

from __future__ import annotations

from datetime import timedelta

import pytest
import trio
from psycopg.rows import TupleRow

from clipsaver.database import Database
from clipsaver.database.channels import record_channel
from clipsaver.database.denials import (
    ASKING_TAKES,
    denied_channels,
    denied_names,
    forget_denials,
    prune_denials,
    record_denial,
    standing_denial,
)
from clipsaver.records import Channel
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import rows

Conn = TrioConnection[TupleRow]
CHANNEL = 70
_PAUSE = "select extract(epoch from ask_again_at - asked_at)::int from denials"


async def deny(conn: Conn, channel_id: int = CHANNEL, error: str = "access_denied") -> None:
    await record_denial(
        conn,
        channel_id,
        error=error,
        words="no\0\ud800",
        route=f"GET /channels/{channel_id}",
        status=403,
        code=50001,
    )


async def pass_by(conn: Conn, time: timedelta) -> None:
    """As if all that is remembered were so much older."""
    await conn.execute(
        "update denials set denied_at = denied_at - %(t)s, asked_at = asked_at - %(t)s, "
        "ask_again_at = ask_again_at - %(t)s, asking_until = asking_until - %(t)s",
        {"t": time},
    )


async def test_nothing_is_known_of_a_channel_that_was_not_denied(conn: Conn) -> None:
    await deny(conn, 71)
    assert await standing_denial(conn, CHANNEL, "run") is None


async def test_a_denial_stands_with_what_was_said(conn: Conn) -> None:
    await deny(conn)
    found = await standing_denial(conn, CHANNEL, "run")
    assert found is not None
    denial, is_to_ask = found
    assert not is_to_ask
    assert (denial.error, denial.words, denial.route) == (
        "access_denied",
        "no\ufffd",
        f"GET /channels/{CHANNEL}",
    )
    assert (denial.status, denial.code) == (403, 50001)
    assert denial.ask_again_at - denial.denied_at == timedelta(hours=1)
    assert await denied_channels(conn) == {CHANNEL: denial}


async def test_the_pause_doubles_up_to_a_day(conn: Conn) -> None:
    hours = []
    for _ in range(7):
        await deny(conn)
        (seconds,) = (row[0] for row in await rows(conn, _PAUSE))
        hours.append(seconds / 3600)
        await pass_by(conn, timedelta(days=1))
    assert hours == [1, 2, 4, 8, 16, 24, 24]
    await conn.execute("update denials set times = 2000000000, ask_again_at = now()")
    await deny(conn)
    assert await rows(conn, _PAUSE) == [(86_400,)]


async def test_several_who_are_denied_at_once_count_as_one(conn: Conn) -> None:
    await deny(conn)
    await deny(conn, error="not_found")
    assert await rows(conn, "select times, error from denials") == [(1, "access_denied")]


async def test_one_run_of_all_asks_when_its_time_has_come(database: Database) -> None:
    asking = []

    async def ask(run_id: str) -> None:
        async with database.connection() as connection:
            found = await standing_denial(connection, CHANNEL, run_id)
        assert found is not None
        if found[1]:
            asking.append(run_id)

    async with database.connection() as connection:
        await deny(connection)
        await pass_by(connection, timedelta(hours=1))
    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(ask, f"run {number}")
    assert len(asking) == 1
    await ask(asking[0])
    assert asking == [asking[0]] * 2, "it may begin once more"
    await ask("another")
    async with database.connection() as connection:
        await pass_by(connection, ASKING_TAKES)
    await ask("another")
    assert asking[2:] == ["another"], "the first gave no sign for too long"


async def test_what_may_be_read_is_forgotten(conn: Conn) -> None:
    for channel_id in (70, 71, 72):
        await deny(conn, channel_id)
    assert sorted(await forget_denials(conn, [70, 72, 99])) == [70, 72]
    assert set(await denied_channels(conn)) == {71}


async def test_those_that_were_ever_seen_have_names(conn: Conn) -> None:
    for channel_id in (70, 71):
        await deny(conn, channel_id)
    await record_channel(conn, Channel(70, 7, None, 0, "staff", nsfw=False, last_message_id=None))
    assert await denied_names(conn) == {70: "staff"}


@pytest.mark.parametrize(("age", "left"), [(89, 1), (91, 0)])
async def test_what_nobody_asks_about_is_dropped(conn: Conn, age: int, left: int) -> None:
    await deny(conn)
    await pass_by(conn, timedelta(days=age))
    assert await prune_denials(conn, 90) == 1 - left
    assert len(await denied_channels(conn)) == left
