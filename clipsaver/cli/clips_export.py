"""`clipsaver clips export`: all clips, or those that filters choose, as JSON lines or CSV."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from clipsaver.cli.clips_asked import WHICH, add_filters, check_filters, filter_of
from clipsaver.errors import ExitCode

if TYPE_CHECKING:
    from clipsaver.cli.clip_files import Write
    from clipsaver.config import Config
    from clipsaver.database import Database
    from clipsaver.database.clip_filter import ClipFilter

PAGE = 1000
"""Clips in memory at a time."""
_EPILOG = f"""\
The columns, with their names and meanings, are in docs/clips.md; both formats
have the same. Ids are texts, times are ISO 8601 in UTC. The file has its name
only once it is whole; it is read page by page, so workers are not held up, and
clips that are found meanwhile neither repeat one nor leave one out.

Links to files (url) expire about a day after they were read, at url_expires_at;
message_link lasts.

In CSV null is an empty cell. A text that a spreadsheet would take for a
formula, since it begins with = + - @ or a tab or a line break, has an
apostrophe before it, and so has one that begins with an apostrophe: take one
away to have what was there. Import ids as text: spreadsheets round them.

{WHICH}
examples:
  clipsaver clips export clips.jsonl
  clipsaver clips export clips.csv --guild 'My guild' --since 2026-01-01
  clipsaver clips export - --channel '#memes' | jq -r .message_link
  clipsaver clips export - --format csv --state all > all.csv

exit codes: 0 done, also where there is none; 2 it cannot be understood or
written; 3 the database cannot be reached; 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whereto, which and how."""
    parser.description = "All clips, or those that filters choose, as JSON lines or CSV."
    parser.epilog = _EPILOG
    parser.add_argument("file", metavar="FILE|-", help="where to; - is the standard output")
    parser.add_argument(
        "--format",
        choices=("jsonl", "csv"),
        help="without it by the ending of FILE, and jsonl for -",
    )
    parser.add_argument(
        "--oldest-first", action="store_true", help="without it the newest come first"
    )
    parser.add_argument("--force", action="store_true", help="write over a file of that name")
    add_filters(parser)


def check(arguments: argparse.Namespace) -> None:
    """Raises UsageError."""
    from clipsaver.cli.clip_files import format_of
    from clipsaver.cli.output_files import check_target

    check_filters(arguments)
    format_of(arguments.file, arguments.format)
    if arguments.file != "-":
        check_target(Path(arguments.file), force=arguments.force)


async def do(config: Config, arguments: argparse.Namespace) -> int:
    """Writes them; says on stderr how many."""
    from clipsaver.cli.clip_files import format_of, writer
    from clipsaver.cli.opening import open_tables
    from clipsaver.cli.output_files import standard_output, whole_file
    from clipsaver.database.migrations import check_usable
    from clipsaver.terminal_text import printable

    form = format_of(arguments.file, arguments.format)
    async with open_tables(config) as database:
        async with database.connection() as connection:
            await check_usable(connection, database.schema)
            chosen = await filter_of(connection, arguments, datetime.now(UTC))
        if arguments.file == "-":
            output, place = standard_output(), ""
        else:
            output, place = whole_file(Path(arguments.file)), f" in {arguments.file}"
        is_terminal = arguments.file == "-" and sys.stdout.isatty()
        with output as file, _progress(is_shown=not is_terminal) as tell:
            write = writer(file, form, is_terminal=is_terminal)
            count = await copy(
                database, chosen, write, tell, is_oldest_first=arguments.oldest_first
            )
    sys.stderr.write(f"{'1 clip' if count == 1 else f'{count:,} clips'}{printable(place)}\n")
    return ExitCode.DONE


async def copy(
    database: Database,
    chosen: ClipFilter,
    write: Write,
    tell: Callable[[int], None],
    *,
    is_oldest_first: bool,
) -> int:
    """Hands every clip to `write`, a page at a time, by keys; returns how many there were."""
    from clipsaver.database.clip_list import OLDEST, read_clips

    count, before, after = 0, None, OLDEST if is_oldest_first else None
    while True:
        async with database.connection() as connection:
            page = await read_clips(connection, chosen, limit=PAGE, before=before, after=after)
        write(page)
        count += len(page)
        tell(count)
        if len(page) < PAGE:
            return count
        before, after = (None, page[-1].key) if is_oldest_first else (page[-1].key, None)


@contextmanager
def _progress(*, is_shown: bool) -> Iterator[Callable[[int], None]]:
    """How many so far, on a terminal."""
    if not (is_shown and sys.stderr.isatty()):
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("reading") as status:
        yield lambda count: status.update(f"{count:,} clips")
