"""`clipsaver privacy optout`: a person is not stored any more, and what was is deleted."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from clipsaver.cli.purging.options import EXIT_CODES, add_author, add_purge_options

if TYPE_CHECKING:
    from clipsaver.config import Config

_EPILOG = f"""\
AUTHOR is the id, the username or the display name of an author on record; an
id may also be that of somebody of whom nothing is stored.

The person is put on the list of those who are not stored, in all guilds or in
that of --guild, and what is stored of them is purged: the same as clipsaver
purge author. Workers mind the list with the next page that they store, so
nothing has to be restarted. It has no ids, but hashes of them with a key
(privacy.key, or one that is kept in the database).

examples:
  clipsaver privacy optout @somebody --dry-run
  clipsaver privacy optout 397177100697600021 --why 'wrote to us'
  clipsaver privacy optout 397177100697600021 --guild 'My guild'

{EXIT_CODES}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Who, where, and how sure one is."""
    parser.description = "Delete for good what a person posted, and store nothing of it again."
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

    asked = asked_for(arguments, "privacy optout", PurgeScope.AUTHOR, arguments.author)
    return await purge(config, asked)
