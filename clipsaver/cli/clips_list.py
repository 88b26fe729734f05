"""`clipsaver clips list`: the newest clips, or those that filters choose."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from clipsaver.cli.clips_asked import (
    WHICH,
    add_filters,
    as_options,
    check_filters,
    filter_of,
    has_filters,
)
from clipsaver.cli.options import positive
from clipsaver.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from clipsaver.config import Config
    from clipsaver.database.clip_filter import ClipKey
    from clipsaver.database.clip_list import ListedClip

_MOST = 1000
_KEY = re.compile(r"([0-9]{1,19})-[!-~]{1,200}")
_EPILOG = f"""\
{WHICH}
The next page begins after the last clip of this one, by its id: clips that are
found meanwhile neither repeat one nor hide one. --json has the columns of
clipsaver clips export, and is for programs; for more than {_MOST:,} use that.

examples:
  clipsaver clips list
  clipsaver clips list --guild 'My guild' --channel '#memes' --since 2026-11-01
  clipsaver clips list --author @somebody --min-size 10MB --limit 200
  clipsaver clips list --thumbnail failed --json | jq -r .clip_id
  clipsaver clips list --before 1442917402463608843-1442917402463608842

exit codes: 0 done, also where there is none; 2 it cannot be understood; 3 the
database cannot be reached
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which, how many, and how to show them."""
    parser.description = "The newest clips, or those that filters choose."
    parser.epilog = _EPILOG
    add_filters(parser)
    parser.add_argument(
        "--limit", metavar="N", type=positive, default=50, help="show so many at most (default: 50)"
    )
    parser.add_argument(
        "--before", metavar="CLIP", help="only those older than this clip: the next page"
    )
    parser.add_argument("--json", action="store_true", help="a line of JSON for each")


def check(arguments: argparse.Namespace) -> None:
    """Raises UsageError."""
    check_filters(arguments)
    _key(arguments.before)
    if arguments.limit > _MOST:
        raise UsageError(f"--limit {arguments.limit:,}: at most {_MOST:,}; export has no limit")


async def do(config: Config, arguments: argparse.Namespace) -> int:
    """Shows them."""
    from clipsaver.cli.clip_columns import json_line
    from clipsaver.cli.clips_text import clip_table
    from clipsaver.cli.opening import open_tables
    from clipsaver.cli.tables import terminal_width
    from clipsaver.database.clip_list import read_clips
    from clipsaver.database.migrations import check_usable

    async with open_tables(config) as database, database.connection() as connection:
        await check_usable(connection, database.schema)
        chosen = await filter_of(connection, arguments, datetime.now(UTC))
        before = _key(arguments.before)
        found = await read_clips(connection, chosen, limit=arguments.limit + 1, before=before)
    clips = found[: arguments.limit]
    if arguments.json:
        sys.stdout.writelines(f"{json_line(clip)}\n" for clip in clips)
    elif clips:
        sys.stdout.writelines(f"{line}\n" for line in clip_table(clips, terminal_width()))
    else:
        sys.stdout.write(f"{_none(arguments)}\n")
    sys.stdout.flush()
    if clips and not arguments.json:
        _tell_what_follows(arguments, clips, has_more=len(found) > len(clips))
    return ExitCode.DONE


def _tell_what_follows(
    arguments: argparse.Namespace, clips: list[ListedClip], *, has_more: bool
) -> None:
    sys.stderr.write("all of one: clipsaver clips show CLIP (--json has the ids and links)\n")
    if has_more:
        options = [as_options(arguments)] if has_filters(arguments) else []
        options += [f"--limit {arguments.limit}"] if arguments.limit != 50 else []
        words = " ".join(["clipsaver clips list", *options, f"--before {clips[-1].clip_id}"])
        sys.stderr.write(f"older ones: {words}\n")


def _none(arguments: argparse.Namespace) -> str:
    if arguments.before is not None:
        return "no older clips"
    if has_filters(arguments):
        return "no clip is one of these"
    return "no clips yet; clipsaver scan finds those of your server"


def _key(text: str | None) -> ClipKey | None:
    """A clip's id begins with that of its message, which is all that a page goes on by."""
    from clipsaver.database.clip_filter import ClipKey

    if text is None:
        return None
    if (found := _KEY.fullmatch(text)) is None:
        raise UsageError(f"--before {text}: the id of a clip, as the page before ended with")
    return ClipKey(int(found[1]), text)
