"""The screen of jobs: what runs, what waits and what is done."""

from __future__ import annotations

from collections.abc import Iterator

from clipsaver.operating.left_to_read import cursor_in_words, left_in_words
from clipsaver.queue.operating.jobs import JobRow, Phase
from clipsaver.queue.operating.words import counts_in_words, obstacle_in_words
from clipsaver.tui.sources.seen import JobDetail, JobsBody, PendingBody, Seen
from clipsaver.tui.viewmodel import progress
from clipsaver.tui.viewmodel.entry import attempts_pane, entry_lines, payload_pane
from clipsaver.tui.viewmodel.frame import running
from clipsaver.tui.viewmodel.layout import boxed, fact, facts, half_width
from clipsaver.tui.viewmodel.places import cells_of, where, where_in
from clipsaver.tui.viewmodel.rows import (
    Cell,
    Column,
    Later,
    Line,
    Listing,
    Look,
    Measure,
    Pane,
    Row,
    Tone,
    Value,
)
from clipsaver.tui.viewmodel.timeline import timeline, waits_in_words
from clipsaver.tui.viewmodel.words import (
    NOTHING,
    age,
    counted,
    error,
    kind,
    percent,
    safe,
    short_run,
)
from clipsaver.utc import second

_BAR, _NARROW_BAR = 18, 24
COLUMNS = (
    Column("JOB", 10, keeps_tail=True),
    Column("KIND", 8, is_narrow=False),
    Column("WHERE", 18, grows=2, narrow_width=18),
    Column("PROGRESS", _BAR, narrow_width=_NARROW_BAR, measure=Measure.NUMBER),
    Column("DONE", 15, is_right=True, is_narrow=False, measure=Measure.NUMBER),
    Column("RATE", 7, is_right=True, measure=Measure.NUMBER),
    Column("ETA", 7, is_right=True, measure=Measure.LENGTH),
    Column("STATE", 9, is_narrow=False),
    Column("TRIES", 5, is_right=True, is_narrow=False, measure=Measure.NUMBER),
    Column("WORKER", 8, grows=1, keeps_tail=True, is_narrow=False),
)
_FIELDS = {
    "guild": "the guild's id",
    "channel": "the channel's id",
    "job_id": "the producer's name for the job",
    "run": "the whole run id",
    "clips": "clips that it found",
    "pages": "pages that it committed",
    "stage": "begin, scan, search, list or thumbnails",
    "waits": "what keeps it from going on, by its stable name",
    "ended": "when it ended",
    "note": "what comes next, or why it ended as it did",
}
_MEASURES = {
    "clips": Measure.NUMBER,
    "pages": Measure.NUMBER,
    "ended": Measure.MOMENT,
}


def rows(seen: Seen, look: Look) -> tuple[Row, ...]:
    """A row for each run."""
    body = seen.body
    if not isinstance(body, JobsBody):
        return ()
    return tuple(row_of(one, seen, look) for one in body.rows)


def row_of(
    one: JobRow,
    seen: Seen,
    look: Look,
    bar_cells: int | None = None,
    where_cells: int | None = None,
) -> Row:
    """The row of one run, where the list has other columns with these widths."""
    cells = Later(lambda: _cells(one, seen, look, bar_cells, where_cells))
    values = Later(lambda: _values(one, seen, look))
    is_over = one.ended_at is not None
    return Row(one.run_id, cells, values, Tone.DIM if is_over else Tone.PLAIN, raw=one)


def _cells(
    one: JobRow, seen: Seen, look: Look, bar_cells: int | None, where_cells: int | None
) -> dict[str, Cell]:
    job = one.job
    room = where_cells or cells_of(COLUMNS, "WHERE", look.width, is_wide=look.is_wide)
    short = where_in(seen, job.guild_id, job.channel_id, look, room)
    size = bar_cells or (_BAR if look.is_wide else _NARROW_BAR)
    state = "held up" if one.state == Phase.RUNNING and one.is_held_up else one.state
    return {
        "JOB": Cell(short_run(one.run_id)),
        "KIND": Cell(NOTHING if one.state == Phase.LOST else kind(job.type)),
        "WHERE": Cell(short),
        "PROGRESS": progress.bar(one, look, size),
        "DONE": Cell(progress.done(one)),
        "RATE": Cell(progress.rate(one)),
        "ETA": Cell(progress.eta(one, look.now_ms)),
        "STATE": Cell(safe(state), progress.tone_of(one)),
        "TRIES": Cell(str(one.attempts) if one.attempts else NOTHING),
        "WORKER": Cell(safe(one.worker or "") or NOTHING),
    }


def _values(one: JobRow, seen: Seen, look: Look) -> dict[str, Value]:
    job = one.job
    return {
        "job": safe(one.run_id),
        "kind": safe(job.type),
        "where": where(seen.common.places, job.guild_id, job.channel_id, look.signs),
        "progress": one.share,
        "done": one.messages,
        "rate": one.messages_per_s,
        "eta": progress.left_ms(one, look.now_ms),
        "state": safe(one.state),
        "tries": one.attempts,
        "worker": safe(one.worker or ""),
        "guild": safe(job.guild_id or ""),
        "channel": safe(job.channel_id or ""),
        "job_id": safe(job.job_id or ""),
        "run": safe(one.run_id),
        "clips": one.clips,
        "pages": one.pages,
        "stage": safe(one.stage or ""),
        "waits": safe(one.waits_for or ""),
        "ended": one.ended_at.timestamp() * 1000 if one.ended_at else None,
        "note": error(one.note),
    }


