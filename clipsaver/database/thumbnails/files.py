"""Stored files that nobody needs: `file_outbox`, from giving them up to their being gone.

Nothing that marks clips deleted has to think of files: pictures of clips that are gone are given up
by a sweep, some time later. A clip that is read again before that has the thumbnail that it had;
one that is read again later is made one anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.text import storable
from clipsaver.records import DeletedReason

KEPT_FOR = {
    DeletedReason.PURGE: timedelta(0),
    DeletedReason.MESSAGE: timedelta(days=1),
    DeletedReason.ATTACHMENT: timedelta(days=1),
    DeletedReason.SETTINGS: timedelta(days=30),
}
"""From a clip's end to that of its pictures. What was purged goes at once. What was deleted at
Discord never comes back, but for an error of Discord's. What settings do not want is still there,
and settings are changed back."""
DELETING_MINUTES = 5
"""Who takes a file and does not say what came of it has died: another one takes it then."""
ARRIVING_MINUTES = 5
"""More than the storage's own time limits."""
_LONGEST_ERROR = 200


@dataclass(frozen=True, slots=True)
class DueFile:
    """A file that is to be deleted now, by who took it."""

    file_id: int
    storage_key: str
    attempts: int
    """This one included."""


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """What waits to be deleted."""

    files: int
    failing: int
    """Those that an attempt failed for."""


async def give_up_files(conn: AsyncConnection[Any], *, limit: int = 1000) -> int:
    """Hands the pictures of clips that are gone for long enough to the outbox.

    Returns how many clips that were, up to `limit` for each reason; call it until it is 0. Those
    clips are as if no thumbnail had ever been tried.
    """
    found = await conn.execute(
        """
        with gone as materialized (
            select one.clip_id
            from unnest(%(reasons)s::text[], %(ages)s::interval[]) as rule(reason, age)
            cross join lateral (
                select clip_id from clips
                where deleted_reason = rule.reason and deleted_at <= now() - rule.age
                  and deleted_at is not null
                  and (thumbnail_state = 'ready' or thumbnail_due_at is not null)
                order by deleted_at limit %(limit)s for update skip locked
            ) one
        ), picture as (
            delete from thumbnails t using gone where t.clip_id = gone.clip_id
            returning t.storage_key
        ), given_up as (
            insert into file_outbox (storage_key, stored) select storage_key, true from picture
        )
        update clips c
        set thumbnail_state = 'pending', thumbnail_attempts = 0, thumbnail_error = null,
            thumbnail_error_message = null, thumbnail_due_at = null, thumbnail_lease_until = null,
            thumbnail_token = null, updated_at = now()
        from gone where c.clip_id = gone.clip_id
        returning 1
        """,
        {
            "reasons": [reason.value for reason in KEPT_FOR],
            "ages": list(KEPT_FOR.values()),
            "limit": limit,
        },
    )
    return len(await found.fetchall())


async def take_files(conn: AsyncConnection[Any], *, limit: int) -> list[DueFile]:
    """Files to delete now, those that wait longest first. Say of each what came of it."""
    found = await conn.execute(
        f"""
        with due as materialized (
            select file_id from file_outbox where due_at <= now()
            order by due_at limit %(limit)s for update skip locked
        )
        update file_outbox f
        set attempts = f.attempts + 1, due_at = now() + interval '{DELETING_MINUTES} minutes'
        from due where f.file_id = due.file_id
        returning f.file_id, f.storage_key, f.attempts
        """,  # noqa: S608 -- a constant
        {"limit": limit},
    )
    return [DueFile(*row) for row in await found.fetchall()]


async def is_any_overdue(conn: AsyncConnection[Any], by_s: float) -> bool:
    """Whether a file waits to be deleted for so many seconds: nobody seems to do that."""
    found = await conn.execute(
        "select exists (select from file_outbox where due_at < now() - %s * interval '1 second')",
        [by_s],
    )
    row = await found.fetchone()
    return row is not None and row[0]


