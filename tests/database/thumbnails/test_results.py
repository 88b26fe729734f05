"""What is recorded of an attempt: by its holder, of a clip that is there, and never a file lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import trio

from clipsaver.database import Database
from clipsaver.database.thumbnails.claims import ClaimLost
from clipsaver.database.thumbnails.files import (
    ARRIVING_MINUTES,
    forget_files,
    give_up_reserved,
    take_files,
)
from clipsaver.database.thumbnails.results import (
    FileFacts,
    FreshLink,
    record_links,
    record_outcome,
    record_ready,
    reserve_files,
)
from clipsaver.database.thumbnails.states import ThumbnailFilter, ask_again
from clipsaver.records import ThumbnailState
from tests.database.making import EXPIRES_AT, rows
from tests.database.thumbnails.stage import (
    Conn,
    a_picture,
    add_clips,
    claim,
    claimed,
    delete_clip,
    make_ready,
    outbox,
    pass_by,
    state_of,
)

FACTS = FileFacts("hevc", "video/quicktime", 1080, 1920, 12.5)


async def pictures_of(conn: Conn, clip_id: str) -> dict[str, str]:
    return dict(
        await rows(conn, "select size, storage_key from thumbnails where clip_id = %s", clip_id)
    )


async def measures(conn: Conn, clip_id: str) -> tuple[Any, ...]:
    (found,) = await rows(
        conn,
        "select codec, content_type, width, height, duration_seconds from clips where clip_id = %s",
        clip_id,
    )
    return found


async def test_a_picture_is_the_clips_and_waits_for_nobody_to_delete_it(conn: Conn) -> None:
    await add_clips(conn, 100)
    (clip,) = await claim(conn)
    files = await reserve_files(conn, clip.claim, ["k1", "k2"])
    assert await outbox(conn) == {"k1": False, "k2": False}
    pictures = [a_picture("small", "k1"), a_picture("large", "k2", width=640, height=360)]
    await record_ready(conn, clip.claim, pictures, files=files, facts=FACTS)
    assert await outbox(conn) == {}
    assert await state_of(conn, "100-1") == ("ready", 0, None, False, False)
    found = await rows(
        conn,
        "select size, storage_key, width, height, size_bytes, content_type, source "
        "from thumbnails order by size desc",
    )
    assert found == [
        ("small", "k1", 320, 180, 9, "image/webp", "decode"),
        ("large", "k2", 640, 360, 9, "image/webp", "decode"),
    ]
    assert await claimed(conn) == []


async def test_the_file_has_the_last_word_on_its_measures(conn: Conn) -> None:
    await add_clips(conn, 100, width=None, duration_seconds=3.0)
    (clip,) = await claim(conn)
    await record_ready(conn, clip.claim, [], files=(), facts=FACTS)
    assert await measures(conn, "100-1") == ("hevc", "video/quicktime", 1080, 1920, 12.5)
    await add_clips(conn, 99, 100)
    assert await measures(conn, "100-1") == ("hevc", "video/quicktime", 1080, 1920, 12.5)


async def test_what_the_file_does_not_say_stays_as_the_message_said(conn: Conn) -> None:
    await add_clips(conn, 100, 101)
    partial = FileFacts("vp9", None, None, None, None)
    for clip, facts in zip(await claim(conn, 2), (partial, None), strict=True):
        await record_ready(conn, clip.claim, [], files=(), facts=facts)
    assert await measures(conn, "101-1") == ("vp9", "video/mp4", 640, 360, 1.5)
    assert await measures(conn, "100-1") == (None, "video/mp4", 640, 360, 1.5)


async def lose_the_lease(conn: Conn) -> None:
    await pass_by(conn, "2 minutes")
    assert len(await claim(conn, token=2)) == 1


async def lose_the_clip(conn: Conn) -> None:
    await delete_clip(conn, "100-1")


@pytest.mark.parametrize("lose", [lose_the_lease, lose_the_clip])
async def test_who_lost_the_clip_changes_nothing_and_leaves_no_file(conn: Conn, lose: Any) -> None:
    await add_clips(conn, 100)
    (clip,) = await claim(conn)
    files = await reserve_files(conn, clip.claim, ["k1"])
    await lose(conn)
    before = await rows(conn, "select * from clips")
    with pytest.raises(ClaimLost, match="of clip 100-1 is another worker's now, or the clip was"):
        await record_ready(conn, clip.claim, [a_picture("small", "k1")], files=files, facts=FACTS)
    with pytest.raises(ClaimLost):
        await record_outcome(
            conn, clip.claim, ThumbnailState.FAILED, error="media_gone", message="it is gone"
        )
    with pytest.raises(ClaimLost):
        await reserve_files(conn, clip.claim, ["k2"])
    assert await rows(conn, "select * from clips") == before
    assert await pictures_of(conn, "100-1") == {}
    assert set(await outbox(conn)) == {"k1"}


async def test_a_file_that_was_given_up_meanwhile_never_comes_to_be_shown(conn: Conn) -> None:
    """A worker that stood still for an hour, with its lease renewed by nobody and no one else."""
    await add_clips(conn, 100)
    (clip,) = await claim(conn)
    files = await reserve_files(conn, clip.claim, ["k1", "k2"])
    await pass_by(conn, "61 minutes")
    assert len(await take_files(conn, limit=1)) == 1
    pictures = [a_picture("small", "k1"), a_picture("large", "k2")]
    with pytest.raises(ClaimLost):
        await record_ready(conn, clip.claim, pictures, files=files, facts=None)
    assert await pictures_of(conn, "100-1") == {}
    assert set(await outbox(conn)) == {"k1", "k2"}


async def test_who_deletes_the_clip_meanwhile_is_waited_for_and_holds_its_files_too(
    conn: Conn, database: Database
) -> None:
    """Both lock the clip first: the other order would be a deadlock now and then."""
    await add_clips(conn, 100)
    (clip,) = await claim(conn)
    files = await reserve_files(conn, clip.claim, ["k1", "k2"])
    pictures = [a_picture("small", "k1"), a_picture("large", "k2")]

    async def record() -> None:
        with pytest.raises(ClaimLost):
            async with database.connection() as other:
                await record_ready(other, clip.claim, pictures, files=files, facts=None)

    async def is_waited_for() -> bool:
        query = "select 1 from pg_locks where pg_backend_pid() = any(pg_blocking_pids(pid))"
        return bool(await rows(conn, query))

    async with trio.open_nursery() as nursery, conn.transaction():
        await conn.execute("select from clips where clip_id = '100-1' for update")
        nursery.start_soon(record)
        with trio.fail_after(10):
            while not await is_waited_for():  # noqa: ASYNC110 - another connection's lock
                await trio.sleep(0.01)
        assert len(await rows(conn, "select from file_outbox for update nowait")) == 2
        await conn.execute("update clips set thumbnail_token = null where clip_id = '100-1'")
    assert set(await outbox(conn)) == {"k1", "k2"}


async def test_what_was_reserved_in_vain_is_deleted_soon(conn: Conn) -> None:
    """Not at once: what could not be stored in time may arrive after all."""
    await add_clips(conn, 100)
    (clip,) = await claim(conn)
    (file_id,) = await reserve_files(conn, clip.claim, ["k1"])
    await give_up_reserved(conn, "100-1", {file_id: "k1"})
    assert await outbox(conn) == {"k1": False}
    await pass_by(conn, f"{ARRIVING_MINUTES} minutes")
    assert await outbox(conn) == {"k1": True}


async def test_what_has_arrived_in_vain_is_deleted_at_once(conn: Conn) -> None:
    await add_clips(conn, 100)
    (clip,) = await claim(conn)
    (file_id,) = await reserve_files(conn, clip.claim, ["k1"])
    await give_up_reserved(conn, "100-1", {file_id: "k1"}, have_arrived=True)
    assert await outbox(conn) == {"k1": True}
    assert await rows(conn, "select stored from file_outbox") == [(True,)]


async def test_what_took_so_long_that_it_was_deleted_before_it_came_is_announced_again(
    conn: Conn,
) -> None:
    """Its entry is gone. But not what came to belong to the clip, of which nobody was told."""
    await add_clips(conn, 100)
    (clip,) = await claim(conn)
    files = await reserve_files(conn, clip.claim, ["k1", "k2"])
    await forget_files(conn, files)
    await give_up_reserved(conn, "100-1", dict(zip(files, ["k1", "k2"], strict=True)))
    assert await outbox(conn) == {"k1": False, "k2": False}
    await conn.execute("delete from file_outbox")
    files = await reserve_files(conn, clip.claim, ["k1"])
    await record_ready(conn, clip.claim, [a_picture("small", "k1")], files=files, facts=None)
    await give_up_reserved(conn, "100-1", {files[0]: "k1"}, have_arrived=True)
    assert await outbox(conn) == {}


async def test_a_remake_keeps_the_old_pictures_until_there_are_new_ones(conn: Conn) -> None:
    await add_clips(conn, 100)
    await make_ready(conn, 100, token=1)
    await ask_again(conn, ThumbnailFilter())
    assert await pictures_of(conn, "100-1") == {"small": "100-small-1", "large": "100-large-1"}
    assert await outbox(conn) == {}
    await make_ready(conn, 100, token=2)
    assert await pictures_of(conn, "100-1") == {"small": "100-small-2", "large": "100-large-2"}
    assert await outbox(conn) == {"100-small-1": False, "100-large-1": False}
    await pass_by(conn, "61 minutes")
    assert await outbox(conn) == {"100-small-1": True, "100-large-1": True}


async def test_recording_the_same_pictures_gives_none_of_them_up(conn: Conn) -> None:
    """As after a connection that broke while the commit was under way."""
    await add_clips(conn, 100)
    await make_ready(conn, 100, token=1)
    await ask_again(conn, ThumbnailFilter())
    await make_ready(conn, 100, token=1)
    assert await outbox(conn) == {}


async def test_a_failure_that_may_pass_is_tried_again_later(conn: Conn) -> None:
    await add_clips(conn, 100)
    (clip,) = await claim(conn)
    await record_outcome(
        conn,
        clip.claim,
        ThumbnailState.PENDING,
        error="media_unavailable",
        message="the CDN\0 is away",
        in_s=300,
    )
    assert await state_of(conn, "100-1") == ("pending", 1, "media_unavailable", True, False)
    assert await rows(conn, "select thumbnail_error_message from clips") == [("the CDN is away",)]
    await pass_by(conn, "4 minutes")
    assert await claimed(conn) == []
    await pass_by(conn, "2 minutes")
    (clip,) = await claim(conn)
    assert clip.attempts == 1


async def test_what_is_not_the_clips_fault_uses_no_attempt(conn: Conn) -> None:
    await add_clips(conn, 100)
    (clip,) = await claim(conn)
    await record_outcome(
        conn,
        clip.claim,
        ThumbnailState.PENDING,
        error="storage_full",
        message="full",
        in_s=300,
        counts=False,
    )
    assert await state_of(conn, "100-1") == ("pending", 0, "storage_full", True, False)


@pytest.mark.parametrize(
    "state", [ThumbnailState.FAILED, ThumbnailState.UNAVAILABLE, ThumbnailState.SKIPPED]
)
async def test_one_that_is_given_up_says_why_and_is_left_alone(
    conn: Conn, state: ThumbnailState
) -> None:
    await add_clips(conn, 100)
    (clip,) = await claim(conn)
    await record_outcome(conn, clip.claim, state, error="no_video", message="x" * 9999)
    assert await state_of(conn, "100-1") == (state.value, 1, "no_video", False, False)
    assert await rows(conn, "select length(thumbnail_error_message) from clips") == [(500,)]
    await pass_by(conn, "100 days")
    assert await claimed(conn) == []


async def test_a_remake_that_fails_leaves_what_there_is(conn: Conn) -> None:
    await add_clips(conn, 100)
    await make_ready(conn, 100)
    await ask_again(conn, ThumbnailFilter())
    (clip,) = await claim(conn)
    await record_outcome(
        conn, clip.claim, ThumbnailState.UNAVAILABLE, error="media_gone", message="it is gone"
    )
    assert await state_of(conn, "100-1") == ("ready", 1, "media_gone", False, False)
    assert set(await pictures_of(conn, "100-1")) == {"small", "large"}
    assert await outbox(conn) == {}


@pytest.mark.parametrize(
    ("state", "in_s"),
    [
        (ThumbnailState.READY, None),
        (ThumbnailState.PENDING, None),
        (ThumbnailState.FAILED, 300.0),
    ],
)
async def test_an_outcome_that_makes_no_sense_is_refused(
    conn: Conn, state: ThumbnailState, in_s: float | None
) -> None:
    await add_clips(conn, 100)
    (clip,) = await claim(conn)
    with pytest.raises(ValueError, match="in_s="):
        await record_outcome(conn, clip.claim, state, error="x", message="x", in_s=in_s)


async def test_a_fresh_link_is_kept_unless_another_is_valid_longer(conn: Conn) -> None:
    await add_clips(conn, 100, 101)
    later = datetime(2026, 1, 4, tzinfo=UTC)
    earlier = datetime(2026, 1, 2, tzinfo=UTC)
    links = {"100-1": ("new", later), "101-1": ("old", earlier), "9-9": ("x", later)}
    await record_links(conn, [FreshLink(clip_id, *link) for clip_id, link in links.items()])
    found = await rows(conn, "select clip_id, url, url_expires_at from clips order by clip_id")
    assert found == [
        ("100-1", "new", later),
        ("101-1", "https://cdn.example/101/1", EXPIRES_AT),
    ]
