"""What there is of a guild, counted row by row and file by file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Left:
    """What there is of a guild."""

    rows: Mapping[str, int]
    files: int

    @property
    def is_nothing(self) -> bool:
        return not self.files and not any(self.rows.values())

    def __str__(self) -> str:
        rows = ", ".join(f"{count:,} {name}" for name, count in self.rows.items() if count)
        return f"{rows or '0 rows'}, {self.files:,} files"


@dataclass(frozen=True)
class Strays:
    """What does not fit together between the storage and the database."""

    orphans: int
    """Files that no picture and nothing that waits to be deleted names."""
    missing: int
    """Pictures without a file."""


_OF_CHANNELS = "select count(*) from {} join channels using (channel_id) where guild_id = %s"
_ROWS = {
    "clips": "select count(*) from clips where guild_id = %s",
    "messages": _OF_CHANNELS.format("messages"),
    "pictures": "select count(*) from thumbnails join clips using (clip_id) where guild_id = %s",
    "coverage": _OF_CHANNELS.format("scan_coverage"),
    "denials": _OF_CHANNELS.format("denials"),
    "names": """
        select (select count(*) from channels where guild_id = %(guild)s and name is not null)
             + (select count(*) from guilds where guild_id = %(guild)s and name is not null)""",
    # Whoever has no message has none of this guild either, and all had one at first.
    "authors without a message": """
        select count(*) from authors a
        where not exists (select from messages m where m.author_id = a.author_id)
          and %(guild)s is not null""",
    "files to delete": """
        select count(*) from file_outbox where purge_id in
            (select purge_id from purges where guild_id = %s)""",
}


def rows_of(connection: Connection, guild: int) -> dict[str, int]:
    """How many rows of each kind there are."""
    return {name: _count(connection, query, guild) for name, query in _ROWS.items()}


def _count(connection: Connection, query: str, guild: int) -> int:
    values: Any = {"guild": guild} if "%(" in query else [guild]
    row = connection.execute(query, values).fetchone()
    assert row is not None
    return int(row[0])


def message_of(key: str) -> int:
    """The message whose clip the picture is of."""
    return int(key.partition("/")[2].partition("-")[0].lstrip("."))
