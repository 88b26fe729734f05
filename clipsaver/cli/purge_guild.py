"""`clipsaver purge guild`: deletes all that is stored of a guild."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from clipsaver.cli.purging.options import EXIT_CODES, add_purge_options

if TYPE_CHECKING:
    from clipsaver.config import Config

_EPILOG = f"""\
GUILD is the id, a link or the name of a guild on record. Clips, messages,
authors who have nothing left, pictures with their files, names of channels and
what was read of them: all of it goes. Ids of channels stay, without anything
about them, so that no worker can store what it read before.

Jobs that wait or run there end, whoever added them. A watch passes the guild
over from then on, until somebody has it scanned again with a new job.

examples:
  clipsaver purge guild 'My guild' --dry-run
  clipsaver purge guild 928427413694734396
  clipsaver purge guild 928427413694734396 --yes --json | jq .left

{EXIT_CODES}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which, and how sure one is."""
    parser.description = "Delete for good all that is stored of a guild."
    parser.epilog = _EPILOG
    parser.add_argument("guild_meant", metavar="GUILD", help="id, link or name")
    add_purge_options(parser)


def check(arguments: argparse.Namespace) -> None:
    """Nothing can be told wrong without the database."""


async def do(config: Config, arguments: argparse.Namespace) -> int:
    """Deletes it, after a question."""
    from clipsaver.cli.purging.asked import asked_for
    from clipsaver.cli.purging.doing import purge
    from clipsaver.records.purges import PurgeScope

    asked = asked_for(arguments, "purge guild", PurgeScope.GUILD, arguments.guild_meant)
    return await purge(config, asked)
