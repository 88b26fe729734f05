"""Clips to make thumbnails of, and what their rows say afterwards."""

from __future__ import annotations

from typing import Any

from psycopg.rows import TupleRow

from clipsaver.database.thumbnails.claims import Claim, ClaimedClip, claim_clips
from clipsaver.database.thumbnails.results import (
    StoredPicture,
    record_outcome,
    record_ready,
    reserve_files,
)
from clipsaver.records import PageChanges, ThumbnailState
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import a_clip, a_page, add_run, commit_pages, rows

Conn = TrioConnection[TupleRow]
LEASE_S = 60.0


async def add_clips(conn: Conn, *message_ids: int, **fields: Any) -> None:
    """One clip in each message, as a scan finds them; those of message 5 are `5-1`."""
    run = f"s/{min(message_ids)}"
    await add_run(conn, run)
    (fate,) = await commit_pages(
        conn, [a_page(run, 1, *(a_clip(one, **fields) for one in message_ids))]
    )
    assert isinstance(fate, PageChanges)


async def claim(
    conn: Conn, count: int = 1, *, for_due: int = 0, token: int = 1, lease_s: float = LEASE_S
) -> list[ClaimedClip]:
    return await claim_clips(conn, count=count, for_due=for_due, token=token, lease_s=lease_s)


async def claimed(conn: Conn, count: int = 1, **options: Any) -> list[int]:
    """The messages of the clips that are claimed."""
    return [clip.message_id for clip in await claim(conn, count, **options)]


def a_picture(size: str, key: str, **fields: Any) -> StoredPicture:
    given = {"width": 320, "height": 180, "size_bytes": 9, "source": "decode", **fields}
    return StoredPicture(size, key, content_type="image/webp", **given)


async def make_ready(conn: Conn, message_id: int, token: int = 1) -> Claim:
    """Its clip gets two pictures, `<message>-<size>-<token>`; nothing else may be pending."""
    (clip,) = await claim(conn, token=token)
    assert clip.message_id == message_id
    keys = [f"{message_id}-{size}-{token}" for size in ("small", "large")]
    files = await reserve_files(conn, clip.claim, keys)
    pictures = [a_picture(size, key) for size, key in zip(("small", "large"), keys, strict=True)]
    await record_ready(conn, clip.claim, pictures, files=files, facts=None)
    return clip.claim


async def state_of(conn: Conn, clip_id: str) -> tuple[Any, ...]:
    """State, failed attempts, error, and whether it is due at a time, and held."""
    (found,) = await rows(
        conn,
        "select thumbnail_state, thumbnail_attempts, thumbnail_error, "
        "thumbnail_due_at is not null, thumbnail_token is not null from clips where clip_id = %s",
        clip_id,
    )
    return found


async def outbox(conn: Conn) -> dict[str, bool]:
    """The files that wait to be deleted, and whether each is due."""
    found = await rows(conn, "select storage_key, due_at <= now() from file_outbox order by 1")
    return dict(found)


async def pass_by(conn: Conn, interval: str) -> None:
    """So much time, as far as the rows tell."""
    await conn.execute(
        f"update clips set thumbnail_due_at = thumbnail_due_at - interval '{interval}', "
        f"thumbnail_lease_until = thumbnail_lease_until - interval '{interval}', "
        f"deleted_at = deleted_at - interval '{interval}'"
    )
    await conn.execute(f"update file_outbox set due_at = due_at - interval '{interval}'")


async def delete_clip(conn: Conn, clip_id: str, reason: str = "message") -> None:
    await conn.execute(
        "update clips set deleted_at = now(), deleted_reason = %s where clip_id = %s",
        [reason, clip_id],
    )


async def fail(conn: Conn, message_id: int, state: ThumbnailState, error: str) -> None:
    """Its clip is the newest that is pending."""
    (clip,) = await claim(conn)
    assert clip.message_id == message_id
    in_s = 3600 if state is ThumbnailState.PENDING else None
    await record_outcome(conn, clip.claim, state, error=error, message="words", in_s=in_s)


async def add_one_of_each(conn: Conn) -> None:
    """Messages 100 to 106, one clip each: one of each state, a later one, one deleted."""
    await add_clips(conn, *range(100, 107))
    await make_ready(conn, 106)
    await fail(conn, 105, ThumbnailState.FAILED, "media_unavailable")
    await fail(conn, 104, ThumbnailState.UNAVAILABLE, "no_video")
    await fail(conn, 103, ThumbnailState.PENDING, "media_unavailable")
    await conn.execute("update clips set thumbnail_state = 'skipped' where message_id = 102")
    await delete_clip(conn, "101-1")
