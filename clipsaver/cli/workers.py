"""`clipsaver workers`: who works on the stream, and with what."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from clipsaver.cli.options import add_config_option, load_config, start_logging
from clipsaver.cli.selecting import add_confirming
from clipsaver.errors import ExitCode

if TYPE_CHECKING:
    from clipsaver.config import Config
    from clipsaver.queue.operating.workers import Worker

_EPILOG = """\
A worker beats every 5 seconds and counts as gone after 15 without one. What it
still holds is taken over by others when its leases have run out. What is done
and what failed are deliveries since its start; what it cannot reach stands with
its last beat. One that drains ends when its jobs are over, however long that
takes; one that stops hands back what worker.shutdown_grace leaves.
--json has all that its parts say of themselves.

examples:
  clipsaver workers
  clipsaver workers --watch
  clipsaver workers --json | jq -r 'select(.state == "gone") | .name'
  clipsaver workers pause --all --why "Discord has an outage"
  clipsaver workers drain host-b-4711-0f3a2b
  clipsaver workers tree host-b-4711-0f3a2b     what each of its tasks waits for
"""
_ACTIONS = {
    "pause": "take no new jobs; those that run go on",
    "resume": "take jobs again",
    "drain": "take no new jobs, and end when those that run are over",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How to show them, and the configuration."""
    parser.epilog = _EPILOG
    parser.add_argument("--all", action="store_true", help="also those that left nothing behind")
    parser.add_argument(
        "--json",
        action="store_true",
        help="a line of JSON for each; with --watch one object each second",
    )
    parser.add_argument("--watch", action="store_true", help="show them anew each second")
    add_config_option(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    for name, text in _ACTIONS.items():
        action = actions.add_parser(name, help=text, description=f"{text.capitalize()}.")
        action.add_argument("names", metavar="NAME", nargs="*", help="workers, by their names")
        action.add_argument("--all", action="store_true", help="all that are alive")
        add_confirming(action)
        action.add_argument("--json", action="store_true", help="what came of it as JSON")
        add_config_option(action, again=True)
    about = "what its tasks are and where each of them waits"
    tree = actions.add_parser("tree", help=about, description=f"{about.capitalize()}.")
    tree.add_argument("name", metavar="NAME", help="a worker, by its name")
    tree.add_argument("--json", action="store_true", help="as one JSON object")
    add_config_option(tree, again=True)


def run(arguments: argparse.Namespace) -> int:
    """Shows them; raises RedisUnavailable where the stream cannot be reached."""
    import trio

    config = load_config(arguments).config
    start_logging(config, quiet=True)
    if arguments.action == "tree":
        return trio.run(_show_tree, config, arguments)
    if arguments.action is not None:
        from clipsaver.cli.ordering import order_some

        return trio.run(order_some, config, arguments)
    return trio.run(_show, config, arguments)


async def _show_tree(config: Config, arguments: argparse.Namespace) -> int:
    import trio

    from clipsaver.cli.json_text import json_text
    from clipsaver.cli.opening import open_stream
    from clipsaver.queue.operating.trees import ask_for_tree
    from clipsaver.terminal_text import printable

    async with open_stream(config) as link:
        tree = await ask_for_tree(link, arguments.name, sleep=trio.sleep)
    if arguments.json:
        sys.stdout.write(f"{json_text(tree)}\n")
    else:
        sys.stdout.writelines(f"{printable(line)}\n" for line in tree.lines)
    return ExitCode.DONE


async def _show(config: Config, arguments: argparse.Namespace) -> int:

    from clipsaver.cli.json_text import json_text
    from clipsaver.cli.opening import open_stream
    from clipsaver.cli.tables import terminal_width
    from clipsaver.cli.watching import watch
    from clipsaver.cli.workers_text import workers_text
    from clipsaver.operating.rules import rules_of
    from clipsaver.queue.operating.workers import WorkerState, list_workers

    async with open_stream(config) as link:

        async def workers() -> list[Worker]:
            found = await list_workers(link, lease_ms=rules_of(config).lease_ms)
            return [
                one
                for one in found
                if arguments.all or one.held or one.state is not WorkerState.GONE
            ]

        async def text() -> str:
            if arguments.json:
                return f"{json_text({'workers': await workers()})}\n"
            return workers_text(await workers(), terminal_width())

        if arguments.watch:
            await watch(text, as_json=arguments.json)
        if arguments.json:
            for one in await workers():
                sys.stdout.write(f"{json_text(one)}\n")
        else:
            sys.stdout.write(await text())
    return ExitCode.DONE
