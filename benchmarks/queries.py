"""The queries of `docs/database.md` at a million clips: `python -m benchmarks.queries`.

An embedded PostgreSQL with its own settings, a client's plain connection, a made-up gallery, and
each query as the page has it, many times with other values, planning and fetching included. Fails
where a median is over the budget. With --renew the page gets the plans and figures that were seen.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import trio

from benchmarks.measuring import spread
from clipsaver.database import open_database
from clipsaver.database.migrations import migrate
from clipsaver.embedded import open_servers_blocking
from clipsaver.log import configure_logging
from scripts.database_page import PAGE, Query, queries, with_part, with_plan

BUDGET_MS = 10.0
SCHEMA = "clipsaver"
GALLERY = Path(__file__).with_name("gallery.sql")

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Timed:
    """A query with what it took."""

    query: Query
    ms: Sequence[float]
    rows: int
    """The most that it gave."""
    plan: str

    @property
    def median_ms(self) -> float:
        return statistics.median(self.ms)


@contextmanager
def gallery(clips: int) -> Iterator[Connection]:
    """A connection to a server that holds so many clips, and is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="clipsaver-bench-"))
    folder.chmod(0o711)
    try:
        with open_servers_blocking(folder / "data", postgres=True, valkey=False) as servers:
            assert servers.database_url
            trio.run(migrate_schema, servers.database_url)
            with psycopg.connect(
                servers.database_url, autocommit=True, options=f"-c search_path={SCHEMA}"
            ) as connection:
                fill(connection, clips)
                yield connection
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def migrate_schema(url: str) -> None:
    """The tables as this version makes them."""
    async with (
        open_database(url, schema=SCHEMA, pool_size=1) as database,
        database.connection() as connection,
    ):
        await migrate(connection, SCHEMA)


def fill(connection: Connection, clips: int) -> None:
    """The made-up gallery, without checks of foreign keys; indexes are built at the end."""
    begun = time.perf_counter()
    indexes = connection.execute(
        """
        select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
        join pg_class t on t.oid = indrelid
        where t.relnamespace = %s::regnamespace and not indisprimary
        """,
        [SCHEMA],
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"drop index {name}")
    connection.execute("set session_replication_role = replica")
    connection.execute(gallery_script(clips))
    for _, definition in indexes:
        connection.execute(definition)
    connection.execute("reset session_replication_role")
    connection.execute("vacuum (analyze)")
    size = connection.execute("select pg_size_pretty(pg_database_size(current_database()))")
    print(f"{clips:,} clips, {size.fetchone()[0]}, made in {time.perf_counter() - begun:.0f} s")  # type: ignore[index]


def gallery_script(clips: int) -> psycopg.sql.Composed:
    """The SQL that fills migrated tables."""
    script = Query("", "gallery", GALLERY.read_text("utf-8"), plan="")
    return script.with_values({"clips": clips})


def some_values(connection: Connection, count: int) -> list[dict[str, Any]]:
    """Values for every parameter of the page, each set around a clip that is there."""
    dice = random.Random(1)
    ids = [row[0] for row in connection.execute("select clip_id from clips order by clip_id")]
    rows = connection.execute(
        """
        select guild_id, channel_id, author_id, message_id, clip_id,
               posted_at - interval '30 days' as since, posted_at as until, 50 as limit
        from clips where clip_id = any(%s)
        """,
        [dice.sample(ids, count)],
    )
    names = [column.name for column in rows.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows]


def timed(connection: Connection, query: Query, values: Sequence[dict[str, Any]]) -> Timed:
    """Runs the query with each set of values, after a first time that does not count."""
    statements = [query.with_values(one) for one in values]
    connection.execute(statements[0]).fetchall()
    ms, rows = [], 0
    for statement in statements:
        begun = time.perf_counter()
        found = connection.execute(statement).fetchall()
        ms.append((time.perf_counter() - begun) * 1000)
        rows = max(rows, len(found))
    explained = connection.execute(psycopg.sql.SQL("explain (costs off) ") + statements[0])
    return Timed(query, ms, rows, "\n".join(line for (line,) in explained))


def node_chain(plan: str) -> str:
    """The nodes of a plan in one line, outermost first."""
    nodes = [line for number, line in enumerate(plan.splitlines()) if not number or "->" in line]
    return " > ".join(node.strip().removeprefix("->  ") for node in nodes)


def report(one: Timed) -> None:
    """Two lines for a query."""
    print(f"  {one.query.title}: {spread(one.ms)} ms, at most {one.rows} rows")
    print(f"      {node_chain(one.plan)}", flush=True)


def renewed(page: str, fast: Sequence[Timed], slow: Sequence[Timed]) -> str:
    """The page with the plans and figures of this run."""
    for one in fast:
        page = with_plan(page, one.query.title, one.plan)
    for name, found in (("measured", fast), ("measured apart", slow)):
        lines = ["| query | rows | median | slowest |", "|---|---|---|---|"]
        lines += [
            f"| {one.query.title} | {one.rows:,} | {one.median_ms:.2f} ms | {max(one.ms):.1f} ms |"
            for one in found
        ]
        page = with_part(page, name, "\n".join([*lines, ""]))
    return page


def main() -> int:
    """Measures; returns 1 if a median is over the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=200, help="for each query")
    parser.add_argument("--renew", action="store_true", help="write what was seen into the page")
    arguments = parser.parse_args()
    configure_logging("warning")
    with gallery(arguments.clips) as connection:
        values = some_values(connection, arguments.times)
        print(f"as the page has them, {arguments.times} times each, median (min to max)")
        fast = [timed(connection, one, values) for one in queries("Queries").values()]
        for one in fast:
            report(one)
        print("set apart on the page, 5 times each, no budget")
        slow = [timed(connection, one, values[:5]) for one in queries("What has to count").values()]
        for one in slow:
            report(one)
    if arguments.renew:
        PAGE.write_text(renewed(PAGE.read_text("utf-8"), fast, slow), "utf-8")
    late = [one.query.title for one in fast if one.median_ms > BUDGET_MS]
    if late:
        print(f"over {BUDGET_MS:.0f} ms: {', '.join(late)}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
