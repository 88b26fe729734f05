"""Runs that are over, as rows beside those that are not. Pure."""

from __future__ import annotations

from clipsaver.database.run_list import ListedRun
from clipsaver.queue.operating.jobs import JobRow
from clipsaver.queue.operating.sketch import Sketch
from clipsaver.records import RunState

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
        attempts=run.attempts,
        clips_by_search=run.clips_by_search,
    )
