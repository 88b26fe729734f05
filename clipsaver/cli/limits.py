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

_EPILOG = """\
All workers of a token share its limits in Redis; this shows them as they are
now, and asks nothing of Discord. A request waits for the pace of the whole
token (discord.requests_per_second), for the limit of its route and channel,
for another request to the same channel, or because Discord said so.

examples:
  clipsaver limits                  a look
  clipsaver limits --watch          each second, until ctrl-c
  clipsaver limits --json | jq .learnt
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How to show them, and the configuration."""
    parser.epilog = _EPILOG
    parser.add_argument("--watch", action="store_true", help="show them anew each second")
    parser.add_argument("--all", action="store_true", help="every bucket and every request")
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
    from clipsaver.cli.watching import watch
    from clipsaver.discord_rest.limits.view import read_view
    from clipsaver.worker.stores import egress_of, open_addresses, open_link

    async with (
        open_addresses(config, database=False) as addresses,
        open_link(config, addresses.redis_url) as link,
    ):

        async def look() -> LimitsView:
            return await read_view(
                link.redis,
                server=link.server,
                token=config.discord.token,
                egress=egress_of(config),
            )

        async def text() -> str:
            return _text(await look(), arguments)

        if arguments.watch:
            await watch(text, as_json=arguments.json)
        sys.stdout.write(await text())
        return ExitCode.DONE


def _text(view: LimitsView, arguments: argparse.Namespace) -> str:
    import msgspec

    from clipsaver.cli.limits_text import MOST_ROWS, limits_text

    if not arguments.json:
        return limits_text(view, most=None if arguments.all else MOST_ROWS)
    facts = msgspec.to_builtins(view)
    for told, waiter in zip(facts["waiting"], view.waiting, strict=True):
        told["turn"] = waiter.turn.name.lower()
    return f"{msgspec.json.encode(facts).decode()}\n"
