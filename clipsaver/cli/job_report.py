"""`clipsaver jobs show`: all that is known of one job."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields

import msgspec

from clipsaver.cli.json_text import json_text
from clipsaver.cli.opening import open_both
from clipsaver.config import Config
from clipsaver.database.run_list import ListedRun, ToRead, runs_named
from clipsaver.errors import ExitCode, UsageError
from clipsaver.operating.left_to_read import cursor_in_words, left_in_words
from clipsaver.operating.rules import rules_of
from clipsaver.queue.operating.find import find, run_named
from clipsaver.queue.operating.pending import PendingEntry, told
from clipsaver.queue.operating.words import what_comes
from clipsaver.queue.produce import text_of
from clipsaver.terminal_text import printable


async def show_job(config: Config, arguments: argparse.Namespace) -> int:
    """Shows the entries, the reports and the rows that go by this name."""
    async with open_both(config) as (link, database):
        assert database is not None
        asked = run_named(link, arguments.job)
        async with database.connection() as connection:
            rows = await runs_named(connection, asked, arguments.job)
        runs = [row.run_id for row, _ in rows] or ([asked] if asked else [])
        names = [*runs[:1], *([] if runs else [arguments.job])]
        entries = [one for name in names for one in await find(link, rules_of(config), name)]
        if not rows and not entries:
            raise UsageError(
                f"no job goes by {arguments.job!r}: it is a run id, the id of an entry or a job_id;"
                " runs that ended long ago are deleted (runs.keep_days), and a job that was never"
                " begun leaves none"
            )
        run_ids = list(dict.fromkeys([*runs, *(one.run_id for one in entries)]))
        answers = await link.together([("HGETALL", link.names.job(run_id)) for run_id in run_ids])
    reports = {
        run_id: text_of(found) for run_id, found in zip(run_ids, answers, strict=True) if found
    }
    if arguments.json:
        facts = {
            "entries": [told(one) for one in entries],
            "reports": reports,
            "rows": [{"row": row, "job": msgspec.Raw(job.encode())} for row, job in rows],
        }
        sys.stdout.write(f"{json_text(facts)}\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(entries, reports, rows))
    return ExitCode.DONE


def _lines(
    entries: Sequence[PendingEntry],
    reports: dict[str, dict[str, str]],
    rows: Sequence[tuple[ListedRun, str]],
) -> Iterator[str]:
    for one in entries:
        yield f"run {printable(one.run_id)}"
        yield f"  now        {printable(what_comes(one))}"
        if one.worker:
            yield f"  worker     {printable(one.worker)}{'' if one.is_alive else ' (gone)'}"
        yield f"  deliveries {one.deliveries}, attempts {one.attempts}, waits {one.waits}"
        if one.error:
            yield f"  last error {printable(one.error)}"
    for run_id, report in reports.items():
        yield f"report of {printable(run_id)} (expires)"
        yield from (f"  {name:<13} {printable(value)}" for name, value in sorted(report.items()))
    for row, job in rows:
        yield f"row of {printable(row.run_id)} in runs"
        yield from _of_the_row(row)
        yield "  job"
        told = msgspec.json.format(json_text(msgspec.Raw(job.encode())), indent=2)
        yield from (f"    {printable(line)}" for line in told.splitlines())


def _of_the_row(row: ListedRun) -> Iterator[str]:
    for field in fields(row)[1:]:
        value = getattr(row, field.name)
        if isinstance(value, ToRead):
            yield f"  {'left to read':<13} {left_in_words(value)}"
            if cursor := cursor_in_words(value):
                yield f"  {'goes on':<13} {cursor}"
        elif field.name == "clips_by_search":
            if value:
                yield f"  {'by search':<13} {value:,} of the clips"
        elif value is not None:
            yield f"  {field.name:<13} {printable(str(value))}"
