"""Files that nobody needs: given up in time, deleted by one at a time, never forgotten."""

from __future__ import annotations

import pytest

from clipsaver.database.thumbnails import files
from clipsaver.database.thumbnails.files import (
    KEPT_FOR,
    OutboxCounts,
    forget_files,
    give_up_files,
    outbox_counts,
    postpone_files,
    take_files,
)
from clipsaver.database.thumbnails.results import record_ready, reserve_files
from clipsaver.database.thumbnails.states import ThumbnailFilter, ask_again
from clipsaver.records import DeletedReason
from tests.database.making import rows
from tests.database.thumbnails.stage import (
    Conn,
    a_picture,
    add_clips,
    claim,
    delete_clip,
    make_ready,
    outbox,
    pass_by,
    state_of,
)

BOTH = {"100-small-1": True, "100-large-1": True}


async def a_deleted_clip(conn: Conn, reason: str) -> None:
    await add_clips(conn, 100)
    await make_ready(conn, 100)
    await delete_clip(conn, "100-1", reason)


@pytest.mark.parametrize("reason", list(DeletedReason))
async def test_pictures_go_some_time_after_their_clip(conn: Conn, reason: DeletedReason) -> None:
    await a_deleted_clip(conn, reason)
    if KEPT_FOR[reason]:
        assert await give_up_files(conn) == 0
        await pass_by(conn, f"{KEPT_FOR[reason].days} days")
    assert await give_up_files(conn) == 1
    assert await outbox(conn) == BOTH
    assert await rows(conn, "select * from thumbnails") == []
    assert await give_up_files(conn) == 0


def test_every_reason_has_its_time() -> None:
    assert set(KEPT_FOR) == set(DeletedReason)


async def test_a_clip_that_comes_back_before_that_keeps_them(conn: Conn) -> None:
    await a_deleted_clip(conn, "settings")
    await pass_by(conn, "29 days")
    await add_clips(conn, 99, 100)
    await pass_by(conn, "29 days")
    assert await give_up_files(conn) == 0
    assert (await state_of(conn, "100-1"))[0] == "ready"


async def test_a_clip_that_comes_back_later_is_made_one_anew(conn: Conn) -> None:
    await a_deleted_clip(conn, "settings")
    await pass_by(conn, "31 days")
    await give_up_files(conn)
    await add_clips(conn, 99, 100)
    assert await state_of(conn, "100-1") == ("pending", 0, None, False, False)
    assert {clip.message_id for clip in await claim(conn, 9)} == {99, 100}


async def test_a_clip_that_was_to_be_made_anew_loses_its_pictures_too(conn: Conn) -> None:
    await add_clips(conn, 100)
    await make_ready(conn, 100)
    await ask_again(conn, ThumbnailFilter())
    await delete_clip(conn, "100-1", "purge")
    assert await give_up_files(conn) == 1
    assert await outbox(conn) == BOTH


async def test_clips_without_pictures_are_not_looked_at(conn: Conn) -> None:
    await add_clips(conn, 100, 101)
    await conn.execute("update clips set thumbnail_state = 'failed' where message_id = 100")
    await conn.execute("update clips set deleted_at = '2026-01-01', deleted_reason = 'purge'")
    assert await give_up_files(conn) == 0


async def test_many_go_in_parts(conn: Conn) -> None:
    await add_clips(conn, *range(100, 105))
    await conn.execute("update clips set thumbnail_state = 'ready'")
    await conn.execute("update clips set deleted_at = now(), deleted_reason = 'purge'")
    assert [await give_up_files(conn, limit=2) for _ in range(4)] == [2, 2, 1, 0]


async def test_a_file_is_one_workers_until_it_says_what_came_of_it(conn: Conn) -> None:
    await conn.execute(
        "insert into file_outbox (storage_key, due_at) values "
        "('second', now() - interval '1 min'), ('first', now() - interval '2 min'), "
        "('later', now() + interval '1 min')"
    )
    (first,) = await take_files(conn, limit=1)
    assert (first.storage_key, first.attempts) == ("first", 1)
    (second,) = await take_files(conn, limit=9)
    assert second.storage_key == "second"
    await forget_files(conn, [first.file_id])
    await postpone_files(conn, [second.file_id], error="x\0" * 999, in_s=30)
    assert await take_files(conn, limit=9) == []
    assert await outbox_counts(conn) == OutboxCounts(files=2, failing=1)
    await pass_by(conn, "45 seconds")
    (again,) = await take_files(conn, limit=9)
    assert (again.storage_key, again.attempts) == ("second", 2)


async def test_what_a_dead_worker_took_is_taken_by_another(conn: Conn) -> None:
    await conn.execute("insert into file_outbox (storage_key) values ('k')")
    assert len(await take_files(conn, limit=1)) == 1
    assert await take_files(conn, limit=1) == []
    await pass_by(conn, f"{files.DELETING_MINUTES} minutes")
    assert len(await take_files(conn, limit=1)) == 1


async def test_a_file_that_belongs_to_a_clip_by_now_is_not_taken(conn: Conn) -> None:
    await add_clips(conn, 100)
    (clip,) = await claim(conn)
    entries = await reserve_files(conn, clip.claim, ["k1"])
    await pass_by(conn, "61 minutes")
    await record_ready(conn, clip.claim, [a_picture("small", "k1")], files=entries, facts=None)
    assert await take_files(conn, limit=9) == []


async def test_the_sweep_reads_its_index_alone(conn: Conn) -> None:
    """However many clips were deleted before: those are in it no more."""
    await conn.execute("set enable_seqscan = off")
    found = await rows(
        conn,
        "explain (costs off) select clip_id from clips where deleted_reason = 'purge' "
        "and deleted_at <= now() and deleted_at is not null "
        "and (thumbnail_state = 'ready' or thumbnail_due_at is not null) "
        "order by deleted_at limit 1000 for update skip locked",
    )
    plan = "\n".join(line for (line,) in found)
    assert "using clips_thumbnail_gone" in plan
    assert "Sort" not in plan
