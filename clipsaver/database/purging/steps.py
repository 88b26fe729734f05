"""The steps of a purge that change rows, each one transaction: see `standing`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.purging.authors import delete_author
from clipsaver.database.purging.clips import KeyRanges, delete_with_theirs
from clipsaver.database.purging.looks import SeenClip
from clipsaver.database.purging.place import Part, Place
from clipsaver.database.purging.scopes import channels_after, values_of
from clipsaver.database.purging.standing import Standing, move, only_row, step_at
from clipsaver.records import PurgeCounts, PurgeScope, PurgeStage

CHANNELS_AT_ONCE = 100
"""Their rows are locked together, and pages that are being committed there waited for."""
_STRIP = """
with unread as (
    delete from scan_coverage where channel_id = any(%(channels)s::bigint[])
), undenied as (
    delete from denials where channel_id = any(%(channels)s::bigint[])
)
update channels
set name = null, last_message_id = null, access = 'unknown', access_error = null, nsfw = false,
    checked_at = 'epoch', updated_at = now()
where channel_id = any(%(channels)s::bigint[])
"""
_WITH_CHECKS = 2
"""So much more it is with foreign keys, which are checked when a statement has told its time."""


async def raise_epochs(conn: AsyncConnection[Any], at: Standing) -> Standing:
    """The next channels' pages that were read so far are not committed any more.

    Those that are being committed now are waited for.
    """
    async with step_at(conn, at):
        found = await conn.execute(
            f"""
            with next as materialized ({channels_after(at.purge.target)}), held as materialized (
                select c.channel_id from channels c join next using (channel_id)
                order by c.channel_id for no key update of c
            ), raised as (
                update channels c set epoch = c.epoch + 1, updated_at = now()
                from held where c.channel_id = held.channel_id
            )
            select max(channel_id), count(*) from next
            """,  # noqa: S608 -- constants
            _next_channels(at),
        )
        last, number = await only_row(found)
        if number < CHANNELS_AT_ONCE:
            return await move(conn, at, None, stage=PurgeStage.COUNT)
        return await move(conn, at, at.place.at(channel=last))


async def record_counts(
    conn: AsyncConnection[Any], at: Standing, counts: PurgeCounts, behind: Place | None
) -> Standing:
    """What was counted so far, before or after; `behind` is where that goes on, None = nowhere."""
    async with step_at(conn, at):
        if behind is not None:
            return await move(conn, at, behind)
        if at.purge.stage is PurgeStage.COUNT:
            return await _record_found(conn, at, counts)
        return await _record_check(conn, at, counts)


async def _record_found(conn: AsyncConnection[Any], at: Standing, found: PurgeCounts) -> Standing:
    """With what was deleted before: a purge that began anew had begun."""
    await conn.execute(
        "update purges set clips_found = clips + %s, messages_found = messages + %s, "
        "pictures_found = pictures + %s where purge_id = %s",
        [found.clips, found.messages, found.pictures, at.purge.purge_id],
    )
    return await move(conn, at, None, stage=PurgeStage.ROWS)


async def _record_check(conn: AsyncConnection[Any], at: Standing, left: PurgeCounts) -> Standing:
    """Where nothing is left it keeps that, and the files come; else rows are deleted once more."""
    if left != PurgeCounts():
        return await move(conn, at, None)
    await conn.execute(
        "update purges set clips_left = 0, messages_left = 0, pictures_left = 0 "
        "where purge_id = %s",
        [at.purge.purge_id],
    )
    return await move(conn, at, None, stage=PurgeStage.FILES)


async def delete_seen(
    conn: AsyncConnection[Any],
    at: Standing,
    seen: Sequence[SeenClip],
    behind: Place | None,
    *,
    key_ranges: KeyRanges,
) -> tuple[Standing, float]:
    """Deletes those of the clips that are meant, with all that is only theirs.

    `behind` is where it goes on, None if these were the last. Returns also for how many seconds
    the server was at the longest statement: less of a machine's other business is in that than in
    what a client could measure.
    """
    place = at.place.at(part=Part.AUTHORS) if behind is None else behind
    async with step_at(conn, at):
        gone = await delete_with_theirs(
            conn,
            [clip.clip_id for clip in seen if clip.is_meant],
            key_ranges=key_ranges,
            purge_id=at.purge.purge_id,
            with_authors=at.purge.target.scope is not PurgeScope.AUTHOR,  # looked at at the end
        )
        counts = gone.counts
        sums = {
            name: getattr(counts, name) for name in ("clips", "messages", "pictures", "authors")
        }
        moved = await move(
            conn,
            at,
            place.at(authors=tuple(sorted({*at.place.authors, *gone.held}))),
            sums={**sums, "files_given_up": counts.files},
        )
    return moved, _WITH_CHECKS * gone.took_s


async def look_at_authors(conn: AsyncConnection[Any], at: Standing) -> Standing:
    """Deletes who has no message left of those that were held before, one of them at a time."""
    target = at.purge.target
    async with step_at(conn, at):
        waiting = at.place.authors
        if target.author_id is not None and target.scope is PurgeScope.AUTHOR:
            waiting = (target.author_id,)
        deleted = await delete_author(conn, waiting[0]) if waiting else 0
        left = waiting[1:]
        part = Part.AUTHORS if left else Part.CHANNELS
        return await move(conn, at, Place(part=part, authors=left), sums={"authors": deleted})


async def strip_channels(conn: AsyncConnection[Any], at: Standing) -> Standing:
    """Of the next channels of a guild, or of a channel and its threads, bare rows stay.

    With their ids and epochs, so that no epoch is ever used twice. Who reads there next asks
    Discord what it is called, also where somebody wanted it, and asked, while it was purged.
    """
    scope = at.purge.target.scope
    async with step_at(conn, at):
        if scope not in (PurgeScope.GUILD, PurgeScope.CHANNEL):
            return await move(conn, at, Place(part=Part.CHECK))
        # Pages that are being committed hold their channel before they write what was read of it.
        found = await conn.execute(
            f"""
            with next as materialized ({channels_after(at.purge.target)}), held as materialized (
                select c.channel_id from channels c join next using (channel_id)
                order by c.channel_id for no key update of c
            )
            select next.channel_id from next left join held using (channel_id) order by 1
            """,  # noqa: S608 -- constants
            _next_channels(at),
        )
        channels = [row[0] for row in await found.fetchall()]
        await conn.execute(_STRIP, {"channels": channels})
        if len(channels) == CHANNELS_AT_ONCE:
            return await move(conn, at, at.place.at(channel=channels[-1]))
        if scope is PurgeScope.GUILD:
            await conn.execute(
                "update guilds set name = null, updated_at = now() where guild_id = %s",
                [at.purge.target.guild_id],
            )
        return await move(conn, at, Place(part=Part.CHECK))


async def end_purge(conn: AsyncConnection[Any], at: Standing) -> Standing:
    """It is over: no file of it waits, and none is added in this stage.

    Which author, and which messages it was about is not kept; its guild or channel is.
    """
    async with step_at(conn, at):
        await conn.execute(
            """
            update purges
            set stage = 'done', ended_at = now(), error = null, author_id = null,
                message_ids = null, driven_by = null, driven_until = null
            where purge_id = %s
            """,
            [at.purge.purge_id],
        )
        return await move(conn, at, None, stage=PurgeStage.DONE)


def _next_channels(at: Standing) -> dict[str, Any]:
    return {
        **values_of(at.purge.target),
        "after": at.place.channel,
        "rows": CHANNELS_AT_ONCE,
    }
