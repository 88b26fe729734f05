"""`clipsaver purge message`: deletes what is stored of single messages."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from clipsaver.cli.purging.options import (
    EXIT_CODES,
    add_purge_options,
)

if TYPE_CHECKING:
    from clipsaver.config import Config

_EPILOG = f"""\
MESSAGE is a link to a message or its id; all of one call are of one channel.
The channel of messages that are not on record has to be said.

A message that is still at Discord is stored again when it is read again, as by
a rescan: delete it there first, or purge its author.

examples:
  clipsaver purge message https://discord.com/channels/GUILD/CHANNEL/MESSAGE
  clipsaver purge message 1442917402463608840 1442917402463608841 --yes
  clipsaver purge message 1442917402463608840 --channel '#memes'

{EXIT_CODES}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which, and how sure one is."""
    parser.description = "Delete for good what is stored of single messages."
    parser.epilog = _EPILOG
    parser.add_argument("messages", metavar="MESSAGE", nargs="+", help="link or id")
    parser.add_argument("--channel", metavar="C", help="their channel: id, link or name")
    add_purge_options(parser)


def check(arguments: argparse.Namespace) -> None:
    """Raises UsageError for what is no message."""
    from clipsaver.cli.purging.asked import messages_named

    messages_named(tuple(arguments.messages))


async def do(config: Config, arguments: argparse.Namespace) -> int:
    """Deletes them, after a question."""
    from clipsaver.cli.purging.asked import asked_for
    from clipsaver.cli.purging.doing import purge
    from clipsaver.records.purges import PurgeScope

    asked = asked_for(arguments, "purge message", PurgeScope.MESSAGES, *arguments.messages)
    return await purge(config, asked)
