"""`clipsaver config`: check the configuration, or show what is in force and why."""

from __future__ import annotations

import argparse
import sys

from clipsaver.cli.options import add_config_option, load_config
from clipsaver.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Without a file there are defaults: clipsaver config example > config.toml"
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="print every problem at once; exit code 2 if any")
    show = actions.add_parser("show", help="print each value and where it came from, no secrets")
    actions.add_parser("example", help="print a file with every setting, its default and meaning")
    for action in (check, show):
        add_config_option(action)


def run(arguments: argparse.Namespace) -> int:
    from clipsaver.cli.tui import key_checks
    from clipsaver.config import render

    if arguments.action == "example":
        sys.stdout.write(render.example())
        return ExitCode.DONE
    is_check = arguments.action == "check"
    loaded = load_config(arguments, checks=key_checks() if is_check else None)
    if arguments.action == "show":
        sys.stdout.write(render.in_force(loaded.config, loaded.origins))
    else:
        source = loaded.file or "no file, only defaults and the environment"
        sys.stdout.write(f"the configuration is ok: {source}\n")
    return ExitCode.DONE
