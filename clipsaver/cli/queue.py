"""`clipsaver queue repair`: puts back what a lost Redis has taken away."""

from __future__ import annotations

import argparse

from clipsaver.cli.options import add_config_option, load_config, start_logging
from clipsaver.cli.selecting import add_confirming

_EPILOG = """\
The table runs knows each job that was begun. After Redis was emptied, replaced
or set back, those that are not over and have no entry any more are put back on
the stream, and go on where they stopped. Jobs that nobody had begun are in no
table: push them again.

It is safe while workers run, and may be repeated: a run whose row a worker has
changed within the last lease is left alone, and of one that is on the stream
twice after all, one is done. Places in line that are nobody's are given up.

examples:
  clipsaver queue repair --dry-run      what is lost?
  clipsaver queue repair --yes
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One action."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    repair = actions.add_parser(
        "repair",
        help="put unfinished runs back whose entry is nowhere",
        description="Put unfinished runs back on the stream whose entry is nowhere.",
        epilog=_EPILOG,
    )
    add_confirming(repair)
    repair.add_argument("--json", action="store_true", help="what came of it as a JSON object")
    add_config_option(repair)


def run(arguments: argparse.Namespace) -> int:
    """Repairs; raises RedisUnavailable and DatabaseUnavailable."""
    import trio

    from clipsaver.cli.repairing import repair_stream

    config = load_config(arguments).config
    start_logging(config, quiet=True)
    return trio.run(repair_stream, config, arguments)
