"""Runs as lines for a person. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clipsaver.cli.pace import in_words
from clipsaver.cli.pending_text import short
from clipsaver.cli.tables import table
from clipsaver.database.run_list import ListedRun
from clipsaver.queue.operating.jobs import JobRow
from clipsaver.queue.operating.sketch import Sketch
from clipsaver.records import RunState

_HEAD = (
    "job",
    "type",
    "channel",
    "state",
    "done",
    "messages",
    "clips",
    "rate",
    "left",
    "worker",
    "",
)
_ENDED = {RunState.SUCCEEDED: "done", RunState.FAILED: "dead", RunState.CANCELLED: "cancelled"}


def ended_row(run: ListedRun) -> JobRow:
    """A run that is over, as the database knows it."""
    why = f"{run.error}: {run.error_message or ''}".rstrip(": ") if run.error else ""
    channel = None if run.channel_id is None else str(run.channel_id)
    return JobRow(
        run_id=run.run_id,
        state=_ENDED.get(run.state, run.state.value.lower()),
        job=Sketch(run.type, str(run.guild_id), channel, run.job_id),
        share=1.0 if run.state is RunState.SUCCEEDED else None,
        pages=run.pages,
        messages=run.messages,
        clips=run.clips,
        worker=None,
        note=why,
        ended_at=run.ended_at,
    )


def jobs_text(
    first_line: str,
    rows: Sequence[JobRow],
    rates: Mapping[str, float],
    *,
    is_more: bool,
    run_prefix: str,
) -> str:
    """A row for each; `rates` are messages per second by run, where they are known."""
    lines = [first_line]
    if rows:
        lines += ["", *_table(rows, rates, run_prefix)]
    if is_more:
        lines.append("there are more: --limit N, or --limit 0 for all")
    return "".join(f"{line}\n" for line in lines)


def _table(rows: Sequence[JobRow], rates: Mapping[str, float], run_prefix: str) -> list[str]:
    cells = [_row(one, rates.get(one.run_id), run_prefix) for one in rows]
    return table(_HEAD, cells, None, right=())


def _row(one: JobRow, rate: float | None, run_prefix: str) -> tuple[str, ...]:
    ended = f"{one.ended_at:%Y-%m-%d %H:%M:%S} UTC" if one.ended_at else ""
    return (
        short(one.run_id, run_prefix),
        one.job.type,
        one.job.channel_id or "-",
        one.state,
        "-" if one.share is None else f"{one.share:.0%}",
        f"{one.messages:,}",
        f"{one.clips:,}",
        "-" if rate is None else f"{rate:,.0f}/s",
        _left(one, rate),
        one.worker or "-",
        "; ".join(part for part in (ended, one.note) if part),
    )


def _left(one: JobRow, rate: float | None) -> str:
    """How long the rest takes at this rate, if the messages left are like those that were read."""
    if not rate or not one.share or not one.messages or one.ended_at:
        return "-"
    return in_words(one.messages * (1 - one.share) / one.share / rate)
