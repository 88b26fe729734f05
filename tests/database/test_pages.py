"""What one group of pages leaves in the tables, case by case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import AsyncRawCursor
from psycopg.rows import TupleRow

from clipsaver.database import Database, coverage, runs
from clipsaver.database.errors import Verdict, verdict
from clipsaver.database.run_changes import Leaving, leave_run
from clipsaver.errors import LeaseLost
from clipsaver.ranges import Range, RangeSet
from clipsaver.records import (
    DeletedReason,
    Departure,
    PageChanges,
    PageResult,
    RunProgress,
    RunState,
)
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import (
    CHANNEL,
    EXPIRES_AT,
    READ_AT,
    SETTINGS,
    a_clip,
    a_message,
    a_page,
    add_channel,
    add_run,
    an_author,
    commit_pages,
    rows,
    statement,
)

Conn = TrioConnection[TupleRow]


@pytest.fixture
async def conn(database: Database) -> AsyncIterator[Conn]:
    """A writer's connection to a database in which run s/1 is held under fence 5."""
    opened = await database.connect_writer()
    await add_run(opened, "s/1")
    yield opened
    await opened.close()


async def the_clip(conn: Conn, *columns: str) -> tuple[Any, ...]:
    ((*values,),) = await rows(conn, f"select {', '.join(columns)} from clips")
    return tuple(values)


ADDED_TWO = PageChanges(added=2)


async def refusal(conn: Conn, page: PageResult) -> str:
    (fate,) = await commit_pages(conn, [page])
    assert isinstance(fate, LeaseLost)
    return str(fate)


async def test_everything_of_a_page_is_in(conn: Conn) -> None:
    await runs.plan_run(conn, "s/1", 5, RangeSet.of(0, None))
    assert await commit_pages(conn, [a_page("s/1", 1, a_clip(150), a_clip(160))]) == [ADDED_TWO]
    run = await runs.read_run(conn, "s/1")
    assert run is not None
    assert run.remaining == RangeSet.of(0, None) - RangeSet.of(100, 200)
    assert run.progress == RunProgress(1, 100, 2, 1, changes=ADDED_TWO)
    assert await coverage.read_coverage(conn, CHANNEL, SETTINGS) == RangeSet.of(100, 200)
    assert await rows(conn, "select message_id from messages order by 1") == [(150,), (160,)]
    assert await rows(conn, "select username from authors") == [("user900",)]
    assert await the_clip_ids(conn) == ["150-1", "160-1"]
    assert await rows(
        conn, "select distinct thumbnail_state, thumbnail_due_at, codec, settings_hash from clips"
    ) == [("pending", None, None, SETTINGS)]


async def the_clip_ids(conn: Conn) -> list[str]:
    return [clip_id for (clip_id,) in await rows(conn, "select clip_id from clips order by 1")]


async def test_a_page_without_clips_counts_and_covers(conn: Conn) -> None:
    assert await commit_pages(conn, [a_page("s/1")]) == [PageChanges()]
    assert await coverage.read_coverage(conn, CHANNEL, SETTINGS) == RangeSet.of(100, 200)
    assert await coverage.read_coverage(conn, CHANNEL, "other") == RangeSet()


async def test_coverage_grows_together(conn: Conn) -> None:
    for number in (1, 2, 3):
        await commit_pages(conn, [a_page("s/1", number)])
    assert await coverage.read_coverage(conn, CHANNEL, SETTINGS) == RangeSet.of(100, 400)


async def test_a_page_that_covers_nothing_leaves_no_coverage(conn: Conn) -> None:
    assert await commit_pages(conn, [a_page("s/1", covered=RangeSet())]) == [PageChanges()]
    assert await rows(conn, "select * from scan_coverage") == []


async def test_runs_of_one_channel_and_settings_in_one_group_add_up(conn: Conn) -> None:
    await add_run(conn, "s/2")
    group = [a_page("s/1"), a_page("s/2", covered=RangeSet.of(500, 600))]
    assert await commit_pages(conn, group) == [PageChanges(), PageChanges()]
    covered = await coverage.read_coverage(conn, CHANNEL, SETTINGS)
    assert covered == RangeSet.of(100, 200) | RangeSet.of(500, 600)


