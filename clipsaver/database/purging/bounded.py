"""One look for a purge, along an index and for no longer than a moment."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection

LOOK_MS = 100
"""A look that takes longer is to be repeated over less."""

# What else the planner may think of reads all of a guild to sort it, where its statistics are older
# than the rows. A look waits for nobody, so the limit is for its work.
_ALONG_AN_INDEX = """
    select set_config('statement_timeout', %s, true), set_config('enable_sort', %s, true),
           set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
           set_config('plan_cache_mode', 'force_custom_plan', true)
"""


async def bounded(
    conn: AsyncConnection[Any], query: str, values: dict[str, Any], *, may_sort: bool = False
) -> list[Any]:
    """The query's rows. Raises psycopg's QueryCanceled where it takes too long."""
    async with conn.transaction():
        await conn.execute(_ALONG_AN_INDEX, [f"{LOOK_MS}ms", "on" if may_sort else "off"])
        found = await conn.execute(query, values)
        return await found.fetchall()
