"""What was kept long enough is found in order of age, in bounded steps, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clipsaver.database import retention
from clipsaver.snowflake import MAX_ID
from tests.database.making import a_clip, a_page, add_channel, add_run, commit_pages, rows

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
async def clips(conn):
    """Clips of the messages 101 to 109."""
    await add_run(conn, "s/1")
    await commit_pages(conn, [a_page("s/1", 1, *map(a_clip, range(101, 110)))])
    return conn


async def with_text(conn) -> list[int]:
    found = await rows(conn, "select message_id from messages where content is not null order by 1")
    return [one for (one,) in found]


async def test_texts_go_in_steps_and_leave_the_rest_as_it_is(clips) -> None:
    before = await rows(clips, "select * from clips order by 1")
    assert await retention.forget_texts(clips, 106, limit=3) == 3
    assert await with_text(clips) == list(range(104, 110)), "the oldest first"
    assert await retention.forget_texts(clips, 106, limit=3) == 2
    assert await retention.forget_texts(clips, 106, limit=3) == 0
    assert await with_text(clips) == list(range(106, 110))
    assert await rows(clips, "select * from clips order by 1") == before
    assert await retention.forget_texts(clips, MAX_ID, limit=9) == 4


async def test_a_text_that_somebody_writes_now_is_left_for_the_next_time(clips, database) -> None:
    async with database._pool.connection() as writer, writer.transaction():
        await writer.execute("update messages set content = 'new' where message_id = 102")
        assert await retention.forget_texts(clips, 105, limit=9) == 3
    assert await retention.forget_texts(clips, 105, limit=9) == 1


@pytest.mark.parametrize(
    ("covered", "left"),
    [
        ("{[0,100),[200,)}", "{[200,)}"),
        ("{[0,)}", "{[150,)}"),
        ("{[100,200)}", "{[150,200)}"),
        ("{[150,200)}", "{[150,200)}"),
        ("{[149,150),[160,170)}", "{[160,170)}"),
        ("{[0,150)}", None),
        ("{}", "{}"),
    ],
)
async def test_what_is_too_old_was_not_read_any_more(conn, covered: str, left: str | None) -> None:
    await add_channel(conn)
    await conn.execute(
        "insert into scan_coverage (channel_id, settings_hash, covered) values (70, 'a', %s)",
        [covered],
    )
    assert await retention.uncover(conn, 150, (0, ""), limit=5) == (70, "a")
    found = await rows(conn, "select covered::text from scan_coverage")
    assert found == ([] if left is None else [(left,)])


async def test_coverage_is_gone_through_step_by_step(conn) -> None:
    for channel_id in (70, 71, 72):
        await add_channel(conn, channel_id)
        await conn.execute(
            "insert into scan_coverage (channel_id, settings_hash, covered) "
            "select %s, hash, '{[0,)}' from unnest('{a,b}'::text[]) as hash",
            [channel_id],
        )
    places, place = [], (0, "")
    while (place := await retention.uncover(conn, 9, place, limit=4)) is not None:
        places.append(place)
    assert places == [(71, "b"), (72, "b")]
    assert await rows(conn, "select distinct covered::text from scan_coverage") == [("{[9,)}",)]


async def test_old_clips_come_in_order_of_age(clips) -> None:
    assert await retention.old_clips(clips, 104, limit=2) == ["101-1", "102-1"]
    assert await retention.old_clips(clips, 103, limit=5) == ["101-1", "102-1"]
    assert await retention.old_clips(clips, 101, limit=5) == []


async def test_of_deleted_clips_those_count_that_are_gone_at_discord(clips) -> None:
    for number, (reason, days) in enumerate(
        [("message", 30), ("attachment", 31), ("settings", 99), ("message", 29), (None, 0)], 101
    ):
        await clips.execute(
            "update clips set deleted_reason = %s, deleted_at = %s where message_id = %s",
            [reason, NOW - timedelta(days=days) if reason else None, number],
        )
    before = (NOW - timedelta(days=30)).timestamp()
    assert await retention.clips_gone(clips, before + 0.001, limit=9) == ["102-1", "101-1"]
    assert await retention.clips_gone(clips, before, limit=9) == ["102-1"], "to the very moment"
    assert await retention.clips_gone(clips, before + 0.001, limit=1) == ["102-1"]


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (retention.OLD_CLIPS, "clips_message"),
        (retention.CLIPS_GONE, "clips_gone"),
        ("select message_id from messages where content is not null and message_id < "
         "%(older_than)s order by message_id limit %(limit)s", "messages_with_content"),
    ],
)  # fmt: skip
async def test_an_index_answers_each(conn, query: str, index: str) -> None:
    await add_run(conn, "s/1")
    await conn.execute("insert into authors (author_id, username, is_bot) values (1, 'a', false)")
    await conn.execute(  # as after a while: most texts are gone
        "insert into messages (message_id, channel_id, author_id, type, content, posted_at) "
        "select k, 70, 1, 0, null, now() from generate_series(1, 2000) k"
    )
    await conn.execute("set enable_seqscan = off")
    values = {"older_than": 9, "before": 9.0, "limit": 5}
    found = await conn.execute(f"explain (costs off) {query}", values)
    plan = "\n".join(row[0] for row in await found.fetchall())
    await conn.execute("reset enable_seqscan")
    assert f"Index Scan using {index}" in plan or f"Index Only Scan using {index}" in plan
    assert "Sort" not in plan
