"""`clipsaver audit`: what operators did to the stream."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from clipsaver.cli.options import add_config_option, load_config, positive, start_logging
from clipsaver.errors import ExitCode

if TYPE_CHECKING:
    from clipsaver.config import Config
    from clipsaver.queue.link import Link
    from clipsaver.queue.operating.audit import AuditEvent

_EPILOG = """\
Each action of an operator is on record for 30 days, written in the same step
as what it did. Many things are changed a chunk at a time: the table has a row
for each request, the JSON a line for each chunk, with the ids of what it
changed.

examples:
  clipsaver audit list                    the last 50
  clipsaver audit list --json | jq .ids   what exactly
  clipsaver audit list --json | jq -r '.copies[]?.fields.job' | clipsaver push -
                                          pending drop, taken back
"""
_SHOWN = 50
_PAGE = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One action: list."""
    parser.description = "Who did what to the stream, when and why."
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the last actions, newest first", epilog=_EPILOG)
    listing.add_argument("--limit", metavar="N", type=positive, help="this many at most")
    listing.add_argument("--json", action="store_true", help="a JSON object to a line")
    add_config_option(listing)


def run(arguments: argparse.Namespace) -> int:
    """Lists them; raises RedisUnavailable where they cannot be reached."""
    import trio

    config = load_config(arguments).config
    start_logging(config, quiet=True)
    return trio.run(_list, config, arguments)


async def _list(config: Config, arguments: argparse.Namespace) -> int:
    from clipsaver.cli.opening import open_stream
    from clipsaver.cli.tables import table, terminal_width
    from clipsaver.queue.operating import audit
    from clipsaver.queue.operating.dead_letters.wanted import utc
    from clipsaver.utc import minute

    most = arguments.limit or _SHOWN
    async with open_stream(config) as link:
        events = await _newest(link, most)
    if arguments.json:
        for event in events[:most]:
            told = {
                "id": event.event_id,
                "at": utc(event.at_ms),
                "action": event.action,
                "who": event.who,
                "why": event.why,
                "what": event.what,
                "request": event.request,
                "count": event.count,
                "ids": event.ids,
            }
            if event.copies:
                told["copies"] = [{"run": one.run_id, "fields": one.fields} for one in event.copies]
            sys.stdout.write(f"{json.dumps(told)}\n")
        return ExitCode.DONE
    requests = audit.requests_of(events)[:most]
    if not requests:
        sys.stdout.write("nothing is on record: nobody has changed anything in 30 days\n")
        return ExitCode.DONE
    head = ("when (UTC)", "who", "action", "count", "which", "why")
    rows = [
        (minute(one.at_ms), one.who, one.action, f"{one.count:,}", one.what, one.why)
        for one in requests
    ]
    lines = table(head, rows, terminal_width(), right=(3,))
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return ExitCode.DONE


async def _newest(link: Link, most: int) -> list[AuditEvent]:
    """Events until they are of more than `most` requests, so that the last one shown is whole."""
    from clipsaver.queue.operating import audit

    events: list[AuditEvent] = []
    requests: set[str] = set()
    while len(requests) <= most:
        before = events[-1].event_id if events else None
        page = await audit.read(link, count=_PAGE, before=before)
        events += page
        requests |= {event.request for event in page}
        if len(page) < _PAGE:
            break
    return events
