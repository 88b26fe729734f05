"""`clipsaver workers pause`, `resume` and `drain`: orders that workers heed within moments."""

from __future__ import annotations

import argparse
import sys

from clipsaver.cli.confirming import confirm
from clipsaver.cli.json_text import json_text
from clipsaver.cli.opening import open_stream
from clipsaver.config import Config
from clipsaver.errors import ExitCode, UsageError
from clipsaver.queue.control import Order
from clipsaver.queue.operating.audit import Act, who
from clipsaver.queue.operating.control import order, workers_meant
from clipsaver.terminal_text import printable

_ORDERS = {"pause": Order.PAUSE, "drain": Order.DRAIN, "resume": None}


async def order_some(config: Config, arguments: argparse.Namespace) -> int:
    """Orders the workers that are named, or all; exit 1 where one of them is not alive."""
    if bool(arguments.names) == arguments.all:
        raise UsageError("say which: NAME..., or --all")
    async with open_stream(config) as link:
        meant = await workers_meant(link, None if arguments.all else arguments.names)
        names, missing = meant.names, meant.missing
        for name in missing:
            sys.stderr.write(f"no worker that is alive has the name {printable(name)}\n")
        if not arguments.dry_run:
            confirm(len(names), f"{arguments.action} them", is_confirmed=arguments.yes)
            what = "--all" if arguments.all else " ".join(names)
            act = Act(who(), what=what[:1000], why=arguments.why)
            await order(link, act, names, _ORDERS[arguments.action])
    if arguments.json:
        key = "would_order" if arguments.dry_run else "ordered"
        facts = {key: names, "order": arguments.action, "not_found": missing}
        sys.stdout.write(f"{json_text(facts)}\n")
    else:
        would = "would be ordered" if arguments.dry_run else "ordered"
        told = "; nothing was changed" if arguments.dry_run else ""
        sys.stdout.writelines(f"{printable(name)}\n" for name in names)
        sys.stdout.write(f"{would} to {arguments.action}: {len(names):,}{told}\n")
    return ExitCode.JOB_FAILED if missing else ExitCode.DONE
