"""`clipsaver pending bury` and `drop`: takes jobs off the stream, whoever holds them."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from clipsaver.cli.confirming import confirm
from clipsaver.cli.json_text import json_text
from clipsaver.cli.opening import open_both
from clipsaver.cli.pending_text import entries_text
from clipsaver.cli.reading import named
from clipsaver.cli.selecting import selection_of
from clipsaver.config import Config
from clipsaver.database import Database
from clipsaver.errors import ExitCode, UsageError
from clipsaver.operating.cancelling import bury, drop
from clipsaver.operating.rules import rules_of
from clipsaver.queue.link import Link
from clipsaver.queue.operating import pending
from clipsaver.queue.operating.audit import Act, who
from clipsaver.queue.operating.bury import Fate as BuryFate
from clipsaver.queue.operating.cancel import Fate as DropFate
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.terminal_text import printable

_PAST = {"bury": "buried", "drop": "dropped"}


@dataclass(slots=True)
class _Done:
    """What came of it, by run; `letters` are those of what was buried."""

    fates: dict[str, str]
    count: int
    """Runs that were ended."""
    stopped: int
    """Of these, those that a worker had."""
    letters: dict[str, str] = field(default_factory=dict)


async def remove_some(config: Config, arguments: argparse.Namespace) -> int:
    """Buries or drops what is named or selected, after a question; exit 1 where a name is
    nobody's, or a body was gone."""
    action, selection, rules = arguments.action, selection_of(arguments), rules_of(config)
    if not arguments.ids and selection.is_all:
        raise UsageError("say which: ids of entries, or a filter such as --channel ID")
    async with open_both(config) as (link, database):
        assert database is not None
        found: list[PendingEntry] = []
        missing: list[str] = []
        if arguments.ids:
            found, missing = await named(link, rules, arguments.ids)
            found = [one for one in found if selection.matches(one)]
        else:
            await pending.each(link, rules, selection.matches, found.append)
        if arguments.dry_run:
            await _show(link, found, arguments)
            return ExitCode.JOB_FAILED if missing else ExitCode.DONE
        confirm(len(found), f"{action} them", is_confirmed=arguments.yes)
        words = " ".join((*arguments.ids, selection.words())).strip()
        act = Act(who(), what=words[:1000], why=arguments.why)
        done = await (_bury if action == "bury" else _drop)(link, database, act, found)
    _tell(done, missing, _PAST[action], as_json=arguments.json)
    is_whole = BuryFate.GONE not in done.fates.values() and not missing
    return ExitCode.DONE if is_whole else ExitCode.JOB_FAILED


async def _bury(link: Link, database: Database, act: Act, found: Sequence[PendingEntry]) -> _Done:
    buried, over = await bury(link, database, act, found)
    letters = {one.run_id: one.letter_id for one in buried if one.letter_id}
    fates = {one.run_id: one.fate.value for one in buried} | over
    count = sum(one.fate is not BuryFate.GONE for one in buried)
    return _Done(fates, count, sum(one.was_held for one in buried), letters)


async def _drop(link: Link, database: Database, act: Act, found: Sequence[PendingEntry]) -> _Done:
    fates = await drop(link, database, act, found)
    count = sum(fate in list(DropFate) for fate in fates.values())
    return _Done(fates, count, sum(fate == DropFate.HELD for fate in fates.values()))


async def _show(link: Link, found: Sequence[PendingEntry], arguments: argparse.Namespace) -> None:
    action = arguments.action
    if arguments.json:
        facts = {f"would_{action}": [one.run_id for one in found]}
        sys.stdout.write(f"{json_text(facts)}\n")
        return
    counts = await pending.count(link)
    sys.stdout.write(entries_text(counts, found, is_more=False, run_prefix=f"{link.names.stream}/"))
    sys.stdout.write(f"\n{len(found):,} would be {_PAST[action]}; nothing was changed\n")


def _tell(done: _Done, missing: Sequence[str], past: str, *, as_json: bool) -> None:
    if as_json:
        facts: dict[str, Any] = {"fates": done.fates, "not_found": list(missing)}
        if past == _PAST["bury"]:
            facts["letters"] = done.letters
        sys.stdout.write(f"{json_text(facts)}\n")
        return
    line = f"{done.count:,} {past}"
    line += f", {done.stopped:,} of them stopped while they ran" if done.stopped else ""
    counts = Counter(done.fates.values())
    gone = counts[BuryFate.GONE.value]
    line += f", {gone:,} have no body on the stream any more" if gone else ""
    known = {*map(str, BuryFate), *map(str, DropFate)}
    others = (
        f", {n:,} had ended before: {state}" for state, n in counts.items() if state not in known
    )
    sys.stdout.write(f"{line}{''.join(others)}\n")
    for run_id, letter_id in done.letters.items():
        sys.stdout.write(f"  {printable(run_id)} is the dead letter {letter_id} now\n")
