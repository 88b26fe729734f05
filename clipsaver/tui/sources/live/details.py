"""All that is known of one run, for the pane beside a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.run_list import ListedRun, runs_named
from clipsaver.operating.ended import ended_row
from clipsaver.queue.events import Event
from clipsaver.queue.operating.jobs import JobRow, row_of
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.sketch import Sketch
from clipsaver.tui.sources.job_text import job_text
from clipsaver.tui.sources.live.asking import Question
from clipsaver.tui.sources.seen import JobDetail

Row = tuple[ListedRun, str]
"""A run, and its job as JSON."""


def key_of_run(run_id: str) -> tuple[str, str]:
    """Of the question whose answer is a Row or None."""
    return ("run", run_id)


def question_of(run_id: str, max_age_s: float) -> Question:
    """What the database is asked about it; the answer is a Row or None."""

    async def ask(connection: AsyncConnection[Any]) -> Row | None:
        rows = await runs_named(connection, run_id, "", limit=1)
        return rows[0] if rows else None

    return Question(key_of_run(run_id), max_age_s, ask)


def detail_of(
    run_id: str, entry: PendingEntry | None, row: Row | None, events: Sequence[Event]
) -> JobDetail | None:
    """The detail, given the run's entry, its row in the database and its events; None where nobody
    knows the run."""
    run = row[0] if row else None
    if entry is not None:
        shown, job = row_of(entry), entry.entry.job
    elif row is not None:
        shown, job = ended_row(row[0]), row[1].encode()
    elif events:
        shown, job = _known_by_its_events(run_id, events), None
    else:
        return None
    return JobDetail(
        row=shown,
        entry=entry,
        run=run,
        job=job_text(job),
        events=tuple(events),
    )


def _known_by_its_events(run_id: str, events: Sequence[Event]) -> JobRow:
    """A run that is over, while the database is away or has pruned it."""
    last = events[-1]
    said = [event.detail for event in events]

    def fact(name: str) -> str | None:
        return next((one[name] for one in reversed(said) if isinstance(one.get(name), str)), None)

    sketch = Sketch(fact("type") or "", fact("guild_id"), fact("channel_id"), fact("job_id"))
    return JobRow(run_id, last.name, sketch, None, 0, 0, 0, last.worker or None, "")
