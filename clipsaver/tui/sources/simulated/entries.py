"""The records of a made-up fleet's runs, with the verdicts that operators' code has on them."""

from __future__ import annotations

from clipsaver.database.run_list import ListedRun, ToRead
from clipsaver.queue.entries import Carried, Entry
from clipsaver.queue.operating.pending import Counts, PendingEntry
from clipsaver.queue.operating.sketch import Sketch
from clipsaver.queue.operating.verdicts import Signs, verdict
from clipsaver.queue.produce import JobState, JobStatus
from clipsaver.records import GuildCounts, RunState
from clipsaver.snowflake import from_unix
from clipsaver.tui.sources.simulated.letters import carried_of
from clipsaver.tui.sources.simulated.state import RULES, Ended, Run, Spot, moment
from clipsaver.tui.sources.simulated.telling import stage_of
from clipsaver.tui.sources.simulated.world import World

_STATES = {"done": RunState.SUCCEEDED, "dead": RunState.FAILED, "cancelled": RunState.CANCELLED}
_STATUS_OF_SPOT = {Spot.HELD: JobState.RUNNING, Spot.LINE: JobState.WAITING}
_LIST_ONLY = ("guild",)
_READING = ("batch", "rescan")
_READ_AFTER_MS = 1200


def key_of(run: Run) -> str:
    """By which a list of entries knows it: see `PendingEntry`."""
    return run.run_id if run.spot is Spot.DELAYED else run.entry_id


def counts(world: World) -> Counts:
    """How many stand where."""
    spots = [run.spot for run in world.runs.values()]
    holders = [run.holder for run in world.runs.values() if run.spot is Spot.HELD]
    gone = {name for name in set(holders) if not world.hands[name].is_alive(world.now_ms)}
    return Counts(
        held=len(holders),
        by_workers=len(set(holders)),
        of_gone=sum(name in gone for name in holders),
        waiting=spots.count(Spot.LINE),
        unread=spots.count(Spot.UNREAD),
        delayed=spots.count(Spot.DELAYED),
    )


def entries(world: World) -> list[PendingEntry]:
    """All of them, in the order in which operators' code reads them."""
    lines = {run_id: place for place, run_id in enumerate(world.line, start=1)}
    held = sorted(world.at(Spot.HELD), key=lambda run: run.holder)
    order = (*held, *world.at(Spot.LINE), *world.at(Spot.UNREAD), *world.at(Spot.DELAYED))
    return [entry_of(world, run, lines.get(run.run_id)) for run in order]


def entry_of(world: World, run: Run, line: int | None = None) -> PendingEntry:
    """One of them; `line` is its place in line, from 1."""
    is_delayed = run.spot is Spot.DELAYED
    hand = world.hands.get(run.holder)
    is_alive = hand is not None and hand.is_alive(world.now_ms)
    idle_ms = world.idle_ms(run) if run.spot in (Spot.HELD, Spot.LINE) else 0
    status = status_of(world, run) if run.was_taken else None
    signs = Signs(
        is_delayed=is_delayed,
        due_in_ms=run.due_ms - world.now_ms if is_delayed else 0,
        is_pending=run.spot in (Spot.HELD, Spot.LINE),
        is_aside=run.spot is Spot.LINE,
        is_alive=is_alive,
        has_body=run.has_body,
        idle_ms=idle_ms,
        deliveries=run.deliveries,
        attempts=run.attempts,
        failed=is_delayed and run.has_failed,
    )
    return PendingEntry(
        entry_id=None if is_delayed else run.entry_id,
        run_id=run.run_id,
        entry=_entry(run),
        job=run.sketch if run.has_body else Sketch(),
        verdict=verdict(signs, RULES),
        worker=run.holder or None,
        host=hand.host if hand and is_alive else None,
        is_alive=is_alive,
        idle_ms=idle_ms,
        deliveries=run.deliveries,
        attempts=run.attempts,
        waits=run.waits,
        line=line,
        due_at_ms=run.due_ms if is_delayed else None,
        reason=(status and status.waits_for) or run.reason or None,
        error=run.error or None,
        status=status,
        waits_ms=_waits_ms(world, run),
    )


