"""What a page of a search leaves in the tables: its hits lie in several channels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import AsyncRawCursor
from psycopg.rows import TupleRow

from clipsaver.database import Database, runs
from clipsaver.database.run_changes import Begun, Leaving, begin_run, leave_run
from clipsaver.errors import EpochPassed, LeaseLost
from clipsaver.ranges import RangeSet
from clipsaver.records import (
    Clip,
    DeletedReason,
    Delivery,
    Departure,
    PageChanges,
    PageResult,
    RunProgress,
    RunState,
)
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import (
    EXPIRES_AT,
    POSTED_AT,
    READ_AT,
    a_clip,
    a_job,
    a_message,
    a_page,
    a_part,
    add_channel,
    add_run,
    an_author,
    commit_pages,
    commit_search_page,
    refused_parts,
    rows,
    search_statement,
)

Conn = TrioConnection[TupleRow]
LATER = EXPIRES_AT + timedelta(hours=1)


@pytest.fixture
async def conn(database: Database) -> AsyncIterator[Conn]:
    """A writer's connection; run s/1 is held under fence 5, channels 70 and 71 are known."""
    opened = await database.connect_writer()
    await add_run(opened, "s/1")
    await add_channel(opened, 71)
    yield opened
    await opened.close()


async def run_s1(conn: Conn) -> runs.Run:
    run = await runs.read_run(conn, "s/1")
    assert run is not None
    return run


async def the_clip(conn: Conn, *columns: str) -> tuple[Any, ...]:
    ((*values,),) = await rows(conn, f"select {', '.join(columns)} from clips")
    return tuple(values)


def here(*clips: Clip, **fields: Any) -> PageResult:
    return a_part("s/1", 70, *clips, **fields)


def there(*attachments: int, **fields: Any) -> PageResult:
    return a_part("s/1", 71, *(a_clip(71_000, k, channel_id=71) for k in attachments), **fields)


async def test_all_parts_are_in_and_the_run_counts_one_page(conn: Conn) -> None:
    parts = [
        here(a_clip(150), a_clip(160), messages_read=3, requests=2, search_left="next"),
        there(1, messages_read=1, requests=0, guild_id=8),
    ]
    changes = await commit_search_page(conn, parts)
    assert changes == PageChanges(added=3, by_search=3)
    run = await run_s1(conn)
    assert (
        run.progress == RunProgress(1, 4, 3, 2, changes) == RunProgress().plus_parts(parts, changes)
    )
    assert run.search_left == "next"
    found = await rows(conn, "select clip_id, channel_id, guild_id from clips order by 1")
    assert found == [("150-1", 70, 7), ("160-1", 70, 7), ("71000-1", 71, 8)]
    assert await rows(conn, "select username from authors") == [("user900",)]
    assert await rows(conn, "select * from scan_coverage") == []


async def test_the_next_delivery_knows_where_the_search_goes_on(conn: Conn) -> None:
    await commit_search_page(conn, [here(search_left="first")])
    await commit_search_page(conn, [here(page_number=2, search_left=None)])
    begun = await begin_run(conn, Delivery("s/1", 6, attempts=0), a_job(channel_id="70"))
    assert isinstance(begun, Begun)
    assert begun.start.search_left == "first"
    assert begun.start.progress == (await run_s1(conn)).progress


async def test_a_page_without_a_clip_counts_whatever_channel_it_names(conn: Conn) -> None:
    nothing = replace(here(messages_read=25, search_left="on"), channel_id=0, guild_id=0)
    assert await commit_search_page(conn, [nothing]) == PageChanges()
    run = await run_s1(conn)
    assert (run.progress, run.search_left) == (RunProgress(1, 25, 0, 1), "on")


