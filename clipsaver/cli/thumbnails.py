"""`clipsaver thumbnails`: how far they are, why some are missing, and making them again."""

from __future__ import annotations

import argparse
from functools import partial

from clipsaver.cli.options import add_config_option, load_config, positive, start_logging, whole
from clipsaver.cli.selecting import add_confirming

_STATES = ("pending", "ready", "failed", "unavailable", "skipped")

_EPILOG = """\
examples:
  clipsaver thumbnails status                what is there, to do, and missing
  clipsaver thumbnails retry --error media_unavailable --dry-run
  clipsaver thumbnails remake --all          after a change of sizes or quality

Workers make them, those with thumbnails.enabled; nothing is made here. Each
action tells what it takes: clipsaver thumbnails ACTION --help
"""

_RETRY = """\
Clips without a thumbnail are tried again at once, their attempts counted anew:
those named, whatever their state, and before all others; or those that the
options choose, without --state pending, failed and unavailable ones. Clips
that have a thumbnail, or are due already, are left alone. Programs may push a
thumbnail_retry job instead.
"""

_REMAKE = """\
Clips that have a thumbnail get another one, made as the configuration of the
workers says by now. The pictures that they have stay until then, and where it
fails. Clips that are new meanwhile do not wait behind them.
"""

_WHICH = """
Options that choose may be given many times: one of the values has to fit, of
each option that is given. More than one clip has to be confirmed by typing
their number, or with --yes. It takes the database alone; it is put on record
(clipsaver audit list) where the stream can be reached.

examples:
  clipsaver thumbnails {action} 1400000000000000000-1400000000000000001
  clipsaver thumbnails {action} {choice} --dry-run
  clipsaver thumbnails {action} --channel 1424914917202464798 --limit 100
  clipsaver thumbnails {action} --all --yes --why "{why}"

exit codes: 0 done; 1 a clip that was named is not there; 2 nothing was
changed; 3 the database cannot be reached
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Three actions; those that change something say first what they would do."""
    parser.description = "How far thumbnails are, why some are missing, and making them again."
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    status = actions.add_parser(
        "status", help="how many are made, to do and missing, and what may be done about it"
    )
    retry = actions.add_parser(
        "retry",
        help="try clips again that have none",
        description="Try clips again that have no thumbnail.",
        epilog=_RETRY + _WHICH.format(
            action="retry", choice="--error media_unavailable", why="CDN is well again"
        ),
    )  # fmt: skip
    remake = actions.add_parser(
        "remake",
        help="make those anew that are there",
        description="Make thumbnails anew that are there.",
        epilog=_REMAKE
        + _WHICH.format(action="remake", choice="--made-before 30d", why="larger pictures"),
    )
    _add_choice(retry)
    retry.set_defaults(made_before=None)
    _add_choice(remake).add_argument(
        "--made-before",
        metavar="AGE",
        help="made before that: 30m, 2h, 7d, or a time in UTC such as 2026-11-25T20:48",
    )
    for action in (status, retry, remake):
        action.add_argument("--json", action="store_true", help="for programs: one JSON object")
        add_config_option(action)


def _add_choice(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    parser.add_argument("clips", nargs="*", metavar="CLIP", help="clips' ids")
    parser.add_argument("--all", action="store_true", help="every one that there is")
    group = parser.add_argument_group("which")
    group.add_argument(
        "--state", choices=_STATES, action="append", default=[], help="what it is now"
    )
    group.add_argument(
        "--error",
        metavar="ERROR",
        action="append",
        default=[],
        help="how its last attempt ended, as status shows it",
    )
    for option, words in (
        ("--guild", "of this server"),
        ("--channel", "of this channel or thread"),
        ("--author", "posted by this person"),
    ):
        group.add_argument(
            option, metavar="ID", type=whole, action="append", default=[], help=words
        )
    group.add_argument("--limit", metavar="N", type=positive, help="this many at most")
    add_confirming(parser)
    return group


def run(arguments: argparse.Namespace) -> int:
    """Does the action; raises UsageError, DatabaseUnavailable and SchemaError."""
    import trio

    from clipsaver.cli.thumbnails_asked import asked_for
    from clipsaver.cli.thumbnails_commands import act, show_status

    if arguments.action == "status":
        config = load_config(arguments).config
        start_logging(config, quiet=True)
        return trio.run(partial(show_status, config, as_json=arguments.json))
    asked = asked_for(arguments)
    config = load_config(arguments).config
    start_logging(config, quiet=True)
    return trio.run(act, config, asked)
