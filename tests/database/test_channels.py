"""Channels are as Discord described them last; their epoch is ours."""

from __future__ import annotations

from dataclasses import replace

from psycopg.rows import TupleRow

from clipsaver.database.channels import Access, known_channel, record_access, record_channel
from clipsaver.records import Channel
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import rows

Conn = TrioConnection[TupleRow]
CHANNEL = Channel(70, 7, 60, 11, "a thread", nsfw=True, last_message_id=150)


async def test_an_unknown_channel_is_none(conn: Conn) -> None:
    assert await known_channel(conn, 404) is None


async def test_a_channel_comes_back_as_recorded(conn: Conn) -> None:
    recorded = await record_channel(conn, CHANNEL)
    assert (recorded.channel, recorded.epoch) == (CHANNEL, 0)
    assert await known_channel(conn, 70) == recorded
    assert await rows(conn, "select guild_id, name from guilds") == [(7, None)]


async def test_recording_again_refreshes_it_and_keeps_the_epoch(conn: Conn) -> None:
    first = await record_channel(conn, CHANNEL)
    await conn.execute("update channels set epoch = 3")
    changed = replace(CHANNEL, name="renamed\0\ud800", nsfw=False, last_message_id=160)
    again = await record_channel(conn, changed)
    assert again.channel == replace(changed, name="renamed\ufffd")
    assert again.epoch == 3
    assert again.checked_at > first.checked_at


async def test_a_last_message_that_was_deleted_is_still_the_newest_ever(conn: Conn) -> None:
    await record_channel(conn, CHANNEL)
    again = await record_channel(conn, replace(CHANNEL, last_message_id=None))
    assert again.channel.last_message_id == 150


async def test_what_reading_it_ended_with_is_kept(conn: Conn) -> None:
    await record_channel(conn, CHANNEL)
    query = "select access, access_error from channels"
    assert await rows(conn, query) == [("unknown", None)]
    await record_access(conn, 70, Access.DENIED, "missing_read_message_history")
    assert await rows(conn, query) == [("denied", "missing_read_message_history")]
    await record_channel(conn, CHANNEL)
    assert await rows(conn, query) == [("denied", "missing_read_message_history")]
    await record_access(conn, 70, Access.READABLE)
    assert await rows(conn, query) == [("readable", None)]