async def test_a_page_that_is_in_changes_nothing_when_sent_again(conn: Conn) -> None:
    parts = [here(a_clip(150), search_left="next"), there(1)]
    await commit_search_page(conn, parts)
    before = await rows(conn, "select * from runs")
    assert await commit_search_page(conn, parts) == PageChanges()
    assert await rows(conn, "select * from runs") == before


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"fence": 4}, "another delivery holds it (fence 5, ours 4)"),
        ({"run_id": "s/404"}, "there is no such run"),
        ({"page_number": 3}, "its page 1 is not committed yet"),
    ],
)
async def test_a_page_that_may_not_be_written_leaves_nothing(
    conn: Conn, fields: dict[str, Any], reason: str
) -> None:
    parts = [replace(part, **fields) for part in (here(a_clip(150)), there(1))]
    fate = await commit_search_page(conn, parts)
    assert isinstance(fate, LeaseLost)
    assert reason in str(fate)
    for table in ("clips", "messages", "authors"):
        assert await rows(conn, f"select * from {table}") == []
    assert (await run_s1(conn)).progress == RunProgress()


async def test_a_run_that_has_ended_takes_no_page(conn: Conn) -> None:
    await leave_run(conn, Leaving("s/1", 5, RunState.CANCELLED))
    assert isinstance(await commit_search_page(conn, [here(a_clip(150))]), LeaseLost)
    assert await rows(conn, "select * from clips") == []


async def test_a_page_that_was_read_before_a_purge_is_refused_as_a_whole(conn: Conn) -> None:
    """A person's purge comes to all channels: hits of others would be lost without a word."""
    await conn.execute("update channels set epoch = 1 where channel_id = 71")
    fate = await commit_search_page(conn, [here(a_clip(150)), there(1)])
    assert isinstance(fate, EpochPassed)
    assert str(fate).endswith("a purge came since it was read, to one of these channels: 70, 71")
    for table in ("clips", "messages", "authors"):
        assert await rows(conn, f"select * from {table}") == []
    assert (await run_s1(conn)).progress == RunProgress()
    again = [here(a_clip(150)), there(1, epoch=1)]
    assert await commit_search_page(conn, again) == PageChanges(added=2, by_search=2)
    assert await commit_search_page(conn, [there(2, epoch=0)]) == PageChanges()  # it is in


# --- what is known already ---


@pytest.mark.parametrize("reason", DeletedReason)
async def test_only_what_a_person_decided_is_undone(conn: Conn, reason: DeletedReason) -> None:
    """However long ago it was deleted: the index is late, and nobody knows by how much."""
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150, title="old"))])
    departure = Departure("150-1", reason)
    await commit_pages(conn, [a_page("s/1", 2, departures=(departure,))])
    hit = here(
        a_clip(150, title="new"),
        page_number=3,
        read_at=READ_AT + timedelta(days=30),
        settings_hash="f" * 16,
    )
    changes = await commit_search_page(conn, [hit])
    is_back = reason in (DeletedReason.SETTINGS, DeletedReason.PURGE)
    assert changes == PageChanges(restored=int(is_back))
    found = await the_clip(conn, "deleted_at is null", "deleted_reason is null", "title")
    assert found == (is_back, is_back, "new" if is_back else "old")
    assert await rows(conn, "select settings_hash = 'ffffffffffffffff' from clips") == [(is_back,)]
    assert (await run_s1(conn)).progress.changes == PageChanges(1, int(is_back), 1, 0)


async def test_of_a_known_clip_search_writes_what_was_unknown_and_nothing_else(
    conn: Conn,
) -> None:
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150, title="by history", width=None))])
    seen = a_clip(150, title="by search", filename="other", spoiler=True, width=9, height=9)
    assert await commit_search_page(conn, [here(seen, page_number=2)]) == PageChanges()
    found = await the_clip(conn, "title", "filename", "spoiler", "width", "height")
    assert found == ("by history", "clip.mp4", False, 9, 360)


@pytest.mark.parametrize(
    ("expires_at", "kept"), [(LATER, "new"), (EXPIRES_AT, "old"), (POSTED_AT, "old"), (None, "old")]
)
async def test_a_link_that_is_valid_longer_is_taken(conn: Conn, expires_at: Any, kept: str) -> None:
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150, url="old"))])
    seen = a_clip(150, url="new", url_expires_at=expires_at)
    await commit_search_page(conn, [here(seen, page_number=2)])
    stays = expires_at if kept == "new" else EXPIRES_AT
    assert await the_clip(conn, "url", "url_expires_at") == (kept, stays)


