"""Purges: asked for in one transaction, and the rows that say how far each is.

A purge is there once its row is: whoever can carries it out, and it ends however often who did so
died. In the transaction that writes the row its guild or channel is marked, and its author put on
the list of those who are not stored: what was asked for before then finds that out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.opt_outs import opt_out
from clipsaver.database.text import storable
from clipsaver.errors import UsageError
from clipsaver.records import Purge, PurgeCounts, PurgeScope, PurgeStage, PurgeTarget
from clipsaver.records.channels import CATEGORY

_LONGEST_ERROR = 500
COLUMNS = (
    "purge_id, scope, guild_id, channel_id, author_id, message_ids, asked_by, run_id, asked_at, "
    "stage, clips_found, messages_found, pictures_found, clips, messages, pictures, authors, "
    "files, files_given_up, clips_left, messages_left, pictures_left, error, ended_at"
)
_SAME_TARGET = """
    scope = %(scope)s and channel_id is not distinct from %(channel)s
    and (guild_id is not distinct from %(guild)s or scope in ('channel', 'messages'))
    and author_id is not distinct from %(author)s
    and message_ids is not distinct from %(messages)s::bigint[]
"""


async def ask_purge(
    conn: AsyncConnection[Any],
    target: PurgeTarget,
    *,
    asked_by: str,
    run_id: str | None = None,
    asked_at: datetime | None = None,
    mark: str | None = None,
) -> Purge:
    """From now on it is to be deleted; returns the purge that does it.

    What was asked for before `asked_at`, which is now or later, is not stored any more. `mark`
    keeps an author from being stored again (`opt_outs.Marks`). A run asks once, whenever it asks.
    Where no run asks and the same is being purged already, that one begins anew: what was stored
    since it began goes too, and nothing that it did is lost. Raises UsageError for a category.
    """
    async with conn.transaction():
        # One at a time: of two that ask for the same at once, one finds the other's.
        await conn.execute(
            "select pg_advisory_xact_lock(hashtextextended(current_schema() || '.purges', 0))"
        )
        if run_id is not None and (known := await purge_of_run(conn, run_id)) is not None:
            return known
        if mark is not None:
            await opt_out(conn, mark)
        values = await _values(conn, target, asked_at)
        # Before the rows of guild and channel: the steps of a purge lock its own first.
        begun = None if run_id is not None else await _begin_anew(conn, values)
        await _mark_place(conn, target, values)
        return begun or await _insert(conn, {**values, "asked_by": asked_by, "run": run_id})


async def _values(
    conn: AsyncConnection[Any], target: PurgeTarget, asked_at: datetime | None
) -> dict[str, Any]:
    found = await conn.execute(
        """
        select greatest(clock_timestamp(), %s::timestamptz),
               (select guild_id from channels where channel_id = %s),
               (select type from channels where channel_id = %s)
        """,
        [asked_at, target.channel_id, target.channel_id],
    )
    row = await found.fetchone()
    assert row is not None
    at, guild_of_channel, channel_type = row
    if channel_type == CATEGORY:
        raise UsageError(
            f"channel {target.channel_id} is a category: it holds no messages itself; name one of "
            "its channels"
        )
    return {
        "scope": target.scope.value,
        "guild": guild_of_channel or target.guild_id,
        "channel": target.channel_id,
        "author": target.author_id,
        "messages": sorted(set(target.message_ids)) or None,
        "at": at,
    }


async def _mark_place(
    conn: AsyncConnection[Any], target: PurgeTarget, values: dict[str, Any]
) -> None:
    """Guild or channel say when they were purged, also those that were never looked at."""
    if target.scope in (PurgeScope.GUILD, PurgeScope.CHANNEL) and values["guild"] is not None:
        is_guild = target.scope is PurgeScope.GUILD
        await conn.execute(
            """
            insert into guilds as g (guild_id, purged_at) values (%(guild)s, %(purged_at)s)
            on conflict (guild_id) do update
            set purged_at = greatest(g.purged_at, excluded.purged_at), updated_at = now()
            where excluded.purged_at is not null
            """,
            {"guild": values["guild"], "purged_at": values["at"] if is_guild else None},
        )
    if target.scope is PurgeScope.CHANNEL and values["guild"] is not None:
        # Before anything is read there Discord is asked what it is, and in which guild.
        await conn.execute(
            """
            insert into channels as c (channel_id, guild_id, type, checked_at, purged_at)
            values (%(channel)s, %(guild)s, 0, 'epoch', %(at)s)
            on conflict (channel_id) do update
            set purged_at = greatest(c.purged_at, excluded.purged_at), updated_at = now()
            """,
            values,
        )


async def _begin_anew(conn: AsyncConnection[Any], values: dict[str, Any]) -> Purge | None:
    found = await conn.execute(
        f"""
        update purges set asked_at = greatest(asked_at, %(at)s), stage = 'fence', place = null,
               error = null, clips_left = null, messages_left = null, pictures_left = null,
               updated_at = now()
        where purge_id = (select purge_id from purges where ended_at is null and {_SAME_TARGET}
                          order by purge_id limit 1)
        returning {COLUMNS}
        """,  # noqa: S608 -- constants
        values,
    )
    row = await found.fetchone()
    return None if row is None else purge_of_row(row)


async def _insert(conn: AsyncConnection[Any], values: dict[str, Any]) -> Purge:
    found = await conn.execute(
        f"""
        insert into purges (scope, guild_id, channel_id, author_id, message_ids, asked_by, run_id,
                            asked_at)
        values (%(scope)s, %(guild)s, %(channel)s, %(author)s, %(messages)s::bigint[],
                %(asked_by)s, %(run)s, %(at)s)
        returning {COLUMNS}
        """,  # noqa: S608 -- a constant
        values,
    )
    row = await found.fetchone()
    assert row is not None
    return purge_of_row(row)


async def purge_of_run(conn: AsyncConnection[Any], run_id: str) -> Purge | None:
    """The purge that this run asked for, None if it did not yet."""
    found = await conn.execute(f"select {COLUMNS} from purges where run_id = %s", [run_id])  # noqa: S608 -- constants
    row = await found.fetchone()
    return None if row is None else purge_of_row(row)


async def list_purges(conn: AsyncConnection[Any], *, limit: int) -> list[Purge]:
    """Open ones first, each kind from the newest."""
    found = await conn.execute(
        f"""
        (select {COLUMNS} from purges where ended_at is null order by purge_id desc limit %(limit)s)
        union all
        (select {COLUMNS} from purges where ended_at is not null order by ended_at desc
         limit %(limit)s)
        """,  # noqa: S608 -- a constant
        {"limit": limit},
    )
    purges = [purge_of_row(row) for row in await found.fetchall()]
    return sorted(purges, key=lambda one: (one.ended_at is not None, -one.purge_id))[:limit]


async def take_purge(conn: AsyncConnection[Any], *, driver: str, lease_s: float) -> Purge | None:
    """An open purge that nobody carries out now, for `lease_s` seconds; None = there is none.

    The one that was left alone for longest, so that one that cannot get on keeps none from it.
    """
    return await _change(
        conn,
        """
        driven_by = %(driver)s, driven_until = now() + %(lease)s * interval '1 second'
        where purge_id = (
            select purge_id from purges
            where ended_at is null and (driven_until is null or driven_until <= now())
            order by driven_until nulls first, purge_id limit 1 for update skip locked)
        """,
        {"driver": driver, "lease": lease_s},
    )


async def hold_purge(
    conn: AsyncConnection[Any], purge_id: int, *, driver: str, lease_s: float
) -> Purge | None:
    """The others leave it to this one for so many seconds; None = it is over, or there is none."""
    return await _change(
        conn,
        """
        driven_by = %(driver)s, driven_until = now() + %(lease)s * interval '1 second'
        where purge_id = %(purge)s and ended_at is null
        """,
        {"purge": purge_id, "driver": driver, "lease": lease_s},
    )


async def let_go(conn: AsyncConnection[Any], purge_id: int, *, driver: str) -> None:
    """Others may go on with it at once."""
    await conn.execute(
        "update purges set driven_by = null, driven_until = null "
        "where purge_id = %s and driven_by = %s and ended_at is null",
        [purge_id, driver],
    )


async def note_trouble(conn: AsyncConnection[Any], purge_id: int, error: str | None) -> None:
    """Says what keeps it from getting on, in words; None = nothing does."""
    words = None if error is None else storable(error)[:_LONGEST_ERROR]
    await conn.execute(
        "update purges set error = %(error)s, updated_at = now() "
        "where purge_id = %(purge)s and error is distinct from %(error)s and ended_at is null",
        {"purge": purge_id, "error": words},
    )


async def prune_purges(
    conn: AsyncConnection[Any], keep_days: float, *, step_rows: int = 1000
) -> int:
    """Forgets purges that ended longer ago, a bounded step at a time; returns how many."""
    pruned = 0
    while True:
        found = await conn.execute(
            """
            delete from purges where purge_id in (
                select purge_id from purges where ended_at < now() - %s * interval '1 day'
                order by ended_at limit %s for update skip locked)
            """,
            [keep_days, step_rows],
        )
        pruned += found.rowcount
        if found.rowcount < step_rows:
            return pruned


async def _change(conn: AsyncConnection[Any], change: str, values: dict[str, Any]) -> Purge | None:
    found = await conn.execute(f"update purges set {change} returning {COLUMNS}", values)  # noqa: S608 -- constants
    row = await found.fetchone()
    return None if row is None else purge_of_row(row)


def purge_of_row(row: Sequence[Any]) -> Purge:
    """From the columns of `COLUMNS`."""
    purge_id, scope, guild, channel, author, messages, asked_by, run_id, asked_at, *rest = row
    stage, *counts, error, ended_at = rest
    found, deleted, given_up, left = counts[:3], counts[3:8], counts[8], counts[9:]
    is_over, is_of = ended_at is not None, PurgeScope(scope)
    is_forgotten = is_over and is_of in (PurgeScope.AUTHOR, PurgeScope.MESSAGES)
    target = PurgeTarget(
        is_of, guild, channel, author, tuple(messages or ()), is_forgotten=is_forgotten
    )
    return Purge(
        purge_id=purge_id,
        target=target,
        asked_by=asked_by,
        run_id=run_id,
        asked_at=asked_at,
        stage=PurgeStage(stage),
        found=None if found[0] is None else PurgeCounts(*found),
        deleted=PurgeCounts(*deleted),
        left=None if left[0] is None else PurgeCounts(*left),
        files_left=0 if is_over else max(given_up - deleted[-1], 0),
        error=error,
        ended_at=ended_at,
    )
