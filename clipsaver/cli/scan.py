"""`clipsaver scan`: find the channels of a guild and queue what is new in them."""

from __future__ import annotations

import argparse
import sys

from clipsaver.cli.options import add_config_option, load_config, need_token, start_logging

_EPILOG = """\
GUILD is an id, a link or a name; it may be left out where the bot is in one
guild only. All channels are looked at, with threads, posts and archives, and
those with something new get a job each on the stream, which workers do
(clipsaver run). What was read before is not read again, so a scan can be
repeated at will.

examples:
  clipsaver scan                        the only guild of the bot
  clipsaver scan "My server" --wait     with progress, until all is read
  clipsaver scan "My server" --channel '#clips' --channel 1100000000000000001
  clipsaver scan https://discord.com/channels/GUILD/CHANNEL
  clipsaver scan --strategy search --wait   most clips in seconds, and no more
  clipsaver scan "My server" --json     what was found, for a script

exit codes: 0 done; 1 with --wait: a job failed; 2 no such guild or channel;
3 a server cannot be reached; 4 Discord refuses the token, or all that was
asked for
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The guild, its channels, and whether to wait."""
    parser.description = "Find the channels and threads of a guild, and queue what is new in them."
    parser.epilog = _EPILOG
    parser.add_argument("guild", nargs="?", metavar="GUILD", help="an id, a link or a name")
    parser.add_argument(
        "--channel",
        metavar="ID|#NAME",
        dest="channels",
        action="append",
        default=[],
        help="only this one and its threads; may be given many times",
    )
    parser.add_argument(
        "--strategy",
        choices=("auto", "history", "search"),
        help="auto: search first, where the bot may, then read the rest; history: read all; "
        "search: only that, which may miss some (default: scan.strategy of the configuration)",
    )
    parser.add_argument("--wait", action="store_true", help="show progress; exit 1 if a job failed")
    parser.add_argument(
        "--json", action="store_true", help="everything that was found, as one JSON object"
    )
    add_config_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Look, queue, and with --wait follow the jobs to their end."""
    import trio

    from clipsaver.cli.failures import leaves_of
    from clipsaver.cli.guild_scan import Asked, scan_guild

    config = load_config(arguments).config
    start_logging(config, quiet=True)
    need_token(config)
    asked = Asked(
        arguments.guild, arguments.channels, arguments.wait, arguments.json, arguments.strategy
    )
    try:
        return trio.run(scan_guild, config, asked)
    except (KeyboardInterrupt, BaseExceptionGroup) as error:
        if asked.queued and any(isinstance(one, KeyboardInterrupt) for one in leaves_of(error)):
            jobs = "1 job goes" if asked.queued == 1 else f"{asked.queued:,} jobs go"
            sys.stderr.write(f"{jobs} on without this command; scan again to see how far\n")
        raise