async def test_a_page_that_is_in_changes_nothing_when_sent_again(conn: Conn) -> None:
    page = a_page("s/1", 1, a_clip(150))
    await commit_pages(conn, [page])
    before = await rows(conn, "select * from runs")
    assert await commit_pages(conn, [page]) == [PageChanges()]
    assert await rows(conn, "select * from runs") == before


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"fence": 4}, "another delivery holds it (fence 5, ours 4)"),
        ({"fence": 6}, "another delivery holds it (fence 5, ours 6)"),
        ({"epoch": 1}, "read at epoch 1 of channel 70, and a purge came since"),
        ({"run_id": "s/404"}, "there is no such run"),
        ({"page_number": 3}, "its page 1 is not committed yet"),
    ],
)
async def test_a_page_that_may_not_be_written_leaves_nothing(
    conn: Conn, fields: dict[str, Any], reason: str
) -> None:
    said = await refusal(conn, replace(a_page("s/1", 1, a_clip(150)), **fields))
    assert reason in said
    for table in ("clips", "messages", "authors", "scan_coverage"):
        assert await rows(conn, f"select * from {table}") == []
    run = await runs.read_run(conn, "s/1")
    assert run is not None
    assert run.progress == RunProgress()


@pytest.mark.parametrize("state", [RunState.CANCELLED, RunState.QUEUED])
async def test_a_run_that_is_not_running_takes_no_page(conn: Conn, state: RunState) -> None:
    if state.is_over:
        await leave_run(conn, Leaving("s/1", 5, state))
    else:
        await leave_run(conn, Leaving("s/1", 5, RunState.QUEUED))
    assert f"the run is {state}" in await refusal(conn, a_page("s/1"))


async def test_a_refused_page_does_not_hold_back_the_others(conn: Conn) -> None:
    await add_run(conn, "s/2")
    group = [a_page("s/1", 1, a_clip(150), fence=4), a_page("s/2", 1, a_clip(160))]
    refused, committed = await commit_pages(conn, group)
    assert isinstance(refused, LeaseLost)
    assert isinstance(committed, PageChanges)
    assert await the_clip_ids(conn) == ["160-1"]


async def test_the_same_clip_on_two_pages_of_a_group_is_written_once(conn: Conn) -> None:
    await add_run(conn, "s/2")
    first = a_page("s/1", 1, a_clip(150, title="first"))
    second = a_page("s/2", 1, a_clip(150, title="second"))
    assert await commit_pages(conn, [first, second]) == [PageChanges(added=1)] * 2
    assert await the_clip(conn, "clip_id", "title") == ("150-1", "second")


async def test_of_two_pages_with_one_clip_the_refused_one_does_not_win(conn: Conn) -> None:
    await add_run(conn, "s/2")
    first = a_page("s/1", 1, a_clip(150, title="first"))
    second = a_page("s/2", 1, a_clip(150, title="second"), fence=4)
    await commit_pages(conn, [first, second])
    assert await the_clip(conn, "title") == ("first",)


async def test_a_clip_read_again_is_there_again_with_its_thumbnail(conn: Conn) -> None:
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150))])
    await conn.execute(
        "update clips set deleted_at = '2026-01-01Z', deleted_reason = 'message',"
        " thumbnail_attempts = 2, thumbnail_state = 'ready', first_seen_at = '2020-01-01Z'"
    )
    await commit_pages(conn, [a_page("s/1", 2, a_clip(150))])
    columns = ("deleted_at", "deleted_reason", "thumbnail_state", "thumbnail_attempts")
    assert await the_clip(conn, *columns, "extract(year from first_seen_at)::int") == (
        *(None, None, "ready", 2),
        2020,
    )


# --- clips that are there no more ---


def gone(*clip_ids: str, reason: DeletedReason = DeletedReason.MESSAGE) -> dict[str, Any]:
    """As fields of a page."""
    return {"departures": tuple(Departure(clip_id, reason) for clip_id in clip_ids)}


