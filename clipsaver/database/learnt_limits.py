"""Limits that Discord's refusals taught, kept for the day on which Redis has forgotten them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import AsyncConnection

from clipsaver.records import LearntLimit


async def read_learnt_limits(conn: AsyncConnection[Any], token: str) -> list[LearntLimit]:
    """What was learnt with this token; `token` is a hash of it."""
    found = await conn.execute(
        "select route, requests, window_seconds, patience_seconds from learnt_limits "
        "where token = %s order by route",
        [token],
    )
    return [LearntLimit(*row) for row in await found.fetchall()]


async def record_learnt_limits(
    conn: AsyncConnection[Any], token: str, learnt: Collection[LearntLimit]
) -> None:
    """Makes this all that is known of the token: others were let go."""
    await conn.execute(
        """
        with known as (
            select * from unnest(%b::text[], %b::int[], %b::float8[], %b::float8[])
                as it (route, requests, window_seconds, patience_seconds)
        ), let_go as (
            delete from learnt_limits as stored
            where token = %s and route not in (select route from known)
        )
        insert into learnt_limits as stored
            (token, route, requests, window_seconds, patience_seconds)
        select %s, * from known order by route
        on conflict (token, route) do update set
            requests = excluded.requests, window_seconds = excluded.window_seconds,
            patience_seconds = excluded.patience_seconds, learnt_at = now()
        where (stored.requests, stored.window_seconds, stored.patience_seconds)
            is distinct from
            (excluded.requests, excluded.window_seconds, excluded.patience_seconds)
        """,
        [
            [one.route for one in learnt],
            [one.count for one in learnt],
            [one.window_s for one in learnt],
            [one.patience_s for one in learnt],
            token,
            token,
        ],
    )
