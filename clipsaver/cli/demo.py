"""`clipsaver demo`: the whole way of a clip, on this machine, without a token or a server."""

from __future__ import annotations

import argparse

_DESCRIPTION = """\
Starts real PostgreSQL and Valkey servers and a simulated Discord, puts a job
for each of its channels on the stream, lets a real worker do them, and shows
the clips that are then in the database. On a terminal, `clipsaver tui` shows
the work meanwhile; leave it with q. Nothing is kept, unless you say so, and
nothing leaves this machine.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Size and seed of the simulated server, and whether to keep what was made."""
    parser.description = _DESCRIPTION
    parser.add_argument("--channels", type=_count, default=8, help="channels to scan (default 8)")
    parser.add_argument(
        "--messages", type=_count, default=1500, help="messages in each channel (default 1500)"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed is another server")
    parser.add_argument(
        "--keep", metavar="DIR", help="keep the servers' data in DIR, to look at it afterwards"
    )
    parser.add_argument(
        "--plain", action="store_true", help="plain lines instead of the terminal UI"
    )


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100_000:
        raise argparse.ArgumentTypeError("a number from 1 to 100000")
    return number


def run(arguments: argparse.Namespace) -> int:
    """Run the demo; exit 1 if what was found is not what was planted."""
    import trio

    from clipsaver.demo.play import run_demo
    from clipsaver.demo.stage import Wishes

    return trio.run(
        run_demo,
        Wishes(
            seed=arguments.seed,
            channels=arguments.channels,
            messages=arguments.messages,
            keep_in=arguments.keep,
            is_plain=arguments.plain,
        ),
    )
