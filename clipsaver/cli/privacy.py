"""`clipsaver privacy`: what is stored about people, and who is not stored."""

from __future__ import annotations

import argparse

from clipsaver.cli.actions import Action, add_actions, run_action

ACTIONS = (
    Action("export", "all that is stored about a person, as one JSON document"),
    Action("optout", "delete what a person posted, and store nothing of it again"),
    Action("optin", "store again what a person posts from now on"),
    Action("status", "who opted out, and for how long things are kept"),
)

_EPILOG = """\
examples:
  clipsaver privacy export 397177100697600021 person.json
  clipsaver privacy optout 397177100697600021
  clipsaver privacy optin 397177100697600021
  clipsaver privacy status
  clipsaver privacy status @somebody

They take the database: no token, and nothing is asked of Discord. What is
stored about a person, table by table, is in docs/privacy.md.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions."""
    parser.description = "What is stored about people, and who is not stored."
    parser.epilog = _EPILOG
    add_actions(parser, "privacy", ACTIONS)


def run(arguments: argparse.Namespace) -> int:
    """Does the action; raises UsageError, DatabaseUnavailable and SchemaError."""
    return run_action("privacy", arguments)
