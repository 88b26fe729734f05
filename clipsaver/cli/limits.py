"""`clipsaver limits`: what Discord allows, what is used of it, and who waits for what."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from clipsaver.cli.options import add_config_option, load_config, need_token, start_logging
from clipsaver.errors import ExitCode

if TYPE_CHECKING:
    from clipsaver.config import Config
    from clipsaver.discord_rest.limits.view import LimitsView
    from clipsaver.queue.link import Link
    from clipsaver.queue.operating.answers import LatestAnswer

_EPILOG = """\
All workers of a token share its limits in Redis; this shows them as they are
now, and asks nothing of Discord. A request waits for the pace of the whole
token (discord.requests_per_second), for the limit of its route and channel,
for another request to the same channel, or because Discord said so. A bucket's
last 429 is told as long as the bucket is used. --answers adds what the headers
of the latest ten answers of each route and worker said, channels taken
together.

examples:
  clipsaver limits                  a look
  clipsaver limits --watch          each second, until ctrl-c
  clipsaver limits --answers        also what Discord answered last
  clipsaver limits --json | jq .learnt
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How to show them, and the configuration."""
    parser.epilog = _EPILOG
    parser.add_argument("--watch", action="store_true", help="show them anew each second")
    parser.add_argument("--all", action="store_true", help="every bucket and every request")
    parser.add_argument(
        "--answers", action="store_true", help="what workers say of the latest answers, too"
    )
    parser.add_argument(
        "--json", action="store_true", help="all of it as JSON; with --watch a line each second"
    )
    add_config_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Shows them; raises RedisUnavailable where they are kept and cannot be reached."""
    import trio

    config = load_config(arguments).config
    start_logging(config, quiet=True)
    need_token(config)
    return trio.run(_show, config, arguments)


async def _show(config: Config, arguments: argparse.Namespace) -> int:
    import socket

    from clipsaver.cli.opening import open_stream
    from clipsaver.cli.watching import watch
    from clipsaver.config import egress_of
    from clipsaver.discord_rest.limits.view import read_view

    async with open_stream(config) as link:

        async def look() -> LimitsView:
            return await read_view(
                link.redis,
                server=link.server,
                token=config.discord.token,
                egress=egress_of(config, host=socket.gethostname()),
            )

        async def text() -> str:
            answers = await _answers(link) if arguments.answers else None
            return _text(await look(), answers, arguments)

        if arguments.watch:
            await watch(text, as_json=arguments.json)
        sys.stdout.write(await text())
        return ExitCode.DONE


async def _answers(link: Link) -> list[LatestAnswer]:
    from clipsaver.queue.operating.answers import latest_answers
    from clipsaver.queue.operating.workers import list_workers

    workers = await list_workers(link, lease_ms=0)
    seconds, micros = await link.command("TIME")
    return latest_answers(workers, int(seconds) * 1000 + int(micros) // 1000)


def _text(
    view: LimitsView, answers: list[LatestAnswer] | None, arguments: argparse.Namespace
) -> str:
    import msgspec

    from clipsaver.cli.json_text import json_text
    from clipsaver.cli.limits_text import MOST_ROWS, answers_text, limits_text

    if not arguments.json:
        text = limits_text(view, most=None if arguments.all else MOST_ROWS)
        return text if answers is None else f"{text}\n{answers_text(answers)}"
    facts = msgspec.to_builtins(view)
    for told, waiter in zip(facts["waiting"], view.waiting, strict=True):
        told["turn"] = waiter.turn.name.lower()
    if answers is not None:
        facts["answers"] = [
            {"route": one.route, "worker": one.worker, "at_ms": one.at_ms}
            | {name: getattr(one.said, name) for name in one.said.__struct_fields__[1:]}
            for one in answers
        ]
    return f"{json_text(facts)}\n"
