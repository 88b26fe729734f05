"""`clipsaver purge list`: what is or was purged."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from clipsaver.cli.options import positive

if TYPE_CHECKING:
    from clipsaver.config import Config

_EPILOG = """\
Those that are not over come first, then the latest. Counts are of what was
deleted, "1 of 2" where there is more to do. Who a purge was about, and which
messages, is kept only until it is over.

examples:
  clipsaver purge list
  clipsaver purge list --json | jq 'select(.ended_at == null)'

exit codes: 0 done; 2 it cannot be understood; 3 the database cannot be reached
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many, and how to show them."""
    parser.description = "What is or was purged, and how far it is."
    parser.epilog = _EPILOG
    parser.add_argument(
        "--limit", metavar="N", type=positive, default=50, help="show so many at most (default: 50)"
    )
    parser.add_argument("--json", action="store_true", help="a JSON object to a line")


def check(arguments: argparse.Namespace) -> None:
    """Nothing can be told wrong without the database."""


async def do(config: Config, arguments: argparse.Namespace) -> int:
    """Shows them."""
    from clipsaver.cli.purging.listing import show_purges

    return await show_purges(config, limit=arguments.limit, as_json=arguments.json)