async def test_a_departed_clip_is_marked_and_counted(conn: Conn) -> None:
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150), a_clip(160))])
    (changes,) = await commit_pages(conn, [a_page("s/1", 2, **gone("150-1", "999-1"))])
    assert changes == PageChanges(deleted=1)
    run = await runs.read_run(conn, "s/1")
    assert run is not None
    assert run.progress.changes == PageChanges(added=2, deleted=1)
    found = await rows(conn, "select clip_id, deleted_at, deleted_reason from clips order by 1")
    assert found == [("150-1", READ_AT, "message"), ("160-1", None, None)]


async def test_a_clip_departs_once(conn: Conn) -> None:
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150))])
    await commit_pages(conn, [a_page("s/1", 2, **gone("150-1"))])
    again = a_page("s/1", 3, **gone("150-1", reason=DeletedReason.SETTINGS))
    assert await commit_pages(conn, [again]) == [PageChanges()]
    assert await the_clip(conn, "deleted_reason") == ("message",)


async def test_what_was_added_after_a_page_was_read_is_not_missed_on_it(conn: Conn) -> None:
    """A bot edited a file into the message meanwhile, and a live job was quicker."""
    later = READ_AT + timedelta(seconds=1)
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150), read_at=later)])
    late = a_page("s/1", 2, **gone("150-1", reason=DeletedReason.ATTACHMENT))
    assert await commit_pages(conn, [late]) == [PageChanges()]
    assert await the_clip(conn, "deleted_at") == (None,)


async def test_a_clip_of_another_channel_does_not_depart(conn: Conn) -> None:
    await add_channel(conn, 71)
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150))])
    elsewhere = a_page("s/1", 2, channel_id=71, **gone("150-1"))
    assert await commit_pages(conn, [elsewhere]) == [PageChanges()]
    assert await the_clip(conn, "deleted_at") == (None,)


@pytest.mark.parametrize(
    ("reason", "read_later_s", "is_back"),
    [
        (DeletedReason.MESSAGE, -1, False),
        (DeletedReason.ATTACHMENT, -1, False),
        (DeletedReason.SETTINGS, -1, True),
        (DeletedReason.MESSAGE, 1, True),
    ],
)
async def test_a_page_that_was_read_before_a_deletion_does_not_undo_it(
    conn: Conn, reason: DeletedReason, read_later_s: int, *, is_back: bool
) -> None:
    """It waited for its commit meanwhile. What settings did can be undone, whenever it was."""
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150))])
    await commit_pages(conn, [a_page("s/1", 2, **gone("150-1", reason=reason))])
    read_at = READ_AT + timedelta(seconds=read_later_s)
    (changes,) = await commit_pages(conn, [a_page("s/1", 3, a_clip(150), read_at=read_at)])
    assert changes == PageChanges(restored=int(is_back))
    assert await the_clip(conn, "deleted_reason is null") == (is_back,)


async def test_a_page_that_replaces_takes_its_stretch_off_other_settings(conn: Conn) -> None:
    other = "f" * 16
    await add_run(conn, "s/2")
    await commit_pages(conn, [a_page("s/1", 1), a_page("s/2", 1, settings_hash=other)])
    await commit_pages(conn, [a_page("s/1", 2)])
    partly = a_page("s/2", 2, covered=RangeSet.of(150, 220), settings_hash=other, replaces=True)
    await commit_pages(conn, [partly])
    assert await coverage.read_coverage(conn, CHANNEL, SETTINGS) == RangeSet(
        (Range(100, 150), Range(220, 300))
    )
    assert await coverage.read_coverage(conn, CHANNEL, other) == RangeSet.of(100, 220)
    whole = a_page("s/2", 3, covered=RangeSet.of(0, 400), settings_hash=other, replaces=True)
    await commit_pages(conn, [whole])
    assert await rows(conn, "select settings_hash from scan_coverage") == [(other,)]


async def test_a_clip_that_did_not_change_is_not_touched(conn: Conn) -> None:
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150))])
    query = "select (select xmin from clips)::text, (select xmin from authors)::text"
    before = await rows(conn, query)
    await commit_pages(conn, [a_page("s/1", 2, a_clip(150))])
    assert await rows(conn, query) == before


