"""`clipsaver cancel`: ends jobs, whether they wait or run."""

from __future__ import annotations

import argparse

from clipsaver.cli.options import add_config_option, load_config, start_logging
from clipsaver.cli.selecting import add_confirming, add_selection

_EPILOG = """\
JOB is a run id, the id of an entry, or the job's own job_id. A job that waits
is gone at once; one that runs stops within a second, wherever that is. Clips
that it has committed stay, and the table runs says CANCELLED. Jobs that a guild
job has added already are jobs of their own: cancel them by --guild.

examples:
  clipsaver cancel 1769428198123-0
  clipsaver cancel --guild 928427413694734396 --type batch --dry-run
  clipsaver cancel --channel 1424914917202464798 --yes --why "wrong channel"
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which ones, and how sure one is."""
    parser.epilog = _EPILOG
    parser.add_argument("jobs", metavar="JOB", nargs="*", help="run id, entry id or job_id")
    add_selection(parser)
    add_confirming(parser)
    parser.add_argument("--json", action="store_true", help="what came of it as a JSON object")
    add_config_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Cancels them; raises RedisUnavailable and DatabaseUnavailable."""
    import trio

    from clipsaver.cli.cancelling import cancel_some

    config = load_config(arguments).config
    start_logging(config, quiet=True)
    return trio.run(cancel_some, config, arguments)
