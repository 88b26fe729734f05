"""`clipsaver purge author`: deletes all that a person posted, and keeps it from coming back."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from clipsaver.cli.purging.options import EXIT_CODES, add_author, add_purge_options

if TYPE_CHECKING:
    from clipsaver.config import Config

_EPILOG = f"""\
AUTHOR is the id, the username or the display name of an author on record; an
id may also be that of somebody of whom nothing is stored.

The person is put on the opt-out list in the same step, in all guilds or in
that of --guild: what they posted and will post is read past and not stored, by
whatever job. The list has no ids but keyed hashes of them. The same is done by
clipsaver privacy optout; clipsaver privacy optin takes them off.

examples:
  clipsaver purge author @somebody --dry-run
  clipsaver purge author 397177100697600021
  clipsaver purge author 397177100697600021 --guild 'My guild'

{EXIT_CODES}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Who, where, and how sure one is."""
    parser.description = "Delete for good all that a person posted, and store nothing of it again."
    parser.epilog = _EPILOG
    add_author(parser)
    add_purge_options(parser)


def check(arguments: argparse.Namespace) -> None:
    """Nothing can be told wrong without the database."""


async def do(config: Config, arguments: argparse.Namespace) -> int:
    """Deletes it, after a question."""
    from clipsaver.cli.purging.asked import asked_for
    from clipsaver.cli.purging.doing import purge
    from clipsaver.records.purges import PurgeScope

    asked = asked_for(arguments, "purge author", PurgeScope.AUTHOR, arguments.author)
    return await purge(config, asked)
