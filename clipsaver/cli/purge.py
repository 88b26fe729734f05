"""`clipsaver purge`: deletes for good what is stored."""

from __future__ import annotations

import argparse

from clipsaver.cli.actions import Action, add_actions, run_action

ACTIONS = (
    Action("guild", "all that is stored of a guild"),
    Action("channel", "all that is stored of a channel and its threads"),
    Action("author", "all that a person posted, who is then not stored again"),
    Action("message", "single messages"),
    Action("list", "what is or was purged, and how far it is"),
    Action("resume", "go on with what is not over, where no worker does"),
)

_EPILOG = """\
Rows are deleted, and the files of their pictures; nothing of it comes back by
itself. First it says what would go and asks; afterwards it shows counts from
before and after. A purge that was interrupted is gone on with by workers, by
clipsaver purge resume, and by the same command given again.

examples:
  clipsaver purge guild 'My guild' --dry-run
  clipsaver purge channel '#memes' --guild 'My guild'
  clipsaver purge author 397177100697600021
  clipsaver purge message https://discord.com/channels/GUILD/CHANNEL/MESSAGE
  clipsaver purge list
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions."""
    parser.description = "Delete for good what is stored of a guild, a channel or a person."
    parser.epilog = _EPILOG
    add_actions(parser, "purge", ACTIONS)


def run(arguments: argparse.Namespace) -> int:
    """Does the action; raises UsageError, DatabaseUnavailable and SchemaError."""
    return run_action("purge", arguments)
