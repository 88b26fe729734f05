"""Options that say which jobs are meant, declared once for the commands that take them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clipsaver.queue.operating.selection import Selection

_OPTIONS = (
    ("--type", "TYPE", "only jobs of this type, such as batch"),
    ("--guild", "ID", "only those of this guild"),
    ("--channel", "ID", "only those of this channel"),
    ("--job-id", "NAME", "only those with this job_id"),
)


def add_selection(parser: argparse.ArgumentParser) -> None:
    """`--type`, `--guild`, `--channel`, `--job-id`; each may be given many times."""
    group = parser.add_argument_group("which", "Each may be given many times: then any of them.")
    for option, metavar, text in _OPTIONS:
        group.add_argument(option, metavar=metavar, action="append", default=[], help=text)


def add_confirming(parser: argparse.ArgumentParser) -> None:
    """What every action takes that changes something."""
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and end")
    parser.add_argument("--yes", action="store_true", help="do not ask for the number")
    parser.add_argument("--why", metavar="TEXT", default="", help="your reason, for the audit")


def selection_of(arguments: argparse.Namespace) -> Selection:
    """What these options, and `--worker` and `--place` where the command has them, say."""
    from clipsaver.queue.operating.selection import Selection

    return Selection(
        type=frozenset(arguments.type),
        guild=frozenset(arguments.guild),
        channel=frozenset(arguments.channel),
        job_id=frozenset(arguments.job_id),
        worker=frozenset(getattr(arguments, "worker", ())),
        place=frozenset(getattr(arguments, "place", ())),
    )
