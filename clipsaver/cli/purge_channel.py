"""`clipsaver purge channel`: deletes all that is stored of a channel and its threads."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from clipsaver.cli.purging.options import (
    EXIT_CODES,
    add_guild_option,
    add_purge_options,
)

if TYPE_CHECKING:
    from clipsaver.config import Config

_EPILOG = f"""\
CHANNEL is the id, a link or the name of a channel or thread on record. Its
threads and posts go with it; a thread goes alone. Names need --guild where
several guilds have one.

Jobs that wait or run there end. A watch and the jobs of its guild pass it over
from then on, until a new job names it.

examples:
  clipsaver purge channel '#memes' --guild 'My guild' --dry-run
  clipsaver purge channel https://discord.com/channels/GUILD/CHANNEL
  clipsaver purge channel 1424914917202464798 --why 'its owner asked for it'

{EXIT_CODES}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which, and how sure one is."""
    parser.description = "Delete for good all that is stored of a channel and its threads."
    parser.epilog = _EPILOG
    parser.add_argument("channel_meant", metavar="CHANNEL", help="id, link or name")
    add_guild_option(parser, "the guild of a channel that goes by its name")
    add_purge_options(parser)


def check(arguments: argparse.Namespace) -> None:
    """Nothing can be told wrong without the database."""


async def do(config: Config, arguments: argparse.Namespace) -> int:
    """Deletes it, after a question."""
    from clipsaver.cli.purging.asked import asked_for
    from clipsaver.cli.purging.doing import purge
    from clipsaver.records.purges import PurgeScope

    asked = asked_for(arguments, "purge channel", PurgeScope.CHANNEL, arguments.channel_meant)
    return await purge(config, asked)
