"""Commands with actions, such as `clipsaver clips list`, each in a module of its own."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from clipsaver.cli.options import add_config_option, load_config, start_logging

if TYPE_CHECKING:
    from clipsaver.config import Config


class Action(NamedTuple):
    """A row of a command's table of actions; its module is `clipsaver.cli.<command>_<name>`."""

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


def add_actions(parser: argparse.ArgumentParser, command: str, actions: Iterable[Action]) -> None:
    """The actions; each has its options in its own module."""
    choice = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for action in actions:
        one = choice.add_parser(action.name, help=action.help)
        _module(command, action.name).add_arguments(one)
        add_config_option(one)


def run_action(command: str, arguments: argparse.Namespace) -> int:
    """Does the action that was chosen; raises what it raises."""
    import trio

    module = _module(command, arguments.action)
    module.check(arguments)
    config = load_config(arguments).config
    start_logging(config, quiet=True)
    return trio.run(module.do, config, arguments)


def _module(command: str, action: str) -> ActionModule:
    return cast("ActionModule", import_module(f"clipsaver.cli.{command}_{action}"))
