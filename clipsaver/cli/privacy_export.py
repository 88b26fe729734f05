"""`clipsaver privacy export`: all that is stored about a person, for who asks for it."""

from __future__ import annotations

import argparse
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from clipsaver.errors import ExitCode

if TYPE_CHECKING:
    from clipsaver.cli.personal_document import PersonalDocument
    from clipsaver.cli.personal_pictures import PersonalPictures
    from clipsaver.config import Config
    from clipsaver.database import Database

_EPILOG = """\
AUTHOR is the id, the username or the display name of an author on record. An id
may also be that of somebody of whom nothing is stored: the document says so.

One JSON document: a preamble that says what it is, when it was made, by which
version, which tables were read, what was not searched, and where the person
opted out, which the database knows by a keyed hash alone; then all rows about
the person, table by table and column by column; then how many there are. Ids
are texts, times are ISO 8601 in UTC. Clips that are marked deleted are in it.
The file has its name only once it is whole; it is read page by page, so its
length costs no memory and workers are not held up.

--pictures copies the stored thumbnails as well: each row of thumbnails then has
the name of its file, or null where the storage does not have it. DIR has to be
new or empty.

The document holds what the person wrote and links to files: give it to nobody
else.

examples:
  clipsaver privacy export 397177100697600021 person.json
  clipsaver privacy export @somebody person.json --pictures pictures
  clipsaver privacy export 397177100697600021 - | jq .counts

exit codes: 0 done, also where nothing is stored; 2 it cannot be understood or
written; 3 the database or the storage of thumbnails cannot be reached; 130
interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of whom and whereto."""
    parser.description = "All that is stored about a person, as one JSON document."
    parser.epilog = _EPILOG
    parser.add_argument("author", metavar="AUTHOR", help="of whom: id or name")
    parser.add_argument(
        "file",
        metavar="FILE|-",
        nargs="?",
        default="-",
        help="where to (default: -, stdout)",
    )
    parser.add_argument("--pictures", metavar="DIR", type=Path, help="copy the thumbnails there")
    parser.add_argument("--force", action="store_true", help="write over a file of that name")


def check(arguments: argparse.Namespace) -> None:
    """Raises UsageError."""
    from clipsaver.cli.output_files import check_target

    if arguments.file != "-":
        check_target(Path(arguments.file), force=arguments.force)


async def do(config: Config, arguments: argparse.Namespace) -> int:
    """Writes it; says on stderr what is in it."""
    from clipsaver.cli.opening import open_tables
    from clipsaver.cli.output_files import standard_output, whole_file
    from clipsaver.cli.personal_document import PersonalDocument
    from clipsaver.cli.personal_pictures import open_pictures
    from clipsaver.cli.recorded import person_recorded
    from clipsaver.database.migrations import check_usable
    from clipsaver.database.opt_outs import known_marks, places_opted_out
    from clipsaver.terminal_text import printable

    async with AsyncExitStack() as opened:
        database = await opened.enter_async_context(open_tables(config))
        async with database.connection() as connection:
            await check_usable(connection, database.schema)
            person = await person_recorded(connection, arguments.author)
            marks = await known_marks(connection, config.privacy.key)
            places = {} if marks is None else await places_opted_out(connection, marks, person.id)
        pictures = None
        if arguments.pictures is not None:
            pictures = await opened.enter_async_context(open_pictures(config, arguments.pictures))
        is_stdout = arguments.file == "-"
        with standard_output() if is_stdout else whole_file(Path(arguments.file)) as file:
            document = PersonalDocument(file)
            document.begin(person.id, datetime.now(UTC), database.schema, places)
            await _copy(database, person.id, document, pictures)
            document.end()
    place = "" if is_stdout else f" in {printable(arguments.file)}"
    sys.stderr.write(f"about {person.id}{place}: {_counted(document.counts)}\n")
    if pictures is not None:
        sys.stderr.write(f"{pictures.in_words()}\n")
    return ExitCode.DONE


async def _copy(
    database: Database,
    author_id: int,
    document: PersonalDocument,
    pictures: PersonalPictures | None,
) -> None:
    """All rows, table by table, a page at a time."""
    from clipsaver.database.about_person import TABLES, rows_about

    for table in TABLES:
        document.table(table.name)
        async for rows in rows_about(database, table, author_id):
            if table.name == "thumbnails" and pictures is not None:
                for row in rows:
                    row["file"] = await pictures.copy(row["storage_key"])
            document.add(rows)


def _counted(counts: dict[str, int]) -> str:
    told = [f"{name} {count:,}" for name, count in counts.items() if count]
    return ", ".join(told) or "nothing is stored"
