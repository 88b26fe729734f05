"""What the tables hold, for `clipsaver db status`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, sql


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table and what it takes."""

    name: str
    rows: int
    is_estimate: bool
    """Counted where that is quick, else PostgreSQL's own estimate."""
    size_bytes: int
    """On disk, with indexes and what is kept out of line."""


_QUICK_BYTES = 64 * 1024 * 1024


async def table_sizes(conn: AsyncConnection[Any], schema: str) -> list[TableSize]:
    """All tables of the schema by name."""
    found = await conn.execute(
        """
        select c.relname, c.reltuples::bigint, pg_total_relation_size(c.oid),
               pg_relation_size(c.oid)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = %s and c.relkind in ('r', 'p')
        order by c.relname
        """,
        [schema],
    )
    sizes = []
    for name, estimate, total_bytes, heap_bytes in await found.fetchall():
        is_estimate = heap_bytes > _QUICK_BYTES and estimate >= 0  # -1: never analyzed
        rows = estimate if is_estimate else await _count(conn, schema, name)
        sizes.append(TableSize(name, rows, is_estimate, total_bytes))
    return sizes


async def _count(conn: AsyncConnection[Any], schema: str, table: str) -> int:
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, table))
    row = await (await conn.execute(query)).fetchone()
    return 0 if row is None else int(row[0])