@pytest.mark.parametrize(
    ("known", "seen", "kept"),
    [
        (None, None, "seen"),
        (None, POSTED_AT, "seen"),
        (POSTED_AT, POSTED_AT, "seen"),
        (POSTED_AT, LATER, "seen"),
        (LATER, POSTED_AT, "known"),
        (POSTED_AT, None, "known"),
    ],
)
async def test_an_older_edit_of_a_message_is_not_believed(
    conn: Conn, known: Any, seen: Any, kept: str
) -> None:
    history = a_message(150, content="known", edited_at=known, type=19)
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150), messages=(history,))])
    late = a_message(150, content="seen", edited_at=seen)
    await commit_search_page(conn, [here(a_clip(150), page_number=2, messages=(late,))])
    stays = ("seen", seen, 0) if kept == "seen" else ("known", known, 19)
    assert await rows(conn, "select content, edited_at, type from messages") == [stays]


async def test_a_known_author_stays_as_history_read_them(conn: Conn) -> None:
    await commit_pages(conn, [a_page("s/1", 1, a_clip(150))])
    renamed = an_author(username="renamed")
    await commit_search_page(conn, [here(a_clip(160), page_number=2, authors=(renamed,))])
    assert await rows(conn, "select username from authors") == [("user900",)]


async def test_history_has_the_last_word_on_what_search_found(conn: Conn) -> None:
    await commit_search_page(conn, [here(a_clip(150, title="by search"), a_clip(160))])
    departure = Departure("160-1", DeletedReason.MESSAGE)
    page = a_page("s/1", 2, a_clip(150, title="by history"), departures=(departure,))
    assert await commit_pages(conn, [page]) == [PageChanges(deleted=1)]
    found = await rows(conn, "select title, deleted_at is null from clips order by clip_id")
    assert found == [("by history", True), (None, False)]
    assert (await run_s1(conn)).progress.changes == PageChanges(2, 0, 1, by_search=2)


# --- what cannot be stored ---


async def test_what_is_refused_is_told_by_place_and_nothing_is_committed(conn: Conn) -> None:
    parts = [
        here(a_clip(150)),
        here(a_clip(160, width=2**31)),
        there(1),
        a_part("s/1", 404, a_clip(404_000, channel_id=404)),
        here(a_clip(170, size_bytes=2**63)),
    ]
    with pytest.raises(psycopg.Error):
        await commit_search_page(conn, parts)
    refused = await refused_parts(conn, parts)
    assert list(refused) == [1, 3, 4]
    assert isinstance(refused[3], psycopg.errors.ForeignKeyViolation)  # a channel never recorded
    assert await rows(conn, "select * from clips") == []
    assert (await run_s1(conn)).progress == RunProgress()
    changes = await commit_search_page(conn, parts, without=refused)
    assert changes == PageChanges(added=2, by_search=2)
    assert (await run_s1(conn)).progress == RunProgress().plus_parts(parts, changes)


@pytest.mark.parametrize(
    "fields",
    [
        {"read": RangeSet.of(1, 2)},
        {"covered": RangeSet.of(1, 2)},
        {"departures": (Departure("1-1", DeletedReason.MESSAGE),)},
        {"replaces": True},
        {"by_search": False, "search_left": "next"},
    ],
)
def test_a_page_of_a_search_proves_nothing(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="search"):
        here(**fields)


async def test_every_table_is_reached_by_its_key_however_young_it_is(conn: Conn) -> None:
    """The plan is made once, on empty tables, and then used while they grow."""
    query, parameters = search_statement([here(a_clip(150)), there(1)])
    explained = await AsyncRawCursor(conn).execute(f"explain {query}", parameters)
    plan = await explained.fetchall()
    scans = {line.split(" on ")[0].strip(" ->") for (line,) in plan if " Scan" in line}
    assert not [scan for scan in scans if scan.startswith("Seq Scan")]
    used = {scan.partition(" using ")[2] for scan in scans if " using " in scan}
    assert used == {
        *(
            "channels_pkey",
            "runs_pkey",
            "authors_pkey",
            "clips_pkey",
            "opt_outs_pkey",
            "opt_out_key_pkey",
        )
    }
