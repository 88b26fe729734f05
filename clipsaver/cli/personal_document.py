"""One JSON document with all rows about a person: a preamble, an array for each table, the counts.

Written row by row, so that its length costs no memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any

from psycopg.types.multirange import Multirange

from clipsaver import __version__
from clipsaver.cli.json_text import json_text
from clipsaver.database.about_person import TABLES, Row

_LARGEST_EXACT = 2**53
"""JavaScript and spreadsheets round numbers beyond it."""
NOT_SEARCHED = (
    "messages of other people that mention or quote this person",
    "runs of jobs, and purges that are not over, that name messages or clips by their ids, which "
    "may be this person's",
    "storage keys of pictures that are given up and wait to be deleted (file_outbox)",
    "Redis: jobs that wait, dead letters, and the audit of what operators did; of these only a "
    "purge_author job or a clip's or message's id can point to a person",
    "logs, backups, and exports and galleries that were made before",
)
"""Told in each document: who reads it has to know what it does not answer."""


class PersonalDocument:
    """Writes the document to a file as its rows come. Call `begin`, `table` and `add`, `end`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.counts: dict[str, int] = {}
        """Rows so far, by table."""
        self._table = ""

    def begin(
        self,
        author_id: int,
        made_at: datetime,
        schema: str,
        opted_out: Mapping[int | None, datetime],
    ) -> None:
        """The preamble: what this is, of when, and by which version.

        `opted_out` is where the person is on the list of those who are not stored, and since when;
        None = in all guilds.
        """
        preamble = {
            "what": "all that clipsaver's database holds about one person",
            "author_id": str(author_id),
            "made_at": _time(made_at),
            "made_by": f"clipsaver {__version__}",
            "schema": schema,
            "opted_out": [
                {"guild_id": guild and str(guild), "since": _time(since)}
                for guild, since in opted_out.items()
            ],
            "tables": {table.name: table.which for table in TABLES},
            "not_searched": NOT_SEARCHED,
        }
        self._put(f'{{"preamble": {json_text(preamble)}')

    def table(self, name: str) -> None:
        """Rows that are added from now on are this table's."""
        self._close_table()
        self._table = name
        self.counts[name] = 0
        self._put(f',\n"{name}": [')

    def add(self, rows: Sequence[Row]) -> None:
        """Rows of the table that was named last."""
        for row in rows:
            comma = "," if self.counts[self._table] else ""
            told = {name: _told(name, value) for name, value in row.items()}
            self._put(f"{comma}\n{json_text(told)}")
            self.counts[self._table] += 1

    def end(self) -> None:
        """How many rows there are of each table: who reads it sees that it is whole."""
        self._close_table()
        self._put(f',\n"counts": {json_text(self.counts)}}}\n')
        self._file.flush()

    def _close_table(self) -> None:
        if self._table:
            self._put("]")

    def _put(self, text: str) -> None:
        self._file.write(text.encode())


def _told(name: str, value: Any) -> Any:
    """A column's value as JSON has it: ids are texts, times ISO 8601 in UTC."""
    match value:
        case bool():
            return value
        case int():
            return str(value) if name.endswith("_id") or abs(value) > _LARGEST_EXACT else value
        case datetime():
            return _time(value)
        case list():
            return [_told(name.removesuffix("s"), one) for one in value]
        case Multirange():
            return str(value)
        case _:
            return value


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
