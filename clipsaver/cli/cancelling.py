"""Does what `clipsaver cancel` was asked for: choose, show, ask and end."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from clipsaver.cli.confirming import confirm
from clipsaver.cli.json_text import json_text
from clipsaver.cli.opening import open_both
from clipsaver.cli.pending_text import entries_text
from clipsaver.cli.reading import named
from clipsaver.cli.selecting import selection_of
from clipsaver.config import Config
from clipsaver.database import Database
from clipsaver.database.run_list import runs_named
from clipsaver.errors import ExitCode, UsageError
from clipsaver.operating.cancelling import Fates, cancel
from clipsaver.operating.rules import rules_of
from clipsaver.queue.link import Link
from clipsaver.queue.operating import pending
from clipsaver.queue.operating.audit import Act, who
from clipsaver.queue.operating.cancel import Fate
from clipsaver.queue.operating.find import run_named
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.terminal_text import printable


async def cancel_some(config: Config, arguments: argparse.Namespace) -> int:
    """Cancels what is named or selected, after a question; exit 1 where a name is nobody's."""
    selection, rules = selection_of(arguments), rules_of(config)
    if not arguments.jobs and selection.is_all:
        raise UsageError("say which: JOB, or a filter such as --channel ID")
    async with open_both(config) as (link, database):
        assert database is not None
        found: list[PendingEntry] = []
        missing: list[str] = []
        if arguments.jobs:
            named_ones, missing = await named(link, rules, arguments.jobs)
            found = [one for one in named_ones if selection.matches(one)]
            await _tell_ended(link, database, missing)
        else:
            await pending.each(link, rules, selection.matches, found.append)
        if arguments.dry_run:
            await _show(link, found, arguments)
            return ExitCode.JOB_FAILED if missing else ExitCode.DONE
        confirm(len(found), "cancel them", is_confirmed=arguments.yes)
        words = " ".join((*arguments.jobs, selection.words())).strip()
        act = Act(who(), what=words[:1000], why=arguments.why)
        fates = await cancel(link, database, act, found)
    _tell(fates, missing, as_json=arguments.json)
    return ExitCode.JOB_FAILED if missing else ExitCode.DONE


async def _tell_ended(link: Link, database: Database, names: Sequence[str]) -> None:
    for name in names:
        async with database.connection() as connection:
            rows = await runs_named(connection, run_named(link, name), name, limit=1)
        for row, _ in rows:
            sys.stderr.write(f"{printable(name)} is over: {row.state.value}\n")


async def _show(link: Link, found: Sequence[PendingEntry], arguments: argparse.Namespace) -> None:
    if arguments.json:
        facts = {"would_cancel": [one.run_id for one in found]}
        sys.stdout.write(f"{json_text(facts)}\n")
        return
    counts = await pending.count(link)
    prefix = f"{link.names.stream}/"
    sys.stdout.write(entries_text(counts, found, is_more=False, run_prefix=prefix))
    sys.stdout.write(f"\n{len(found):,} would be cancelled; nothing was changed\n")


def _tell(fates: Fates, missing: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        facts = {"fates": fates, "not_found": list(missing)}
        sys.stdout.write(f"{json_text(facts)}\n")
        return
    counts = Counter(fates.values())
    cancelled = sum(counts.pop(fate.value, 0) for fate in Fate)
    running = sum(fate == Fate.HELD for fate in fates.values())
    line = f"{cancelled:,} cancelled"
    line += f", {running:,} of them stopped while they ran" if running else ""
    others = (f", {count:,} had ended before: {state}" for state, count in counts.items())
    sys.stdout.write(f"{line}{''.join(others)}\n")
