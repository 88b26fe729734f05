"""From what was read and answered to what a screen is shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from clipsaver.operating.ended import ended_row
from clipsaver.queue.operating.jobs import row_of
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.words import span
from clipsaver.queue.operating.workers import Worker
from clipsaver.tui.sources.live.details import detail_of, key_of_run
from clipsaver.tui.sources.live.sight import Sight, key_of_list, key_of_superseded
from clipsaver.tui.sources.live.trail import About
from clipsaver.tui.sources.seen import (
    Body,
    ClipsBody,
    DeadBody,
    JobDetail,
    JobsBody,
    LimitsBody,
    LogsBody,
    OverviewBody,
    PendingBody,
    WorkersBody,
)
from clipsaver.tui.sources.wanted import View

Answers = Mapping[Any, Any]
"""What the database said, by the keys of questions."""

_LATEST = 50
"""Events of the overview, and of a worker."""
_OF_RUN = 500


def body_of(sight: Sight, answers: Answers) -> Body | None:
    """The body of the view; None where all of it lives in a database that is away."""
    match sight.wanted.view:
        case View.OVERVIEW:
            return _overview(sight)
        case View.JOBS:
            return _jobs(sight, answers)
        case View.PENDING:
            return _pending(sight, answers)
        case View.DEAD:
            return _dead(sight, answers)
        case View.LIMITS:
            return LimitsBody(sight.read.limits, sight.read.minutes)
        case View.WORKERS:
            return _workers(sight)
        case View.CLIPS:
            return _clips(sight, answers)
        case View.LOGS:
            return _logs(sight)


def channels_of(sight: Sight, answers: Answers) -> Iterator[str]:
    """The ids of the channels that the rows of the look name."""
    if sight.wanted.view is View.JOBS:
        for run in answers.get(key_of_list(sight.wanted), ()):
            if run.channel_id is not None:
                yield str(run.channel_id)
    for entry in sight.entries:
        if entry.job.channel_id:
            yield entry.job.channel_id
    if sight.chosen is not None and sight.chosen.job.channel_id:
        yield sight.chosen.job.channel_id
    for group in sight.letters.groups:
        yield from group.channels
    if sight.read.limits is not None:
        yield from (bucket.major for bucket in sight.read.limits.buckets)


def _overview(sight: Sight) -> OverviewBody:
    read = sight.read
    return OverviewBody(
        minutes=read.minutes,
        depths=tuple(minute.left for minute in read.minutes),
        running=tuple(map(row_of, sight.entries)),
        limits=read.limits,
        events=sight.trail.latest(_LATEST),
        audit=read.audit,
        oldest_unread_ms=read.oldest_unread_ms,
        storage_error=_storage_error(sight.standing.workers),
    )


def _storage_error(workers: Iterable[Worker]) -> str | None:
    """Their heartbeats say only for how long; why is in their logs."""
    for one in workers:
        away_s = one.statistics.away.thumbnails_s if one.statistics else None
        if away_s is not None:
            return f"{one.name} can make or store none for {span(away_s * 1000)}; see its log"
    return None


def _jobs(sight: Sight, answers: Answers) -> JobsBody:
    ended = answers.get(key_of_list(sight.wanted), ())
    alive = [row_of(one) for one in _of_types(sight)]
    known = {row.run_id for row in alive}
    rows = [*alive, *(ended_row(run) for run in ended if run.run_id not in known)]
    return JobsBody(tuple(rows), sight.read.first.is_more, _detail(sight, answers))


def _pending(sight: Sight, answers: Answers) -> PendingBody:
    detail = _detail(sight, answers)
    return PendingBody(_of_types(sight), sight.read.first.is_more, len(sight.entries), detail)


def _of_types(sight: Sight) -> tuple[PendingEntry, ...]:
    types = sight.wanted.types
    return tuple(one for one in sight.entries if not types or one.job.type in types)


def _detail(sight: Sight, answers: Answers) -> JobDetail | None:
    if (run_id := sight.chosen_run) is None:
        return None
    events = sight.trail.latest(_OF_RUN, About(run=run_id))
    return detail_of(run_id, sight.chosen, answers.get(key_of_run(run_id)), events)


def _dead(sight: Sight, answers: Answers) -> DeadBody:
    wanted, (letters, groups) = sight.wanted, (sight.letters.letters, sight.letters.groups)
    if wanted.is_grouped:
        of_chosen = (one for one in letters if wanted.chosen in (one.group, one.letter_id))
        shown = tuple(of_chosen) if wanted.chosen else ()
    else:
        shown, groups = letters, ()
    superseded = answers.get(key_of_superseded(letters)) if letters else None
    return DeadBody(
        groups=groups,
        letters=shown,
        looked_at=sight.looked_at,
        superseded=superseded or frozenset(),
        last=sight.read.audit[-1] if sight.read.audit else None,
    )


def _workers(sight: Sight) -> WorkersBody:
    name = sight.wanted.chosen
    events = sight.trail.latest(_LATEST, About(worker=name)) if name else ()
    return WorkersBody(sight.read.minutes, sight.entries, events)


def _clips(sight: Sight, answers: Answers) -> ClipsBody | None:
    found = answers.get(key_of_list(sight.wanted))
    if found is None:
        return None
    rows = sight.wanted.rows
    return ClipsBody(
        tuple(found[:rows]), len(found) > rows, answers.get(("clip", sight.wanted.chosen))
    )


def _logs(sight: Sight) -> LogsBody:
    run_id, rows = sight.wanted.run_id, sight.wanted.rows
    # One more than there is room for, to know that there are more.
    events = sight.trail.latest(rows + 1, About(run=run_id or "", worker=sight.wanted.worker or ""))
    is_more = len(events) > rows or len(sight.read.audit) == rows
    audit = sight.read.audit
    if run_id is not None:
        audit = tuple(one for one in audit if run_id in one.ids)
    return LogsBody(events[-rows:], audit, is_more)