def panes(seen: Seen, look: Look, key: str | None) -> tuple[Pane, ...]:
    """What is known of the run, and what happened to it."""
    body = seen.body
    if not isinstance(body, JobsBody) or key is None:
        return ()
    row = next((one for one in body.rows if one.run_id == key), None)
    known = body.detail if body.detail and body.detail.row.run_id == key else None
    row = row or (known.row if known else None)
    if row is None:
        return ()
    cells = half_width(look)
    lines = [*_about(row, seen, look, cells), *(left_to_read(known, cells) if known else ())]
    about = boxed("Job", lines, look, is_half=True)
    if not look.is_wide:
        return (about,)
    return about, timeline(known, look) if known else Pane("Timeline", (), is_half=True)


def detail(seen: Seen, look: Look, key: str) -> tuple[Pane, ...]:
    """All of it: where it stands, its attempts, what happened to it, its job."""
    body = seen.body
    known = body.detail if isinstance(body, JobsBody | PendingBody) else None
    if known is None or known.row.run_id != key:
        return panes(seen, look, key)
    return detail_panes(known, seen, look)


def detail_panes(known: JobDetail, seen: Seen, look: Look) -> tuple[Pane, ...]:
    """The same of what is known of a run, whatever the screen."""
    cells = half_width(look)
    lines = [*_about(known.row, seen, look, cells), *left_to_read(known, cells)]
    waited = waits_in_words(known.events)
    lines += list(facts("waited", waited, cells)) if waited else []
    shown = [boxed("Job", lines, look, is_half=True)]
    if known.entry is not None:
        entry = entry_lines(known.entry, seen, look, cells)
        shown.append(boxed("Entry", entry, look, is_half=True))
    else:
        shown.append(boxed("Run", _ended(known, cells), look, is_half=True))
    if (tries := attempts_pane(known, look)) is not None:
        shown.append(tries)
    shown.append(timeline(known, look, is_half=False))
    shown.append(payload_pane(known.job, look))
    return tuple(shown)


def _about(one: JobRow, seen: Seen, look: Look, cells: int) -> Iterator[Line]:
    job = one.job
    yield fact("run", Cell(safe(one.run_id)))
    place = where(seen.common.places, job.guild_id, job.channel_id, look.signs)
    ids = " ".join(safe(part) for part in (job.guild_id, job.channel_id) if part)
    yield fact("job", Cell(f"{safe(job.type)}  {place}"))
    yield from facts("ids", ids, cells) if ids else ()
    if job.job_id:
        yield from facts("job_id", safe(job.job_id), cells)
    yield fact("state", Cell(safe(one.state), progress.tone_of(one)))
    yield from facts("next" if one.ended_at is None else "why", error(one.note) or NOTHING, cells)
    clips = counted(one.clips, "clip")
    pages = counted(one.pages, "page")
    yield fact("done", Cell(f"{percent(one.share)}  {progress.done(one)} messages"))
    yield fact("", Cell(f"{pages}, {clips}"))
    if one.waits_for:
        left = None if one.waits_until_ms is None else one.waits_until_ms - look.now_ms
        since = one.waits_since_ms
        for_ = "" if since is None else f", for {age(look.now_ms - since)} by now"
        of = f" ({safe(one.waits_of)})" if one.waits_of else ""
        words = f"{safe(obstacle_in_words(one.waits_for, left))}{of}{for_}"
        yield from facts("waits for", words, cells)
    if one.messages_per_s is not None and one.ended_at is None:
        eta = progress.eta(one, look.now_ms)
        yield fact("rate", Cell(f"{progress.rate(one)}, done in {eta}"))
    yield fact("worker", Cell(safe(one.worker or "") or NOTHING))


def left_to_read(known: JobDetail, cells: int) -> Iterator[Line]:
    """How many gaps there are, and where it goes on in them."""
    run = known.run
    if run is None or run.to_read is None:
        return
    label = "to read" if run.ended_at is None else "left unread"
    yield from facts(label, left_in_words(run.to_read), cells)
    if run.ended_at is None and (cursor := cursor_in_words(run.to_read)):
        yield from facts("cursor", cursor, cells)


def _ended(known: JobDetail, cells: int) -> Iterator[Line]:
    run = known.run
    if run is None:
        yield (Cell("the database does not know it, or is away", Tone.DIM),)
        return
    yield fact("state", Cell(run.state.value))
    yield fact("begun", Cell(second(round(run.created_at.timestamp() * 1000))))
    if run.ended_at:
        yield fact("ended", Cell(second(round(run.ended_at.timestamp() * 1000))))
    yield fact("deliveries", Cell(f"{run.deliveries:,}, {run.attempts:,} failed"))
    yield fact("requests", Cell(f"{run.requests:,} to Discord"))
    if run.clips_by_search:
        yield fact("by search", Cell(f"{run.clips_by_search:,} of the clips"))
    if run.error:
        words = f"{run.error}: {run.error_message or ''}".rstrip(": ")
        yield from facts("error", error(words), cells, Tone.BAD)


def empty(seen: Seen, _: Look) -> str:
    """Why there is no job."""
    if seen.body is None:
        return "nothing can be told: see the line above"
    return "no job runs, waits or has ended lately; n adds one, as clipsaver push does"


def summary(seen: Seen, look: Look) -> str:
    """How many there are."""
    counts = seen.common.counts
    body = seen.body
    more = ", more than are shown" if isinstance(body, JobsBody) and body.is_more else ""
    if counts is None:
        return more.removeprefix(", ")
    if look.is_wide:
        return f"{counts_in_words(counts)}{more}"
    runs = running(counts)
    return f"{runs:,} running, {counts.all - runs:,} queued"


LISTING = Listing(
    title="Jobs",
    columns=COLUMNS,
    sort="",
    rows=rows,
    panes=panes,
    detail=detail,
    empty=empty,
    summary=summary,
    fields=_FIELDS,
    measures=_MEASURES,
)
