"""Options of commands that delete, declared once. Imports next to nothing, for `--help`."""

from __future__ import annotations

import argparse

from clipsaver.cli.selecting import add_confirming

EXIT_CODES = """\
exit codes: 0 nothing is left; 1 a newer job has stored something again, or a
picture that was being stored is deleted only in some minutes; 2 it cannot be
understood, or nobody agreed to it; 3 a server or the storage of pictures cannot
be reached: what is left is deleted later; 130 interrupted: workers go on
"""


def add_purge_options(parser: argparse.ArgumentParser) -> None:
    """What every purge takes, whatever it is about; `--config` comes with the action."""
    add_confirming(parser)
    parser.add_argument(
        "--no-wait", action="store_true", help="only write it down: workers carry it out"
    )
    parser.add_argument("--json", action="store_true", help="what came of it as a JSON object")


def add_guild_option(parser: argparse.ArgumentParser, text: str) -> None:
    """`--guild GUILD`, with what it is for."""
    parser.add_argument("--guild", metavar="GUILD", help=text)


def add_author(parser: argparse.ArgumentParser) -> None:
    """Whom, and where: for all commands that are about a person's being stored."""
    parser.add_argument("author", metavar="AUTHOR", help="id, username or display name")
    add_guild_option(parser, "in this guild alone: id, link or name (default: in all)")
