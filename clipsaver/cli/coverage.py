"""`clipsaver coverage`: what was read of each channel, and where the gaps are."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import TYPE_CHECKING

from clipsaver.cli.options import add_config_option, load_config, start_logging, whole
from clipsaver.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clipsaver.cli.coverage_text import Shown
    from clipsaver.config import Config
    from clipsaver.operating.coverage_looks import Look

_EPILOG = """\
Each bar is a channel's life, from the day it was made to the newest message
that Discord named; all of a guild share one scale. A scan reads only what is
not read yet, so filling the gaps is a scan. What was read by other settings
(types, pattern, sources) does not count: --all-settings shows it.

It takes the database alone: no token, and nothing is asked of Discord. What
was posted since the last scan is not in it.

examples:
  clipsaver coverage                      everything on record
  clipsaver coverage "My server" --gaps   each gap with its dates
  clipsaver coverage '#clips'             one channel and its threads
  clipsaver coverage --json | jq '.channels[] | select(.state == "gaps").name'

exit codes: 0 done; 2 no such guild or channel; 3 the database cannot be reached
"""
_PAPER_WIDTH = 100
"""Where no terminal says how wide it is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of what, and how much of it."""
    parser.description = "What was read of each channel, and where the gaps are."
    parser.epilog = _EPILOG
    parser.add_argument(
        "places",
        nargs="*",
        metavar="GUILD|CHANNEL",
        help="an id, a link or a name; a channel goes with its threads",
    )
    parser.add_argument(
        "--gaps", action="store_true", help="each gap with its dates, as where one channel is shown"
    )
    parser.add_argument(
        "--all-settings", action="store_true", help="other ways of reading as well, by name"
    )
    parser.add_argument(
        "--limit",
        metavar="N",
        type=whole,
        default=50,
        help="show so many channels of a guild at most; 0 = all (default: 50)",
    )
    parser.add_argument("--json", action="store_true", help="everything, as one JSON object")
    add_config_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Shows it; raises UsageError, DatabaseUnavailable and SchemaError."""
    import trio

    config = load_config(arguments).config
    start_logging(config, quiet=True)
    return trio.run(partial(_show, config, arguments))


async def _show(config: Config, arguments: argparse.Namespace) -> int:
    import time

    from clipsaver.cli.coverage_json import coverage_json
    from clipsaver.cli.coverage_reading import read_looks
    from clipsaver.cli.coverage_text import ending, filling, picture
    from clipsaver.cli.json_text import json_text

    seen = await read_looks(config, arguments.places, time.time())
    if arguments.json:
        fill = list(filling(seen.looks, seen.named))
        told = coverage_json(seen.looks, seen.settings_hash, seen.names, fill)
        sys.stdout.write(f"{json_text(told)}\n")
        return ExitCode.DONE
    shown = _shown(arguments, seen.looks, seen.names)
    _write([*picture(seen.looks, shown), *ending(seen.looks, seen.named)])
    return ExitCode.DONE


def _shown(arguments: argparse.Namespace, looks: Sequence[Look], names: dict[str, str]) -> Shown:
    import os

    from clipsaver.cli.coverage_bars import Pen
    from clipsaver.cli.coverage_text import Shown
    from clipsaver.cli.tables import terminal_width
    from clipsaver.terminal_text import shows_blocks

    return Shown(
        pen=Pen(
            blocks=shows_blocks(os.environ, sys.stdout.encoding or "ascii"),
            colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR"),
        ),
        width=terminal_width() or _PAPER_WIDTH,
        most=arguments.limit or None,
        gaps=arguments.gaps or len(looks) == 1,
        others=arguments.all_settings,
        names=names,
    )


def _write(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
