"""`clipsaver jobs`: how far the jobs are, and how the latest ended."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from clipsaver.cli.options import add_config_option, load_config, start_logging, whole
from clipsaver.cli.selecting import add_selection, selection_of
from clipsaver.errors import ExitCode

if TYPE_CHECKING:
    from clipsaver.config import Config
    from clipsaver.database import Database
    from clipsaver.queue.link import Link
    from clipsaver.queue.operating.jobs import JobRow

_ALIVE = ("running", "waiting", "put_off", "retry", "lost")
_ENDED = ("done", "dead", "cancelled")
_EPILOG = """\
Jobs that are not over come from the stream, with what their workers reported
last: how much is done, messages a second and how long the rest takes, or what
they wait for. Those that are over come from the table runs, the latest first.
Times are UTC. --json has more: the worker, the stage, since when it waits. JOB
is a run id, the id of an entry, or the job's own job_id.

examples:
  clipsaver jobs                          a look
  clipsaver jobs --watch                  each second
  clipsaver jobs --state dead --limit 5   how the latest dead ones ended
  clipsaver jobs show 1769428198123-0     all that is known of one
  clipsaver jobs --state running --json | jq -r .run_id
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to show of them and how."""
    parser.epilog = _EPILOG
    add_selection(parser)
    parser.add_argument(
        "--state",
        metavar="STATE",
        choices=(*_ALIVE, *_ENDED),
        action="append",
        default=[],
        help=f"only these: {', '.join((*_ALIVE, *_ENDED))}",
    )
    parser.add_argument(
        "--limit",
        metavar="N",
        type=whole,
        default=50,
        help="show so many at most that are not over (0 = all), and 10 or N that are (default: 50)",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="a line of JSON for each; with --watch one object each second",
    )
    parser.add_argument("--watch", action="store_true", help="show them anew each second")
    add_config_option(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    show = actions.add_parser("show", help="all that is known of one job")
    show.add_argument("job", metavar="JOB", help="run id, entry id or job_id")
    show.add_argument("--json", action="store_true", help="as one JSON object")
    add_config_option(show, again=True)


def run(arguments: argparse.Namespace) -> int:
    """Shows them; raises RedisUnavailable and DatabaseUnavailable."""
    import trio

    config = load_config(arguments).config
    start_logging(config, quiet=True)
    if arguments.action == "show":
        from clipsaver.cli.job_report import show_job

        return trio.run(show_job, config, arguments)
    return trio.run(_show, config, arguments)


async def _show(config: Config, arguments: argparse.Namespace) -> int:

    from clipsaver.cli.jobs_text import jobs_text
    from clipsaver.cli.json_text import json_text
    from clipsaver.cli.opening import open_both
    from clipsaver.cli.tables import terminal_width
    from clipsaver.cli.watching import watch
    from clipsaver.queue.operating import pending
    from clipsaver.queue.operating.words import counts_in_words

    states = arguments.state or (*_ALIVE, *_ENDED)
    async with open_both(config, database=any(one in _ENDED for one in states)) as stores:
        link, database = stores

        async def look() -> str:
            rows: list[JobRow] = []
            is_more = await _alive(config, link, arguments, states, rows.append)
            rows += await _ended(database, arguments, states)
            if arguments.json:
                return f"{json_text({'jobs': rows, 'is_more': is_more})}\n"
            return jobs_text(
                counts_in_words(await pending.count(link)),
                rows,
                await _now_ms(link),
                is_more=is_more,
                run_prefix=f"{link.names.stream}/",
                width=terminal_width(),
            )

        if arguments.watch:
            await watch(look, as_json=arguments.json)
        if not arguments.json:
            sys.stdout.write(await look())
            return ExitCode.DONE
        await _alive(config, link, arguments, states, _write_line)
        for row in await _ended(database, arguments, states):
            _write_line(row)
    return ExitCode.DONE


async def _alive(
    config: Config,
    link: Link,
    arguments: argparse.Namespace,
    states: tuple[str, ...],
    do: Callable[[JobRow], None],
) -> bool:
    """Does it with those that are not over; returns whether there are more than the limit."""
    from clipsaver.operating.rules import rules_of
    from clipsaver.queue.operating.jobs import row_of
    from clipsaver.queue.operating.pending import PendingEntry, each

    if not any(state in _ALIVE for state in states):
        return False
    selection = selection_of(arguments)

    def is_meant(one: PendingEntry) -> bool:
        return selection.matches(one) and row_of(one).state in states

    return await each(
        link,
        rules_of(config),
        is_meant,
        lambda one: do(row_of(one)),
        limit=arguments.limit,
    )


async def _ended(
    database: Database | None, arguments: argparse.Namespace, states: tuple[str, ...]
) -> list[JobRow]:
    """Those that are over: a few where nothing else was asked for."""
    from clipsaver.database.run_list import ended_runs
    from clipsaver.operating.ended import ended_row
    from clipsaver.records import RunState

    names = {"done": RunState.SUCCEEDED, "dead": RunState.FAILED, "cancelled": RunState.CANCELLED}
    wanted = [names[state] for state in states if state in names]
    if database is None or not wanted:
        return []
    async with database.connection() as connection:
        runs = await ended_runs(
            connection,
            limit=(arguments.limit or 1_000_000) if arguments.state else 10,
            states=wanted,
            types=arguments.type,
            guilds=_ids(arguments.guild),
            channels=_ids(arguments.channel),
            job_ids=arguments.job_id,
        )
    return [ended_row(run) for run in runs]


async def _now_ms(link: Link) -> int:
    seconds, micros = await link.command("TIME")
    return int(seconds) * 1000 + int(micros) // 1000


def _ids(texts: list[str]) -> list[int]:
    return [
        int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
        for text in texts
    ]


def _write_line(one: object) -> None:
    from clipsaver.cli.json_text import json_text

    sys.stdout.write(f"{json_text(one)}\n")
