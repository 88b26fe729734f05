"""What several commands take, declared once."""

from __future__ import annotations

import argparse
import os
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from clipsaver.config import Config, Loaded
    from clipsaver.config.check import Checks


class _Lines(argparse.HelpFormatter):
    """Keeps the lines of descriptions and examples; only those that are too long are wrapped."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        width += 2  # argparse leaves so many free, which a line of 80 that fits would miss
        lines = (textwrap.wrap(line, width) or [""] for line in text.splitlines())
        return "\n".join(indent + part for parts in lines for part in parts)


class CommandParser(argparse.ArgumentParser):
    """argparse with `_Lines`, and with options that have to be written out.

    An abbreviation that works today is ambiguous with the next option that comes.
    """

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("formatter_class", _Lines)
        settings.setdefault("allow_abbrev", False)
        super().__init__(**settings)


def add_config_option(parser: argparse.ArgumentParser, *, again: bool = False) -> None:
    """`--config FILE`, for every command that has a configuration.

    `again` is for an action of a command that takes it as well: either place will do.
    """
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        default=argparse.SUPPRESS if again else None,
        help="the configuration; without it ./config.toml, else the one in your config folder",
    )


def positive(text: str) -> int:
    """A number from 1, as the type of an option."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r}: a number from 1")
    return int(text)


def whole(text: str) -> int:
    """A number from 0, as the type of an option."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r}: a number from 0")
    return int(text)


def load_config(arguments: argparse.Namespace, *, checks: Checks | None = None) -> Loaded:
    """The configuration that the command line asks for. Raises ConfigError with every problem."""
    from clipsaver.config import load

    return load(arguments.config, os.environ, Path.cwd(), checks=checks)


def need_token(config: Config) -> None:
    """Raises UsageError, which says how to give one, where there is no bot token."""
    from clipsaver.errors import UsageError

    if not config.discord.token:
        raise UsageError(
            "no bot token: set DISCORD_BOT_TOKEN in the environment or in ./.env, or token in the "
            "[discord] section of the configuration (clipsaver demo needs none)"
        )


def start_logging(config: Config, *, quiet: bool = False, into: TextIO | None = None) -> None:
    """Log to stderr as `[log]` says, with this configuration's secrets masked.

    `quiet` is for commands that answer and end: what goes as planned is not worth a line there.
    `into` is another place than stderr.
    """
    from clipsaver.config import secrets_in
    from clipsaver.log import configure_logging

    level = "warning" if quiet and config.log.level == "info" else config.log.level
    configure_logging(level, config.log.format, into, secrets=secrets_in(config))
