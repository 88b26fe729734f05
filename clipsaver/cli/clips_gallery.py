"""`clipsaver clips gallery`: a page of clips for a browser, in a folder."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from clipsaver.cli.clips_asked import WHICH, add_filters, check_filters, filter_of
from clipsaver.cli.options import positive
from clipsaver.errors import ExitCode

if TYPE_CHECKING:
    from clipsaver.config import Config
    from clipsaver.gallery.folder import GalleryFolder
    from clipsaver.gallery.making import Made

MOST = 20_000
"""Clips on a page, unless another number is asked for; see docs/gallery.md for what more cost."""
_EPILOG = f"""\
Open index.html in DIR in a browser, or copy DIR to any web server: the page
sorts, searches and filters by itself, needs no network, and each clip leads to
its message in Discord. Small thumbnails are copied beside it; clips that have
none yet are shown without. The page has the texts of messages where they are
kept (scan.store_content), so think of who may see it.

DIR has to be new, empty, or a gallery: then it is brought up to date. Only
pictures that are new are copied, those that are not shown any more are removed,
and other files are left alone.

{WHICH}
examples:
  clipsaver clips gallery my-clips
  clipsaver clips gallery memes --channel '#memes' --thumbnail ready
  clipsaver clips gallery week --since 7d --max-size 25MB

exit codes: 0 done, also where there is none; 2 it cannot be understood or
written; 3 the database or the storage of thumbnails cannot be reached; 130
interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whereto, which and how many."""
    parser.description = "A page of the clips' thumbnails, to sort and search in a browser."
    parser.epilog = _EPILOG
    parser.add_argument("folder", metavar="DIR", type=Path, help="where to")
    parser.add_argument(
        "--limit",
        metavar="N",
        type=positive,
        default=MOST,
        help=f"the newest N at most (default: {MOST:,})",
    )
    add_filters(parser)


def check(arguments: argparse.Namespace) -> None:
    """Raises UsageError."""
    check_filters(arguments)


async def do(config: Config, arguments: argparse.Namespace) -> int:
    """Makes it; says on stdout where it is and what is on it."""
    from clipsaver.cli.opening import open_tables
    from clipsaver.config import storage_of
    from clipsaver.config.storage_url import FolderPlace, parse_storage
    from clipsaver.database.migrations import check_usable
    from clipsaver.gallery.folder import open_folder
    from clipsaver.gallery.making import make_gallery
    from clipsaver.thumbnails.storage import open_storage
    from clipsaver.thumbnails.storage.access import access_of

    place = parse_storage(storage_of(config))
    originals = place.path if isinstance(place, FolderPlace) else None
    async with (
        open_tables(config) as database,
        open_storage(storage_of(config), access_of(config.s3)) as storage,
    ):
        now = datetime.now(UTC)
        async with database.connection() as connection:
            await check_usable(connection, database.schema)
            chosen = await filter_of(connection, arguments, now)
        with open_folder(arguments.folder, originals) as folder, _progress() as tell:
            made = await make_gallery(
                database, storage, folder, chosen, limit=arguments.limit, made_at=now, tell=tell
            )
    sys.stdout.writelines(f"{line}\n" for line in _lines(folder, made))
    return ExitCode.DONE


def _lines(folder: GalleryFolder, made: Made) -> Iterator[str]:
    from clipsaver.terminal_text import printable

    clips = "1 clip" if made.clips == 1 else f"{made.clips:,} clips"
    pictures = "1 picture" if made.pictures == 1 else f"{made.pictures:,} pictures"
    yield (
        f"{printable(str(folder.page))}: {clips}, {pictures} ({made.copied:,} copied, "
        f"{made.removed:,} removed)"
    )
    if made.is_cut:
        yield "there are older clips; --limit has more of them on the page"
    if made.lost:
        yield (
            f"{made.lost:,} of the storage's pictures are not there: another run shows those that "
            "were made anew meanwhile; clipsaver thumbnails remake has the others made"
        )


@contextmanager
def _progress() -> Iterator[Callable[[Made], None]]:
    """How far it is, on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("reading") as status:
        yield lambda made: status.update(f"{made.clips:,} clips, {made.copied:,} pictures copied")
