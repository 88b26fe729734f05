"""`clipsaver clips`: list, show and export what was found, or make a gallery of it."""

from __future__ import annotations

import argparse

from clipsaver.cli.actions import Action, add_actions, run_action

ACTIONS = (
    Action("list", "the newest clips, or those that filters choose"),
    Action("show", "all that is known of one clip, or of those of a message"),
    Action("export", "all clips, or those that filters choose, as JSON lines or CSV"),
    Action("gallery", "a page of their thumbnails, to sort and search in a browser"),
)

_EPILOG = """\
examples:
  clipsaver clips list                                  the newest
  clipsaver clips list --channel '#memes' --since 7d    of a channel, of a week
  clipsaver clips show https://discord.com/channels/1/2/3
  clipsaver clips export clips.csv --guild 'My guild'
  clipsaver clips gallery my-clips                      open its index.html

It takes the database alone: no token, and nothing is asked of Discord. Each
action tells what it takes: clipsaver clips ACTION --help
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions."""
    parser.description = "The clips that were found: list, show and export them, or make a gallery."
    parser.epilog = _EPILOG
    add_actions(parser, "clips", ACTIONS)


def run(arguments: argparse.Namespace) -> int:
    """Does the action; raises UsageError, DatabaseUnavailable and SchemaError."""
    return run_action("clips", arguments)