async def forget_files(conn: AsyncConnection[Any], file_ids: Sequence[int]) -> None:
    """They are gone. Purges that gave them up count them."""
    files = list(file_ids)
    while files and await _forget_some(conn, files) < len(files):
        found = await conn.execute(
            "select file_id from file_outbox where file_id = any(%s)", [files]
        )
        files = [row[0] for row in await found.fetchall()]


async def _forget_some(conn: AsyncConnection[Any], files: list[int]) -> int:
    """Forgets them but for those that a purge takes over just now: with its row, the next time.

    A step of a purge locks the purge's row, and then those of files. Who had some of these and
    waited for that row would wait for a step that waits for them. All of it is one statement, since
    who is at its next step waits for that.
    """
    found = await conn.execute(
        """
        with named as materialized (
            select distinct purge_id from file_outbox
            where file_id = any(%(files)s) and purge_id is not null
        ), held as materialized (
            select from purges join named using (purge_id)
            order by purge_id for update of purges
        ), mine as materialized (
            select file_id from file_outbox
            where (select count(*) from held) >= 0 and file_id = any(%(files)s)
              and (purge_id is null or purge_id = any(array(select purge_id from named)))
            order by file_id for update
        ), gone as (
            delete from file_outbox f using mine where f.file_id = mine.file_id
            returning f.purge_id
        ), counted as (
            update purges p set files = p.files + one.files, updated_at = now()
            from (select purge_id, count(*) as files from gone
                  where purge_id is not null group by purge_id) one
            where p.purge_id = one.purge_id
        )
        select count(*) from gone
        """,
        {"files": files},
    )
    ((gone,),) = await found.fetchall()
    return int(gone)


async def postpone_files(
    conn: AsyncConnection[Any], file_ids: Sequence[int], *, error: str, in_s: float
) -> None:
    """They could not be deleted: again in so many seconds."""
    await conn.execute(
        """
        update file_outbox set error = %(error)s, due_at = now() + %(in_s)s * interval '1 second'
        where file_id = any(%(files)s)
        """,
        {"files": list(file_ids), "error": storable(error)[:_LONGEST_ERROR], "in_s": in_s},
    )


async def give_up_reserved(
    conn: AsyncConnection[Any],
    clip_id: str,
    files: Mapping[int, str],
    *,
    have_arrived: bool = False,
) -> None:
    """What `reserve_files` announced will not come to belong to the clip: deleted in some minutes.

    Not at once, unless they `have_arrived`: a picture that could not be stored may arrive after
    all, as after a time-out. `files` are the keys by their entries; where an entry is gone, since
    storing took longer than anybody waits, its key is announced again.
    """
    await conn.execute(
        """
        with file as materialized (
            select * from unnest(%(files)s::bigint[], %(keys)s::text[]) as f(file_id, storage_key)
        ), mine as materialized (
            select file_id from file_outbox where file_id = any(%(files)s::bigint[])
            order by file_id for update
        ), kept as (
            update file_outbox f set due_at = now() + %(in_s)s * interval '1 second',
                                     stored = %(stored)s
            from mine where f.file_id = mine.file_id
        )
        insert into file_outbox (storage_key, due_at, stored)
        select storage_key, now() + %(in_s)s * interval '1 second', %(stored)s
        from file where not exists (select from mine where mine.file_id = file.file_id)
          and not exists (select from thumbnails t where t.clip_id = %(clip)s
                          and t.storage_key = file.storage_key)
        """,
        {
            "clip": clip_id,
            "files": list(files),
            "keys": list(files.values()),
            "in_s": 0 if have_arrived else ARRIVING_MINUTES * 60,
            "stored": have_arrived,
        },
    )


async def outbox_counts(conn: AsyncConnection[Any]) -> OutboxCounts:
    """How many files wait, those of attempts that are under way included."""
    found = await conn.execute(
        "select count(*), count(*) filter (where error is not null) from file_outbox"
    )
    row = await found.fetchone()
    assert row is not None
    return OutboxCounts(*row)
