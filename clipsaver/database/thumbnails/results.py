"""What an attempt ended with. Only the claim's holder records it, and of a clip that is there.

Before a picture is stored its key goes into `file_outbox`, due in some minutes, and the commit that
gives it to the clip takes it out again. Whatever dies in between, the file is deleted: none is ever
orphaned, and the storage need never be searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.text import storable
from clipsaver.database.thumbnails.claims import Claim, ClaimLost
from clipsaver.records import ThumbnailState

RESERVED_MINUTES = 15
"""From reserving a key to giving the file up: several times what storing two pictures may take.

Who takes longer all the same may lose them, and announces them again (`give_up_reserved`). Where a
worker died in the middle, a purge waits for this.
"""
REPLACED_MINUTES = 60
"""For which a picture that was replaced can still be read by who has its key."""
_LONGEST_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture that is in the storage."""

    size: str
    """small or large."""
    storage_key: str
    width: int
    height: int
    size_bytes: int
    content_type: str
    source: str
    """decode or discord."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the file itself says; None = it does not, and what the message said stays."""

    codec: str
    content_type: str | None
    width: int | None
    height: int | None
    """As displayed."""
    duration_seconds: float | None


@dataclass(frozen=True, slots=True)
class FreshLink:
    """A link that was signed anew."""

    clip_id: str
    url: str
    url_expires_at: datetime | None


_NO_FACTS = FileFacts("", None, None, None, None)

# The clip is locked before its files, as who deletes it does: only what asks for it orders that.
_READY = f"""
with held as materialized (
    select clip_id from clips
    where clip_id = %(clip)s and thumbnail_token = %(token)s and deleted_at is null for update
), free as materialized (
    select file_id from file_outbox
    where (select count(*) from held) = 1
      and file_id = any(%(files)s::bigint[]) and attempts = 0
    order by file_id for update
), mine as materialized (
    select clip_id from held where (select count(*) from free) = cardinality(%(files)s::bigint[])
), new as materialized (
    select clip_id, p.*
    from mine, unnest(%(sizes)s::text[], %(keys)s::text[], %(widths)s::int[], %(heights)s::int[],
                      %(bytes)s::bigint[], %(types)s::text[], %(sources)s::text[])
               as p(size, storage_key, width, height, size_bytes, content_type, source)
), stored as (
    delete from file_outbox f using free, mine where f.file_id = free.file_id
), replaced as (
    insert into file_outbox (storage_key, due_at, stored)
    select old.storage_key, now() + interval '{REPLACED_MINUTES} minutes', true
    from thumbnails old join new using (clip_id, size)
    where old.storage_key <> new.storage_key
), picture as (
    insert into thumbnails (clip_id, size, storage_key, width, height, size_bytes, content_type,
                            source)
    select * from new
    on conflict (clip_id, size) do update
    set storage_key = excluded.storage_key, width = excluded.width, height = excluded.height,
        size_bytes = excluded.size_bytes, content_type = excluded.content_type,
        source = excluded.source, created_at = now()
)
update clips c
set thumbnail_state = 'ready', thumbnail_attempts = 0, thumbnail_error = null,
    thumbnail_error_message = null, thumbnail_due_at = null, thumbnail_lease_until = null,
    thumbnail_token = null, updated_at = now(),
    codec = coalesce(nullif(%(codec)s, ''), c.codec),
    content_type = coalesce(%(content_type)s, c.content_type),
    width = coalesce(%(width)s, c.width), height = coalesce(%(height)s, c.height),
    duration_seconds = coalesce(%(duration)s::float8, c.duration_seconds)
from mine where c.clip_id = mine.clip_id
returning 1
"""  # noqa: S608 -- constants


async def reserve_files(
    conn: AsyncConnection[Any], claim: Claim, keys: Sequence[str]
) -> tuple[int, ...]:
    """Announces files before they are stored; returns their entries for `record_ready`.

    Who deletes the clip waits for that, and so finds what was announced for it. Raises ClaimLost
    where the clip is not held or not there any more: store nothing then.
    """
    found = await conn.execute(
        f"""
        with held as materialized (
            select from clips where clip_id = %(clip)s and thumbnail_token = %(token)s
                                and deleted_at is null for key share
        )
        insert into file_outbox (storage_key, due_at)
        select key, now() + interval '{RESERVED_MINUTES} minutes'
        from held cross join unnest(%(keys)s::text[]) as key
        returning file_id
        """,  # noqa: S608 -- a constant
        {"keys": list(keys), "clip": claim.clip_id, "token": claim.token},
    )
    files = tuple(row[0] for row in await found.fetchall())
    if len(files) != len(keys):
        raise _lost(claim)
    return files


