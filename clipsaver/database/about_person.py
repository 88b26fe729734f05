"""All rows that are about one person, table by table, a page at a time.

Every column is read, whatever it is called: one that a later migration adds is in it too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, LiteralString, NamedTuple

from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row

from clipsaver.database import Database

Row = dict[str, Any]
"""A row by column, in what psycopg makes of its types."""

PAGE = 1000
"""Rows that are read at a time."""


class PersonalTable(NamedTuple):
    """Which rows of a table are about a person."""

    name: str
    which: str
    """For the person who reads the export."""
    condition: LiteralString
    """Of the table as `t`; the author's id is `%(author)s`, and `%(clips)s` some of their clips."""
    key: tuple[str, ...]
    """Columns that no two rows share: the order in which they are read."""


CLIPS = PersonalTable(
    "clips",
    "clips in these messages, also those marked deleted",
    "t.author_id = %(author)s",
    ("message_id", "clip_id"),
)
TABLES = (
    PersonalTable(
        "authors",
        "the person as an author of clips",
        "t.author_id = %(author)s",
        ("author_id",),
    ),
    PersonalTable(
        "messages",
        "messages of the person that hold clips",
        "t.author_id = %(author)s",
        ("message_id",),
    ),
    CLIPS,
    PersonalTable(
        "thumbnails",
        "stored pictures of these clips",
        "t.clip_id = any (%(clips)s)",
        ("clip_id", "size"),
    ),
    PersonalTable(
        "runs",
        "jobs that were about the person: purges of what the person posted",
        "t.type = 'purge_author' and t.job->>'author_id' = %(author)s::text",
        ("run_id",),
    ),
    PersonalTable(
        "purges",
        "purges of what the person posted that are not over; afterwards it is not kept whose they "
        "were",
        "t.author_id = %(author)s",
        ("purge_id",),
    ),
)
"""In the order in which they are exported. docs/privacy.md says why there are no others."""


async def rows_about(
    database: Database, table: PersonalTable, author_id: int
) -> AsyncIterator[list[Row]]:
    """Pages of the table's rows, none of them empty, each read with a connection of its own.

    Rows that come or go meanwhile are in it or not, and none is in it twice. Raises what
    `Database.connection` raises.
    """
    if table.name != "thumbnails":
        async for page in _pages(database, table, {"author": author_id}):
            yield page
        return
    # Clips are read by an index on their author; pictures have none, and are read by their clips.
    async for clips in _pages(database, CLIPS, {"author": author_id}):
        async for page in _pages(database, table, {"clips": [one["clip_id"] for one in clips]}):
            yield page


async def _pages(database: Database, table: PersonalTable, values: Row) -> AsyncIterator[list[Row]]:
    after: Row | None = None
    while True:
        async with database.connection() as connection:
            page = await _page(connection, table, values, after)
        if page:
            yield page
        if len(page) < PAGE:
            return
        after = page[-1]


async def _page(
    conn: AsyncConnection[Any], table: PersonalTable, values: Row, after: Row | None
) -> list[Row]:
    key = sql.SQL(", ").join(sql.Identifier("t", column) for column in table.key)
    conditions: sql.Composable = sql.SQL(table.condition)
    values = {**values, "limit": PAGE}
    if after is not None:
        last = sql.SQL(", ").join(sql.Placeholder(f"after_{column}") for column in table.key)
        conditions = sql.SQL("{} and ({}) > ({})").format(conditions, key, last)
        values |= {f"after_{column}": after[column] for column in table.key}
    query = sql.SQL("select t.* from {} t where {} order by {} limit %(limit)s").format(
        sql.Identifier(table.name), conditions, key
    )
    async with conn.cursor(row_factory=dict_row) as cursor:
        found = await cursor.execute(query, values)
        return await found.fetchall()
