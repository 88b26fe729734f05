"""`clipsaver privacy`: what is stored about a person."""

from __future__ import annotations

import argparse

from clipsaver.cli.actions import Action, add_actions, run_action

ACTIONS = (Action("export", "all that is stored about a person, as one JSON document"),)

_EPILOG = """\
examples:
  clipsaver privacy export 397177100697600021 person.json
  clipsaver privacy export @somebody - | jq .counts

It takes the database alone: no token, and nothing is asked of Discord. What is
stored about a person, table by table, is in docs/privacy.md.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions."""
    parser.description = "What is stored about a person."
    parser.epilog = _EPILOG
    add_actions(parser, "privacy", ACTIONS)


def run(arguments: argparse.Namespace) -> int:
    """Does the action; raises UsageError, DatabaseUnavailable and SchemaError."""
    return run_action("privacy", arguments)
