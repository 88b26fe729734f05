"""`clipsaver pending`: who holds which entry, what waits where, and what happens to it next."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from clipsaver.cli.options import add_config_option, load_config, start_logging, whole
from clipsaver.cli.selecting import add_confirming, add_selection, selection_of
from clipsaver.errors import ExitCode

if TYPE_CHECKING:
    from clipsaver.config import Config
    from clipsaver.queue.operating.pending import PendingEntry

_PARTS = ("held", "waiting", "unread", "delayed")
_PLACES = (
    *("held", "late", "orphaned", "takeover", "waiting", "unread", "retry", "put_off", "gone"),
)
_EPILOG = """\
Everything that is left to do is in one of four parts: held by a worker, waiting
in line, not read by the group yet, or delayed until it is due. A holder renews
its lease at a third of redis.lease_seconds; where it does not, the next free
slot takes the entry over when the lease has run out.

examples:
  clipsaver pending                        a look; what is held comes first
  clipsaver pending --in held --watch      each second, until ctrl-c
  clipsaver pending --place takeover       whose lease ran out
  clipsaver pending --guild 9284 --limit 0 all of a guild's
  clipsaver pending --json --limit 0 | jq -r .run_id
"""

_RELEASE = (
    "let others have at once what a worker holds that is gone or stuck",
    "Let others have entries at once that a worker holds, which is gone or stuck.",
)
_BURY = (
    "send jobs to the dead letters, whether they wait or run",
    "Send jobs to the dead letters, whether they wait or run.",
)
_DROP = (
    "take jobs off the stream for good; the audit keeps a copy",
    "Take jobs off the stream for good; the audit keeps a copy for 30 days.",
)

_RELEASE_EPILOG = """\
Without this an entry is taken over when its lease has run out. Released, it
waits for the next free slot at once, and the delivery counts. A holder that
is alive after all loses its lease and changes nothing any more: at worst a
page is read twice, and no clip is there twice.

examples:
  clipsaver pending release 1769428198123-0
  clipsaver pending release --worker host-b-4711-0f3a2b --dry-run
"""

_BURY_EPILOG = """\
For a job that does harm where it is, and may be wanted later: it goes to the
dead letters with the reason buried, who did it and why, and the table runs
says FAILED. Whoever has it loses it, and stops within a second. clipsaver
dead shows, retries and drops it there.

examples:
  clipsaver pending bury 1769428198123-0 --why "it scans the wrong channel"
  clipsaver pending bury --channel 1424914917202464798 --dry-run
"""

_DROP_EPILOG = """\
For a job that is not wanted any more: it is cancelled, as by clipsaver
cancel, and the audit keeps a copy of it for 30 days (clipsaver audit list
--json). Of a job of more than 64 KB it keeps the beginning.

examples:
  clipsaver pending drop 1769428198123-0
  clipsaver pending drop --guild 928427413694734396 --place unread --yes
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to show of them and how."""
    parser.epilog = _EPILOG
    add_selection(parser)
    add_worker_option(parser)
    parser.add_argument(
        "--in",
        dest="parts",
        metavar="PART",
        choices=_PARTS,
        action="append",
        help=f"only this part: {', '.join(_PARTS)}",
    )
    _add_place_option(parser)
    add_showing(parser, "entries")
    add_config_option(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    for name, what, words, epilog in (
        ("release", "released", _RELEASE, _RELEASE_EPILOG),
        ("bury", "buried", _BURY, _BURY_EPILOG),
        ("drop", "dropped", _DROP, _DROP_EPILOG),
    ):
        action = actions.add_parser(name, help=words[0], description=words[1], epilog=epilog)
        action.add_argument(
            "ids",
            metavar="ID",
            nargs="*",
            help=f"entry id, run id or job_id of what is to be {what}",
        )
        add_selection(action)
        add_worker_option(action)
        if name != "release":
            _add_place_option(action)
        add_confirming(action)
        action.add_argument("--json", action="store_true", help="what came of it as JSON")
        add_config_option(action, again=True)


def _add_place_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--place",
        metavar="PLACE",
        choices=_PLACES,
        action="append",
        default=[],
        help=f"only what is so: {', '.join(_PLACES)}",
    )


def add_worker_option(parser: argparse.ArgumentParser) -> None:
    """`--worker NAME`."""
    parser.add_argument(
        "--worker", metavar="NAME", action="append", default=[], help="only what this one holds"
    )


def add_showing(parser: argparse.ArgumentParser, things: str) -> None:
    """`--limit`, `--json` and `--watch`."""
    parser.add_argument(
        "--limit",
        metavar="N",
        type=whole,
        default=50,
        help=f"show so many {things} at most; 0 = all (default: 50)",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="a line of JSON for each; with --watch one object each second",
    )
    parser.add_argument("--watch", action="store_true", help="show them anew each second")


def run(arguments: argparse.Namespace) -> int:
    """Shows them; raises RedisUnavailable where the stream cannot be reached."""
    import trio

    config = load_config(arguments).config
    start_logging(config, quiet=True)
    if arguments.action == "release":
        from clipsaver.cli.releasing import release_some

        return trio.run(release_some, config, arguments)
    if arguments.action is not None:
        from clipsaver.cli.removing import remove_some

        return trio.run(remove_some, config, arguments)
    return trio.run(_show, config, arguments)


async def _show(config: Config, arguments: argparse.Namespace) -> int:

    from clipsaver.cli.json_text import json_text
    from clipsaver.cli.opening import open_stream
    from clipsaver.cli.pending_text import entries_text
    from clipsaver.cli.watching import watch
    from clipsaver.operating.rules import rules_of
    from clipsaver.queue.operating import pending, places

    parts = [places.Part(part) for part in arguments.parts or _PARTS]
    selection, rules = selection_of(arguments), rules_of(config)
    if selection.worker and arguments.parts is None:
        parts = [places.Part.HELD]
    async with open_stream(config) as link:
        prefix = f"{link.names.stream}/"

        async def look() -> str:
            found: list[pending.PendingEntry] = []
            is_more = await pending.each(
                link, rules, selection.matches, found.append, parts=parts, limit=arguments.limit
            )
            counts = await pending.count(link)
            if arguments.json:
                facts = {
                    "counts": counts,
                    "entries": [pending.told(one) for one in found],
                    "is_more": is_more,
                }
                return f"{json_text(facts)}\n"
            return entries_text(counts, found, is_more=is_more, run_prefix=prefix)

        if arguments.watch:
            await watch(look, as_json=arguments.json)
        if not arguments.json:
            sys.stdout.write(await look())
            return ExitCode.DONE
        await pending.each(
            link, rules, selection.matches, _write_told, parts=parts, limit=arguments.limit
        )
    return ExitCode.DONE


def _write_told(one: PendingEntry) -> None:
    from clipsaver.cli.json_text import json_text
    from clipsaver.queue.operating.pending import told

    sys.stdout.write(f"{json_text(told(one))}\n")
