"""`clipsaver dead undo`: makes letters of jobs again whose retry no worker has begun with."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from clipsaver.cli.confirming import confirm
from clipsaver.cli.json_text import json_text
from clipsaver.cli.opening import open_stream
from clipsaver.config import Config
from clipsaver.errors import ExitCode
from clipsaver.queue.operating.audit import Act, who
from clipsaver.queue.operating.dead_letters.dead_actions import (
    Fate,
    Handled,
    retries_of,
    undo_retry,
)

_WORDS = {
    Fate.UNDONE: "are dead letters again",
    Fate.BEGUN: "go on: a worker has begun with them",
    Fate.GONE: "cannot be undone: not retried within 10 minutes, or over",
}


async def undo_some(config: Config, arguments: argparse.Namespace) -> int:
    """Undoes the retries of the letters that are named; exit 1 where that is too late for one."""
    ids = list(dict.fromkeys(arguments.ids))
    async with open_stream(config) as link:
        runs = await retries_of(link, ids)
        if arguments.dry_run:
            _tell_runs(runs, as_json=arguments.json)
            return ExitCode.DONE if len(runs) == len(ids) else ExitCode.JOB_FAILED
        confirm(len(runs), "undo their retries", is_confirmed=arguments.yes)
        act = Act(who(), what=" ".join(ids)[:1000], why=arguments.why)
        handled = await undo_retry(link, ids, act)
    _tell(handled, as_json=arguments.json)
    done = all(one.fate is Fate.UNDONE for one in handled)
    return ExitCode.DONE if done else ExitCode.JOB_FAILED


def _tell_runs(runs: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(f"{json_text({'would_undo': runs})}\n")
        return
    sys.stdout.writelines(f"{letter} is the run {run} now\n" for letter, run in runs.items())
    sys.stdout.write(f"{len(runs):,} may be undone; nothing was changed (--dry-run)\n")


def _tell(handled: list[Handled], *, as_json: bool) -> None:
    if as_json:
        fates = {one.letter_id: one.fate.value for one in handled}
        letters = {one.letter_id: one.now_id for one in handled if one.now_id}
        facts = {"fates": fates, "letters": letters}
        sys.stdout.write(f"{json_text(facts)}\n")
        return
    counts = Counter(one.fate for one in handled)
    told = [f"{counts[fate]:,} {words}" for fate, words in _WORDS.items() if counts[fate]]
    sys.stdout.write(f"{', '.join(told)}\n")
    for one in handled:
        if one.now_id:
            sys.stdout.write(f"  {one.letter_id} is {one.now_id} now\n")
