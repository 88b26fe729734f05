"""Channels that Discord denies: remembered, so that they are asked for once and not once per job.

Shared by all workers of a database, by its clock. A denial stands until its time has come; then one
run asks again, and either forgets it or makes it stand for twice as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.text import storable
from clipsaver.records import Denial

FIRST_PAUSE = timedelta(hours=1)
"""From the first denial to the next question."""
LONGEST_PAUSE = timedelta(days=1)
ASKING_TAKES = timedelta(minutes=2)
"""Longer than a request may try; if no end of it is seen by then, another run may ask."""

_COLUMNS = "error, words, route, status, code, denied_at, ask_again_at"


async def standing_denial(
    conn: AsyncConnection[Any], channel_id: int, run_id: str
) -> tuple[Denial, bool] | None:
    """What is remembered of the channel, and whether this run is the one that asks again now."""
    found = await conn.execute(
        f"""
        with asking as (
            update denials set asked_by = %(run_id)s, asking_until = now() + %(takes)s
            where channel_id = %(channel_id)s and ask_again_at <= now()
              and (asking_until is null or asking_until <= now() or asked_by = %(run_id)s)
            returning channel_id
        )
        select exists (select from asking), {_COLUMNS}
        from denials where channel_id = %(channel_id)s
        """,  # noqa: S608 -- a constant
        {"channel_id": channel_id, "run_id": run_id, "takes": ASKING_TAKES},
    )
    row = await found.fetchone()
    return None if row is None else (Denial(*row[1:]), row[0])


async def record_denial(
    conn: AsyncConnection[Any],
    channel_id: int,
    *,
    error: str,
    words: str,
    route: str,
    status: int | None,
    code: int | None,
) -> None:
    """Remembers that Discord denied it; of several who were denied at once, one counts."""
    await conn.execute(
        """
        insert into denials as stored (channel_id, error, words, route, status, code, ask_again_at)
        values (%(channel_id)s, %(error)s, %(words)s, %(route)s, %(status)s, %(code)s,
                now() + %(first)s)
        on conflict (channel_id) do update set
            error = excluded.error, words = excluded.words, route = excluded.route,
            status = excluded.status, code = excluded.code, times = stored.times + 1,
            asked_at = now(), asked_by = null, asking_until = null,
            ask_again_at = now() + least(%(longest)s, %(first)s * 2 ^ least(stored.times, 10))
        where stored.ask_again_at <= now()
        """,
        {
            "channel_id": channel_id,
            "error": error,
            "words": storable(words),
            "route": route,
            "status": status,
            "code": code,
            "first": FIRST_PAUSE,
            "longest": LONGEST_PAUSE,
        },
    )


async def forget_denials(conn: AsyncConnection[Any], channel_ids: Sequence[int]) -> list[int]:
    """These channels may be asked for again, as far as is known; returns those that were denied."""
    found = await conn.execute(
        "delete from denials where channel_id = any(%s::bigint[]) returning channel_id",
        [list(channel_ids)],
    )
    return [row[0] for row in await found.fetchall()]


async def denied_channels(conn: AsyncConnection[Any]) -> dict[int, Denial]:
    """Everything that is remembered, by channel."""
    found = await conn.execute(f"select channel_id, {_COLUMNS} from denials order by channel_id")  # noqa: S608 -- a constant
    return {row[0]: Denial(*row[1:]) for row in await found.fetchall()}


async def denied_names(conn: AsyncConnection[Any]) -> dict[int, str]:
    """What those of them are called that were ever seen."""
    found = await conn.execute(
        "select channel_id, name from channels join denials using (channel_id) "
        "where name is not null"
    )
    return {row[0]: row[1] for row in await found.fetchall()}


async def prune_denials(conn: AsyncConnection[Any], keep_days: float) -> int:
    """Forgets what nobody has asked for in so many days; returns how many."""
    found = await conn.execute(
        "delete from denials where asked_at < now() - %s * interval '1 day'", [keep_days]
    )
    return found.rowcount
