"""`clipsaver clips`: list, show and export what was found, or make a gallery of it."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from clipsaver.cli.options import add_config_option, load_config, start_logging

if TYPE_CHECKING:
    from clipsaver.config import Config


class Action(NamedTuple):
    """A row of the table of actions; its module is `clipsaver.cli.clips_<name>`."""

    name: str
    help: str


class ActionModule(Protocol):
    """What the module of an action has to have."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the action's options; `--config` is there already."""

    def check(self, arguments: argparse.Namespace) -> None:
        """Raise UsageError for what can be told wrong before anything is opened."""

    async def do(self, config: Config, arguments: argparse.Namespace) -> int:
        """Do it; returns an exit code, or raises a ClipsaverError that has one."""


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
    """The actions; each has its options in its own module."""
    parser.description = "The clips that were found: list, show and export them, or make a gallery."
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for action in ACTIONS:
        one = actions.add_parser(action.name, help=action.help)
        _module(action.name).add_arguments(one)
        add_config_option(one)


def run(arguments: argparse.Namespace) -> int:
    """Does the action; raises UsageError, DatabaseUnavailable and SchemaError."""
    import trio

    module = _module(arguments.action)
    module.check(arguments)
    config = load_config(arguments).config
    start_logging(config, quiet=True)
    return trio.run(module.do, config, arguments)


def _module(action: str) -> ActionModule:
    return cast("ActionModule", import_module(f"clipsaver.cli.clips_{action}"))
