"""`clipsaver purge resume`: goes on with purges that are not over."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from clipsaver.cli.purging.options import EXIT_CODES

if TYPE_CHECKING:
    from clipsaver.config import Config

_EPILOG = f"""\
Workers go on with purges by themselves; this does it where none runs, and at
once where one waits for files that could not be deleted before. Several may do
it together.

examples:
  clipsaver purge list
  clipsaver purge resume

{EXIT_CODES}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How to tell what came of it."""
    parser.description = "Go on with all purges that are not over."
    parser.epilog = _EPILOG
    parser.add_argument("--json", action="store_true", help="what came of it as a JSON object")


def check(arguments: argparse.Namespace) -> None:
    """Nothing can be told wrong without the database."""


async def do(config: Config, arguments: argparse.Namespace) -> int:
    """Carries them out."""
    from clipsaver.cli.purging.listing import resume_purges

    return await resume_purges(config, as_json=arguments.json)
