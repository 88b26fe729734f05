"""Ends jobs: first in the database, which decides, and then on the stream.

A crash between the two leaves an entry whose run is over: whoever takes it finds that out and
only settles it.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from clipsaver.cli.confirming import confirm, who
from clipsaver.cli.jobs import open_both
from clipsaver.cli.pending_text import entries_text
from clipsaver.cli.reading import each, named, rules_of
from clipsaver.cli.selecting import selection_of
from clipsaver.config import Config
from clipsaver.database import Database
from clipsaver.database.cancelling import cancel_runs
from clipsaver.database.run_list import runs_named
from clipsaver.errors import BadJob, ExitCode, UsageError
from clipsaver.jobs import AnyJob
from clipsaver.queue.link import Link
from clipsaver.queue.operating import pending
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.cancel import Fate, take_away
from clipsaver.queue.operating.find import run_named
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.records import RunState
from clipsaver.terminal_text import printable

_CHUNK = 100

Fates = dict[str, str]
"""What came of it, by run: a Fate, or the state in which the run had ended before."""


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
            await each(link, rules, selection.matches, found.append)
        if arguments.dry_run:
            await _show(link, found, arguments)
            return ExitCode.JOB_FAILED if missing else ExitCode.DONE
        confirm(len(found), "cancel them", is_confirmed=arguments.yes)
        words = " ".join((*arguments.jobs, selection.words())).strip()
        act = Act(who(), what=words[:1000], why=arguments.why)
        fates: Fates = {}
        for chunk in _chunks(found):
            fates |= await cancel_chunk(link, database, act, chunk)
    _tell(fates, missing, as_json=arguments.json)
    return ExitCode.JOB_FAILED if missing else ExitCode.DONE


async def cancel_chunk(
    link: Link, database: Database, act: Act, entries: Sequence[PendingEntry]
) -> Fates:
    """Cancels the runs of some hundred entries at most; may be repeated."""
    readable: dict[str, AnyJob] = {}
    for one in entries:
        try:
            readable[one.run_id] = one.entry.decoded()
        except BadJob:
            continue  # it never begins, so there is nothing to end but its entry
    message = f"cancelled by {act.who}" + (f": {act.why}" if act.why else "")
    async with database.connection() as connection:
        states = await cancel_runs(connection, readable, message)
    over = {run_id: state for run_id, state in states.items() if state is not RunState.CANCELLED}
    meant = [one for one in entries if one.run_id not in over]
    fates = await take_away(link, act, meant)
    return {
        **{run_id: state.value for run_id, state in over.items()},
        **{one.run_id: fate.value for one, fate in zip(meant, fates, strict=True)},
    }


async def _tell_ended(link: Link, database: Database, names: Sequence[str]) -> None:
    for name in names:
        async with database.connection() as connection:
            rows = await runs_named(connection, run_named(link, name), name, limit=1)
        for row, _ in rows:
            sys.stderr.write(f"{printable(name)} is over: {row.state.value}\n")


async def _show(link: Link, found: Sequence[PendingEntry], arguments: argparse.Namespace) -> None:
    if arguments.json:
        facts = {"would_cancel": [one.run_id for one in found]}
        sys.stdout.write(f"{msgspec.json.encode(facts).decode()}\n")
        return
    counts = await pending.count(link)
    prefix = f"{link.names.stream}/"
    sys.stdout.write(entries_text(counts, found, is_more=False, run_prefix=prefix))
    sys.stdout.write(f"\n{len(found):,} would be cancelled; nothing was changed\n")


def _tell(fates: Fates, missing: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        facts = {"fates": fates, "not_found": list(missing)}
        sys.stdout.write(f"{msgspec.json.encode(facts).decode()}\n")
        return
    counts = Counter(fates.values())
    cancelled = sum(counts.pop(fate.value, 0) for fate in Fate)
    running = sum(fate == Fate.HELD for fate in fates.values())
    line = f"{cancelled:,} cancelled"
    line += f", {running:,} of them stopped while they ran" if running else ""
    others = (f", {count:,} had ended before: {state}" for state, count in counts.items())
    sys.stdout.write(f"{line}{''.join(others)}\n")


def _chunks(entries: Sequence[PendingEntry]) -> Iterator[list[PendingEntry]]:
    rest = iter(entries)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