@pytest.mark.parametrize(("hours", "kept"), [(1, "new"), (0, "new"), (-1, "old")])
async def test_the_link_that_is_valid_longer_stays(conn: Conn, hours: int, kept: str) -> None:
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150, url="old"))])
    later = EXPIRES_AT + timedelta(hours=hours)
    await commit_pages(conn, [a_page("s/1", 2, a_clip(150, url="new", url_expires_at=later))])
    assert await the_clip(conn, "url", "url_expires_at") == (kept, max(EXPIRES_AT, later))


async def test_what_the_file_itself_said_outlives_what_the_message_says(conn: Conn) -> None:
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150, width=None))])
    await commit_pages(conn, [a_page("s/1", 2, a_clip(150, width=100))])
    assert await the_clip(conn, "width", "height") == (100, 360)
    await commit_pages(conn, [a_page("s/1", 3, a_clip(150, width=None))])
    assert await the_clip(conn, "width", "height") == (100, 360)
    await conn.execute("update clips set codec = 'h264', width = 1920, height = 1080")
    await commit_pages(conn, [a_page("s/1", 4, a_clip(150, width=100))])
    assert await the_clip(conn, "codec", "width", "height") == ("h264", 1920, 1080)


async def test_an_author_is_as_read_last(conn: Conn) -> None:
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150))])
    renamed = an_author(username="renamed", global_name="New Name", avatar="a1b2")
    await commit_pages(conn, [a_page("s/1", 2, a_clip(150), authors=(renamed,))])
    found = await rows(conn, "select username, global_name, avatar, is_bot from authors")
    assert found == [("renamed", "New Name", "a1b2", False)]


async def test_a_message_is_as_read_last(conn: Conn) -> None:
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150))])
    edited = a_message(150, content=None, edited_at=EXPIRES_AT)
    await commit_pages(conn, [a_page("s/1", 2, a_clip(150), messages=(edited,))])
    found = await rows(conn, "select content, edited_at from messages")
    assert found == [(None, EXPIRES_AT)]


async def test_hostile_text_is_mended_and_the_page_is_in(conn: Conn) -> None:
    clip = a_clip(150, filename="a\0b\ud800.mp4", title="\0")
    message = a_message(150, content="say \0 \udfff 🎬")
    page = a_page("s/1", 1, clip, messages=(message,), authors=(an_author(username="\0me"),))
    assert await commit_pages(conn, [page]) == [PageChanges(added=1)]
    assert await the_clip(conn, "filename", "title") == ("ab\ufffd.mp4", "")
    assert await rows(conn, "select content from messages") == [("say  \ufffd 🎬",)]
    assert await rows(conn, "select username from authors") == [("me",)]


@pytest.mark.parametrize(
    "clip",
    [
        a_clip(150, width=2**31),
        a_clip(150, size_bytes=2**63),
        a_clip(2**63),
        a_clip(150, clip_id="".join(map(str, range(20_000)))),
        a_clip(150, source="nowhere"),
        a_clip(151),
    ],
    ids=["width", "size", "id", "key", "source", "no message"],
)
async def test_what_cannot_be_stored_is_a_data_error_and_leaves_nothing(
    conn: Conn, clip: Any
) -> None:
    page = a_page("s/1", 1, clip, messages=(a_message(150),))
    with pytest.raises(psycopg.Error) as caught:
        await commit_pages(conn, [page])
    assert verdict(caught.value) is Verdict.DATA
    run = await runs.read_run(conn, "s/1")
    assert run is not None
    assert run.progress == RunProgress()
    assert await rows(conn, "select * from clips") == []


async def test_every_table_is_reached_by_its_key_however_young_it_is(conn: Conn) -> None:
    """The plan is made once, on empty tables, and then used while they grow."""
    query, parameters = statement([a_page("s/1", 1, a_clip(150))])
    explained = await AsyncRawCursor(conn).execute(f"explain {query}", parameters)
    plan = await explained.fetchall()
    scans = {line.split(" on ")[0].strip(" ->") for (line,) in plan if " Scan" in line}
    assert not [scan for scan in scans if scan.startswith("Seq Scan")]
    used = {scan.partition(" using ")[2] for scan in scans if " using " in scan}
    keys = {f"{table}_pkey" for table in ("channels", "runs", "authors", "clips", "opt_outs")}
    assert used == {*keys, "opt_out_key_pkey"}
