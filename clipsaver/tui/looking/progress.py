"""Lays what runs say of themselves onto what was seen: between two looks, and for less. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from clipsaver.queue.operating.jobs import JobRow, Phase
from clipsaver.queue.produce import JobState, JobStatus
from clipsaver.tui.sources.seen import JobsBody, OverviewBody, Seen


def runs_in(seen: Seen | None) -> tuple[str, ...]:
    """The runs whose progress is on the screen."""
    return tuple(row.run_id for row in _rows(seen) if row.state == Phase.RUNNING)


def only_changed(before: Seen | None, after: Seen) -> Seen | None:
    """`after` with only those jobs that progress has changed since `before`.

    None where it is another look, of which all is to be shown anew.
    """
    if before is None or before.at_ms != after.at_ms or before.common is not after.common:
        return None
    old, new = before.body, after.body
    if not isinstance(old, JobsBody) or not isinstance(new, JobsBody):
        return None
    if [row.run_id for row in old.rows] != [row.run_id for row in new.rows]:
        return None
    changed = (row for row, was in zip(new.rows, old.rows, strict=True) if row is not was)
    return replace(after, body=replace(new, rows=tuple(changed)))


def with_progress(seen: Seen, progress: Mapping[str, JobStatus]) -> Seen:
    """The same look with these runs as they are now; what they do not say stays as it was."""
    body = seen.body
    if isinstance(body, OverviewBody):
        return replace(seen, body=replace(body, running=_told(body.running, progress)))
    if isinstance(body, JobsBody):
        detail = body.detail
        if detail:
            detail = replace(detail, row=_told((detail.row,), progress)[0])
        return replace(seen, body=replace(body, rows=_told(body.rows, progress), detail=detail))
    return seen


def _rows(seen: Seen | None) -> tuple[JobRow, ...]:
    body = seen.body if seen else None
    if isinstance(body, OverviewBody):
        return body.running
    return body.rows if isinstance(body, JobsBody) else ()


def _told(rows: tuple[JobRow, ...], progress: Mapping[str, JobStatus]) -> tuple[JobRow, ...]:
    return tuple(_row(row, progress.get(row.run_id)) for row in rows)


def _row(row: JobRow, status: JobStatus | None) -> JobRow:
    """A run that came to another state than this is left to the next look, which knows why."""
    if status is None or row.state != Phase.RUNNING or status.state != JobState.RUNNING:
        return row
    obstacle = status.obstacle
    return replace(
        row,
        share=status.share if status.share is not None else row.share,
        pages=status.pages,
        messages=status.messages,
        clips=status.clips,
        stage=status.stage or row.stage,
        messages_per_s=status.rate,
        eta_at_ms=status.eta_ms,
        waits_for=obstacle.name if obstacle else None,
        waits_of=(obstacle.of or None) if obstacle else None,
        waits_since_ms=obstacle.since_ms if obstacle else None,
        waits_until_ms=obstacle.until_ms if obstacle else None,
    )