def _entry(run: Run) -> Entry:
    """What is on the stream; the same as long as nothing of it has changed."""
    entry_id = "0-0" if run.spot is Spot.DELAYED else run.entry_id
    facts = (entry_id, run.attempts, run.waits, run.error, run.has_body)
    if run.written is None or run.written[0] != facts:
        first = Carried(run=run.run_id, first_at=run.first_ms)
        job = run.job if run.has_body else None
        run.written = facts, Entry(entry_id, job, carried_of(run) if run.has_body else first)
    return run.written[1]


def _waits_ms(world: World, run: Run) -> int | None:
    until_ms = run.obstacle.until_ms if run.obstacle and run.spot is Spot.HELD else None
    return None if until_ms is None else max(0, until_ms - world.now_ms)


def status_of(world: World, run: Run) -> JobStatus:
    """What the run's worker has told of it last."""
    now_ms = world.now_ms
    pages = run.pages_at(now_ms)
    messages = pages * run.per_page
    has_share = run.sketch.type != "purge_channel" and run.was_taken
    moves = run.spot is Spot.HELD and run.rate > 0
    obstacle = run.obstacle
    is_guild = run.sketch.type in _LIST_ONLY
    state = _STATUS_OF_SPOT.get(run.spot, JobState.RETRY if run.has_failed else JobState.WAITING)
    return JobStatus(
        state=state,
        pages=int(pages),
        messages=0 if is_guild else int(messages),
        clips=0 if is_guild else int(messages * run.density),
        share=round(pages / run.to_read, 4) if has_share else None,
        joined=None,
        reason=run.reason or None,
        error=run.error or None,
        waits_for=obstacle.name if obstacle else None,
        due_at_ms=run.due_ms if run.spot is Spot.DELAYED else None,
        worker=run.holder or None,
        counts=GuildCounts(int(pages * 2), int(pages / 9), int(pages)) if is_guild else None,
        stage=stage_of(run),
        rate=round(run.rate * run.per_page, 2) if moves and not is_guild else None,
        eta_ms=now_ms + round((run.to_read - pages) / run.rate * 1000) if moves else None,
        obstacle=obstacle,
    )


def listed(world: World, run: Run, ended: Ended | None = None) -> ListedRun:
    """The run as the database has it."""
    pages = run.pages_at(world.now_ms)
    messages = int(pages * run.per_page)
    updated_ms = ended.at_ms if ended else world.now_ms
    is_running = run.spot is Spot.HELD
    state = RunState.RUNNING if is_running else RunState.QUEUED
    return ListedRun(
        run_id=run.run_id,
        job_id=run.sketch.job_id,
        type=run.sketch.type,
        guild_id=number_of(run.sketch.guild_id),
        channel_id=number_of(run.sketch.channel_id) if run.sketch.channel_id else None,
        state=_STATES.get(ended.state, RunState.FAILED) if ended else state,
        attempts=run.attempts,
        deliveries=run.deliveries,
        pages=int(pages),
        messages=messages,
        clips=int(messages * run.density),
        requests=int(pages) + run.attempts * 5,
        error=ended.reason if ended else run.reason or None,
        error_message=(ended.note if ended else run.error) or None,
        created_at=moment(min(run.first_ms + _READ_AFTER_MS, updated_ms)),
        updated_at=moment(updated_ms),
        ended_at=moment(ended.at_ms) if ended else None,
        to_read=_to_read(world, run, ended),
    )


def _to_read(world: World, run: Run, ended: Ended | None) -> ToRead | None:
    """From the newest message backward, evenly through two years; some have passed over a gap."""
    if not run.was_taken or run.sketch.type not in _READING:
        return None
    if ended is not None and ended.state == "done":
        return ToRead(0, None, None)
    share = min(1.0, run.pages_at(world.now_ms) / run.to_read) if run.to_read else 0.0
    oldest_ms = run.first_ms - 2 * 365 * 86_400_000
    reached_ms = run.first_ms - share * (run.first_ms - oldest_ms)
    upper = from_unix(reached_ms / 1000) if share else None
    return ToRead(1 + run.first_ms % 3, from_unix(oldest_ms / 1000), upper)


def number_of(text: str | None) -> int:
    """An id of a job as the database has it; 0 for what is none."""
    return int(text) if text and text.isascii() and text.isdecimal() else 0
