"""What each view is given of a made-up fleet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from clipsaver.operating.ended import ended_row
from clipsaver.queue.events import Event
from clipsaver.queue.operating.audit import AuditEvent
from clipsaver.queue.operating.dead_letters.dead import grouped
from clipsaver.queue.operating.jobs import JobRow, row_of
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.verdicts import Place as Verdict
from clipsaver.tui.sources.job_text import job_text
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
from clipsaver.tui.sources.simulated import clips, history, limits
from clipsaver.tui.sources.simulated.entries import entries, entry_of, key_of, listed
from clipsaver.tui.sources.simulated.letters import Letter
from clipsaver.tui.sources.simulated.state import Ended, Run, Spot
from clipsaver.tui.sources.simulated.world import World, id_order
from clipsaver.tui.sources.wanted import View, Wanted

_FEW = 12
_HOUR = 60
_HOLDS = (Verdict.HELD, Verdict.LATE)


def body(world: World, wanted: Wanted) -> Body | None:
    """Of the view that is wanted; None where the store is away that it lives in."""
    match wanted.view:
        case View.OVERVIEW:
            return _overview(world)
        case View.JOBS:
            return _jobs(world, wanted)
        case View.PENDING:
            return _pending(world, wanted)
        case View.DEAD:
            return _dead(world, wanted)
        case View.LIMITS:
            return LimitsBody(limits.view(world), history.minutes(world, _HOUR))
        case View.WORKERS:
            return _workers(world, wanted)
        case View.CLIPS:
            return None if "database" in world.away else _clips(world, wanted)
        case View.LOGS:
            return _logs(world, wanted)


def _overview(world: World) -> OverviewBody:
    running = [one for one in entries(world) if one.verdict.place in _HOLDS]
    unread = world.at(Spot.UNREAD)
    return OverviewBody(
        minutes=history.minutes(world, _HOUR),
        depths=history.depths(world, _HOUR),
        running=tuple(row_of(one) for one in running[:_FEW]),
        limits=limits.view(world),
        events=_events(world, 40),
        audit=tuple(world.audit)[-_FEW:],
        oldest_unread_ms=int(unread[0].entry_id.partition("-")[0]) if unread else None,
    )


def _jobs(world: World, wanted: Wanted) -> JobsBody:
    rows: list[JobRow] = [row_of(one) for one in entries(world) if _is_meant(one, wanted)]
    if "database" not in world.away:
        over = (one for one in world.ended if _was_meant(one, wanted))
        # One more than there is room for, to know that there are more.
        left = max(0, wanted.rows + 1 - len(rows))
        rows += [ended_row(listed(world, one.run, one)) for one in islice(over, left)]
    return JobsBody(
        tuple(rows[: wanted.rows]), len(rows) > wanted.rows, _detail(world, wanted.chosen)
    )


def _pending(world: World, wanted: Wanted) -> PendingBody:
    found = [one for one in entries(world) if _is_meant(one, wanted)]
    shown = tuple(found[: wanted.rows])
    detail = _detail(world, wanted.chosen)
    return PendingBody(shown, len(found) > wanted.rows, len(world.runs), detail)


def _is_meant(one: PendingEntry, wanted: Wanted) -> bool:
    if wanted.worker is not None and one.worker != wanted.worker:
        return False
    if wanted.types and one.job.type not in wanted.types:
        return False
    return wanted.idle_over_ms is None or one.idle_ms > wanted.idle_over_ms


def _was_meant(one: Ended, wanted: Wanted) -> bool:
    is_type = not wanted.types or one.run.sketch.type in wanted.types
    return wanted.worker is None and is_type


def _detail(world: World, key: str | None) -> JobDetail | None:
    """Of the run or entry of that key, whether it is over or not."""
    if key is None:
        return None
    for run in world.runs.values():
        if key in (run.run_id, key_of(run)):
            return _detail_of(world, run, None)
    for ended in world.ended:
        if key in (ended.run.run_id, ended.run.entry_id):
            return _detail_of(world, ended.run, ended)
    return None


def _detail_of(world: World, run: Run, ended: Ended | None) -> JobDetail:
    line = world.line.index(run.run_id) + 1 if run.spot is Spot.LINE and not ended else None
    entry = None if ended else entry_of(world, run, line)
    in_database = None if "database" in world.away else listed(world, run, ended)
    return JobDetail(
        row=row_of(entry) if entry else ended_row(listed(world, run, ended)),
        entry=entry,
        run=in_database if run.was_taken else None,
        job=job_text(run.job if run.has_body else None),
        events=_events(world, 200, run_id=run.run_id),
    )


def _dead(world: World, wanted: Wanted) -> DeadBody:
    letters = newest_first(world.letters)
    if wanted.types:
        letters = [one for one in letters if one.letter.type in wanted.types]
    shown = letters
    if wanted.is_grouped:
        chosen = wanted.chosen
        shown = [one for one in letters if chosen in (one.letter.group, one.letter.letter_id)]
    return DeadBody(
        groups=tuple(grouped(one.letter for one in letters)) if wanted.is_grouped else (),
        letters=tuple(one.letter for one in shown),
        last=None if letters else _last_deed(world),
        looked_at=len(world.letters),
        superseded=frozenset(one.letter.letter_id for one in letters if one.is_superseded),
    )


def _last_deed(world: World) -> AuditEvent | None:
    """The last that was done to dead letters."""
    deeds = (one for one in reversed(world.audit) if one.action.startswith("dead "))
    return next(deeds, None)


def newest_first(letters: Mapping[str, Letter]) -> list[Letter]:
    """As operators' code reads them."""
    return [letters[one] for one in sorted(letters, key=id_order, reverse=True)]


def _workers(world: World, wanted: Wanted) -> WorkersBody:
    name = wanted.chosen
    held = world.held_by(name) if name else []
    return WorkersBody(
        minutes=history.minutes(world, 6),
        entries=tuple(entry_of(world, run) for run in held[: wanted.rows]),
        events=_events(world, 50, worker=name) if name else (),
    )


def _clips(world: World, wanted: Wanted) -> ClipsBody:
    meant = {name: getattr(wanted, name) for name in ("guild_id", "channel_id", "author_id")}
    shown, is_more = clips.page_of(
        world.clips, world.now_ms, wanted.rows, before=wanted.before, equals=meant
    )
    detail = next(
        (
            clips.detail_of(one, world.now_ms)
            for one in world.clips
            if one.stored.clip_id == wanted.chosen
        ),
        None,
    )
    return ClipsBody(shown, is_more, detail)


def _logs(world: World, wanted: Wanted) -> LogsBody:
    rows, run_id = wanted.rows, wanted.run_id
    told = _events(world, rows + 1, run_id=run_id, worker=wanted.worker)
    audit = [one for one in world.audit if run_id is None or run_id in one.ids]
    is_more = max(len(told), len(audit)) > rows
    return LogsBody(told[-rows:], tuple(audit[-rows:]), is_more)


def _events(
    world: World, count: int, *, run_id: str | None = None, worker: str | None = None
) -> tuple[Event, ...]:
    """The latest that are meant, the oldest first."""
    if run_id is None and worker is None:
        return _last(world.events, count)
    meant = [
        one
        for one in world.events
        if (run_id is None or one.run == run_id) and (worker is None or one.worker == worker)
    ]
    return tuple(meant[-count:])


def _last(events: Sequence[Event], count: int) -> tuple[Event, ...]:
    return tuple(islice(reversed(events), count))[::-1]
