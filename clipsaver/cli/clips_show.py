"""`clipsaver clips show`: all that is known of one clip, or of the clips of a message."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from clipsaver.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipsaver.config import Config
    from clipsaver.database import Database
    from clipsaver.database.clip_list import ListedClip
    from clipsaver.database.thumbnails.results import StoredPicture

_EPILOG = """\
CLIP is a clip's id, or the link to its message ("Copy Message Link" in
Discord): then all clips of it are shown. Deleted ones are shown as well, with
when and why. A link to the file expires, the link to the message lasts.

examples:
  clipsaver clips show 1442917402463608843-1442917402463608842
  clipsaver clips show https://discord.com/channels/GUILD/CHANNEL/MESSAGE
  clipsaver clips show --json 1442917402463608843-1442917402463608842

exit codes: 0 done; 1 it is not on record; 2 it cannot be understood; 3 the
database cannot be reached
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which one, and how to show it."""
    parser.description = "All that is known of one clip, or of the clips of a message."
    parser.epilog = _EPILOG
    parser.add_argument("clip", metavar="CLIP", help="a clip's id, or the link to its message")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each")


def check(arguments: argparse.Namespace) -> None:
    """Raises UsageError for what is neither an id nor a link to a message."""
    from clipsaver.cli.clips_asked import is_clip_id
    from clipsaver.message_link import message_of_link

    asked = arguments.clip
    if not is_clip_id(asked) and message_of_link(asked) is None:
        raise UsageError(
            f"{asked}: neither a clip's id nor a link to a message, which looks like "
            "https://discord.com/channels/GUILD/CHANNEL/MESSAGE"
        )


async def do(config: Config, arguments: argparse.Namespace) -> int:
    """Shows it; exit 1 where it is not on record."""
    from clipsaver.cli.clip_columns import json_line
    from clipsaver.cli.clips_text import clip_lines
    from clipsaver.cli.opening import open_tables
    from clipsaver.terminal_text import printable

    async with open_tables(config) as database:
        clips = await _named(database, arguments.clip)
    if not clips:
        sys.stderr.write(f"there is no clip {printable(arguments.clip)} on record\n")
        return ExitCode.JOB_FAILED
    if arguments.json:
        sys.stdout.writelines(f"{json_line(clip)}\n" for clip in clips)
        return ExitCode.DONE
    where, now = _places(config), datetime.now(UTC)
    shown = ("".join(f"{line}\n" for line in clip_lines(clip, now, where)) for clip in clips)
    sys.stdout.write("\n".join(shown))
    return ExitCode.DONE


async def _named(database: Database, asked: str) -> list[ListedClip]:
    from clipsaver.database.clip_list import clips_of_message, read_clip
    from clipsaver.database.migrations import check_usable
    from clipsaver.message_link import message_of_link

    message_id = message_of_link(asked)
    async with database.connection() as connection:
        await check_usable(connection, database.schema)
        if message_id is not None:
            return await clips_of_message(connection, message_id)
        clip = await read_clip(connection, asked)
        return [] if clip is None else [clip]


def _places(config: Config) -> Callable[[StoredPicture], str]:
    """Says the path or URL of a picture, of the storage that is configured here."""
    from clipsaver.config import storage_of
    from clipsaver.config.storage_url import FolderPlace, parse_storage

    place = parse_storage(storage_of(config))
    root = str(place.path.absolute()) if isinstance(place, FolderPlace) else str(place)
    return lambda picture: f"{root}/{picture.storage_key}"