async def record_ready(
    conn: AsyncConnection[Any],
    claim: Claim,
    pictures: Sequence[StoredPicture],
    *,
    files: Sequence[int],
    facts: FileFacts | None,
) -> None:
    """Gives the clip its pictures, in one transaction with what the file says of it.

    `files` are what `reserve_files` returned for their keys. Pictures that they replace are deleted
    an hour later. Raises ClaimLost where the clip is not held any more, is deleted, or the files
    were given up meanwhile: those stored are then deleted in their time.
    """
    known = facts or _NO_FACTS
    values = {
        "clip": claim.clip_id,
        "token": claim.token,
        "files": list(files),
        "sizes": [one.size for one in pictures],
        "keys": [one.storage_key for one in pictures],
        "widths": [one.width for one in pictures],
        "heights": [one.height for one in pictures],
        "bytes": [one.size_bytes for one in pictures],
        "types": [one.content_type for one in pictures],
        "sources": [one.source for one in pictures],
        "codec": storable(known.codec),
        "content_type": known.content_type,
        "width": known.width,
        "height": known.height,
        "duration": known.duration_seconds,
    }
    found = await conn.execute(_READY, values)
    if await found.fetchone() is None:
        raise _lost(claim)


async def record_outcome(
    conn: AsyncConnection[Any],
    claim: Claim,
    state: ThumbnailState,
    *,
    error: str,
    message: str,
    in_s: float | None = None,
    counts: bool = True,
) -> None:
    """Records that there is no picture, and why; with PENDING, `in_s` is when to try again.

    `counts` says whether an attempt was used. A clip that has pictures, since it was to be made
    anew, keeps them and is READY again where it is given up. Raises ClaimLost.
    """
    if state is ThumbnailState.READY or (state is ThumbnailState.PENDING) != (in_s is not None):
        raise ValueError(f"{state} with in_s={in_s}")
    found = await conn.execute(
        """
        update clips c
        set thumbnail_state = case
                when %(state)s::text <> 'pending'
                     and exists (select from thumbnails t where t.clip_id = c.clip_id)
                then 'ready' else %(state)s::text end,
            thumbnail_attempts = thumbnail_attempts + %(used)s,
            thumbnail_error = %(error)s, thumbnail_error_message = %(message)s,
            thumbnail_due_at = now() + %(in_s)s::float8 * interval '1 second',
            thumbnail_lease_until = null, thumbnail_token = null, updated_at = now()
        where clip_id = %(clip)s and thumbnail_token = %(token)s and deleted_at is null
        returning 1
        """,
        {
            "clip": claim.clip_id,
            "token": claim.token,
            "state": state.value,
            "in_s": in_s,
            "used": int(counts),
            "error": error,
            "message": storable(message)[:_LONGEST_MESSAGE],
        },
    )
    if await found.fetchone() is None:
        raise _lost(claim)


async def record_links(conn: AsyncConnection[Any], links: Sequence[FreshLink]) -> None:
    """Keeps links that were signed anew, unless what is stored is valid longer."""
    await conn.execute(
        """
        with fresh as materialized (
            select c.clip_id, f.url, f.expires_at
            from unnest(%(clips)s::text[], %(urls)s::text[], %(times)s::timestamptz[])
                 as f(clip_id, url, expires_at)
            join clips c using (clip_id)
            where c.url_expires_at is null or f.expires_at is null
                  or c.url_expires_at < f.expires_at
            order by c.clip_id for update of c
        )
        update clips c set url = f.url, url_expires_at = f.expires_at, updated_at = now()
        from fresh f where c.clip_id = f.clip_id
        """,
        {
            "clips": [link.clip_id for link in links],
            "urls": [storable(link.url) for link in links],
            "times": [link.url_expires_at for link in links],
        },
    )


def _lost(claim: Claim) -> ClaimLost:
    return ClaimLost(
        f"the thumbnail of clip {claim.clip_id} is another worker's now, or the clip was deleted"
    )
