"""`clipsaver pending release`: lets others have at once what a worker holds."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from clipsaver.cli.confirming import confirm
from clipsaver.cli.json_text import json_text
from clipsaver.cli.opening import open_stream
from clipsaver.cli.pending_text import entries_text
from clipsaver.cli.reading import named
from clipsaver.cli.selecting import selection_of
from clipsaver.config import Config
from clipsaver.errors import ExitCode, UsageError
from clipsaver.operating.rules import rules_of
from clipsaver.queue.link import Link
from clipsaver.queue.operating import pending
from clipsaver.queue.operating.audit import Act, who
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.places import Part
from clipsaver.queue.operating.release import Fate, release


async def release_some(config: Config, arguments: argparse.Namespace) -> int:
    """Releases what is named or selected, after a question; exit 1 where some was not there."""
    selection, rules = selection_of(arguments), rules_of(config)
    if not arguments.ids and selection.is_all:
        raise UsageError("say which: ids of entries, or a filter such as --worker NAME")
    async with open_stream(config) as link:
        found: list[PendingEntry] = []
        missing: list[str] = []
        if arguments.ids:
            found, missing = await named(link, rules, arguments.ids)
            found = [one for one in found if selection.matches(one)]
        else:
            await pending.each(link, rules, selection.matches, found.append, parts=[Part.HELD])
        if arguments.dry_run:
            await _show(link, found, arguments)
            return ExitCode.JOB_FAILED if missing else ExitCode.DONE
        _warn(found)
        confirm(len(found), "release them", is_confirmed=arguments.yes)
        words = " ".join((*arguments.ids, selection.words())).strip()
        act = Act(who(), what=words[:1000], why=arguments.why)
        fates = await release(link, act, found)
    _tell(found, fates, missing, as_json=arguments.json)
    done = all(fate is Fate.RELEASED for fate in fates)
    return ExitCode.DONE if done and not missing else ExitCode.JOB_FAILED


async def _show(link: Link, found: Sequence[PendingEntry], arguments: argparse.Namespace) -> None:
    if arguments.json:
        runs = [one.run_id for one in found]
        sys.stdout.write(f"{json_text({'would_release': runs})}\n")
        return
    counts = await pending.count(link)
    sys.stdout.write(entries_text(counts, found, is_more=False, run_prefix=f"{link.names.stream}/"))
    sys.stdout.write(f"\n{len(found):,} would be released; nothing was changed\n")


def _warn(found: Sequence[PendingEntry]) -> None:
    if alive := sum(one.is_alive for one in found):
        sys.stderr.write(
            f"{alive:,} of {len(found):,} are held by workers that beat; they lose them\n"
        )


def _tell(
    found: Sequence[PendingEntry], fates: Sequence[Fate], missing: Sequence[str], *, as_json: bool
) -> None:
    if as_json:
        told = {
            "fates": {one.run_id: fate.value for one, fate in zip(found, fates, strict=True)},
            "not_found": list(missing),
        }
        sys.stdout.write(f"{json_text(told)}\n")
        return
    counts = Counter(fates)
    words = {
        Fate.RELEASED: "released",
        Fate.MOVED: "had moved on by themselves",
        Fate.GONE: "have no body on the stream any more",
        Fate.NOT_HELD: "are held by nobody",
    }
    told_counts = [f"{counts[fate]:,} {text}" for fate, text in words.items() if counts[fate]]
    sys.stdout.write(f"{', '.join(told_counts) or 'nothing to release'}\n")
