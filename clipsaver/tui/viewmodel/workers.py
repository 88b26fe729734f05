"""The screen of workers: who is alive?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from clipsaver.queue.operating.words import (
    ending_in_words,
    troubles,
    watching_in_words,
    what_comes_in_short,
)
from clipsaver.queue.operating.workers import Worker, WorkerState
from clipsaver.queue.series import Minute
from clipsaver.queue.worker_statistics import WorkerStatistics
from clipsaver.tui.sources.seen import Seen, WorkersBody
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel import happenings
from clipsaver.tui.viewmodel.layout import boxed, fact, facts, half_width, whole_width
from clipsaver.tui.viewmodel.places import where
from clipsaver.tui.viewmodel.rows import (
    Cell,
    Column,
    Line,
    Listing,
    Look,
    Measure,
    Pane,
    Row,
    Tone,
    Value,
)
from clipsaver.tui.viewmodel.words import (
    NOTHING,
    age,
    compact,
    count,
    counted,
    error,
    kind,
    left,
    safe,
    short_run,
    size,
    tail,
)

COLUMNS = (
    Column("NAME", 16, grows=2, narrow_width=14, keeps_tail=True),
    Column("STATE", 12, narrow_width=8),
    Column("VERSION", 7, is_narrow=False),
    Column("HOST", 9, grows=1, is_narrow=False),
    Column("UP", 7, is_right=True, measure=Measure.LENGTH),
    Column("SLOTS", 5, is_right=True, measure=Measure.NUMBER),
    Column("HELD", 5, is_right=True, measure=Measure.NUMBER),
    Column("JOBS/MIN", 8, is_right=True, measure=Measure.NUMBER),
    Column("FAILED", 6, is_right=True, is_narrow=False, measure=Measure.NUMBER),
    Column("MEMORY", 6, is_right=True, is_narrow=False, measure=Measure.SIZE),
    Column("BEAT", 7, is_right=True, measure=Measure.LENGTH),
    Column("TROUBLE", 15, grows=2, narrow_width=12),
)
_FIELDS = {
    "pid": "its process",
    "done": "deliveries since its start that ended well",
    "running": "jobs that it does now",
    "redis": "how long its last heartbeat took",
    "database": "how long its last commit took",
    "thumbs": "thumbnails that it makes now",
}
_MEASURES = {
    "done": Measure.NUMBER,
    "running": Measure.NUMBER,
    "redis": Measure.LENGTH,
    "database": Measure.LENGTH,
    "thumbs": Measure.NUMBER,
}
_TONES = {
    WorkerState.RUNNING: Tone.GOOD,
    WorkerState.PAUSED: Tone.WARN,
    WorkerState.DRAINING: Tone.WARN,
    WorkerState.STOPPING: Tone.WARN,
    WorkerState.GONE: Tone.DIM,
    WorkerState.UNKNOWN: Tone.NOTE,
}


def rows(seen: Seen, look: Look) -> tuple[Row, ...]:
    """A row for each that is known: those alive first, by name."""
    body = seen.body
    minutes = body.minutes if isinstance(body, WorkersBody) else ()
    workers = sorted(seen.common.workers, key=lambda one: (one.state is WorkerState.GONE, one.name))
    passed_ms = max(0, look.now_ms - seen.at_ms)
    return tuple(_row(one, jobs_per_minute(one.name, minutes), passed_ms, look) for one in workers)


def jobs_per_minute(name: str, minutes: Sequence[Minute]) -> float | None:
    """Of the whole minutes that are known; None where there is none."""
    whole = minutes[:-1]
    if not whole:
        return None
    done = [one.workers[name].outcomes.get("done", 0) for one in whole if name in one.workers]
    return sum(done) / len(whole)


def _troubles(one: Worker) -> list[str]:
    """Nothing is known of one that is gone."""
    return [] if one.state is WorkerState.GONE else list(troubles(one.statistics))


def _state(one: Worker, passed_ms: int, look: Look) -> str:
    """`draining 3` jobs, `stopping 12s`: how much is left, where there is room."""
    left_ms = one.grace_left_ms(passed_ms)
    rest = f" {one.running or 0}" if one.state is WorkerState.DRAINING else ""
    rest = f" {left_ms // 1000}s" if left_ms else rest
    return f"{one.state.value}{rest}" if look.is_wide else one.state.value


def _row(one: Worker, per_minute: float | None, passed_ms: int, look: Look) -> Row:
    said = one.statistics
    is_gone = one.state is WorkerState.GONE
    beat_ms = one.idle_ms if is_gone else one.beat_ms_ago
    beat_ms = None if beat_ms is None else beat_ms + passed_ms
    up_ms = None if one.up_s is None else one.up_s * 1000
    memory = said.process.memory_bytes if said else None
    trouble = error("; ".join(_troubles(one)))
    rate = NOTHING if is_gone or per_minute is None else f"{per_minute:.0f}"
    if per_minute and per_minute < 10 and not is_gone:
        rate = f"{per_minute:.1f}"
    cells = {
        "NAME": Cell(safe(one.name)),
        "STATE": Cell(_state(one, passed_ms, look), _TONES[one.state]),
        "VERSION": Cell(safe(one.version or NOTHING)),
        "HOST": Cell(safe(one.host or NOTHING)),
        "UP": Cell(age(up_ms)),
        "SLOTS": Cell(NOTHING if one.slots is None else f"{one.running or 0}/{one.slots}"),
        "HELD": Cell(compact(one.held), Tone.BAD if is_gone and one.held else Tone.PLAIN),
        "JOBS/MIN": Cell(rate),
        "FAILED": Cell(NOTHING if one.failed is None else compact(one.failed)),
        "MEMORY": Cell(size(memory)),
        "BEAT": Cell(age(beat_ms)),
        "TROUBLE": Cell(trouble, Tone.BAD),
    }
    values: dict[str, Value] = {
        "name": safe(one.name),
        "state": one.state.value,
        "version": safe(one.version or ""),
        "host": safe(one.host or ""),
        "up": up_ms,
        "slots": one.slots,
        "held": one.held,
        "jobs/min": per_minute,
        "failed": one.failed,
        "memory": memory,
        "beat": beat_ms,
        "trouble": trouble,
        "pid": safe(one.pid or ""),
        "done": one.done,
        "running": one.running,
        "redis": said.redis_ms if said else None,
        "database": said.pages.last_commit_ms if said else None,
        "thumbs": said.thumbnails.making if said else None,
    }
    return Row(one.name, cells, values, Tone.DIM if is_gone else Tone.PLAIN, raw=one)


def panes(seen: Seen, look: Look, key: str | None) -> tuple[Pane, ...]:
    """What the worker under the cursor says, and what it holds."""
    one = next((one for one in seen.common.workers if one.name == key), None)
    if one is None:
        return ()
    about = boxed("Worker", _about(one, half_width(look)), look, is_half=True)
    return (about, _holds(one, seen, look)) if look.is_wide else (about,)


def detail(seen: Seen, look: Look, key: str) -> tuple[Pane, ...]:
    """All of it, with what happened there lately."""
    one = next((one for one in seen.common.workers if one.name == key), None)
    body = seen.body
    if one is None:
        return ()
    about = boxed("Worker", _about(one, half_width(look)), look, is_half=True)
    events = body.events if isinstance(body, WorkersBody) else ()
    mine = [happenings.of_event(each) for each in reversed(events) if each.worker == key]
    lines = tuple(happenings.lines(mine, whole_width(look), look.signs))
    none: tuple[Line, ...] = ((Cell("nothing is on record", Tone.DIM),),)
    log = boxed("Events", lines or none, look, note="newest first")
    return about, _holds(one, seen, look), log


def _about(one: Worker, cells: int) -> Iterator[Line]:
    yield from facts("name", safe(one.name), cells)
    takeover = ""
    if one.takeover_in_ms is not None:
        takeover = f", what it holds is taken over in {left(one.takeover_in_ms)}"
    ending = f", {ending_in_words(one)}" if ending_in_words(one) else ""
    yield fact("state", Cell(one.state.value, _TONES[one.state]), Cell(takeover + ending))
    if one.host or one.pid:
        version = f", clipsaver {safe(one.version)}" if one.version else ""
        words = f"{safe(one.host or '?')}, process {safe(one.pid or '?')}{version}"
        yield from facts("runs on", words, cells)
    for trouble in _troubles(one):
        yield from facts("trouble", error(trouble), cells, Tone.BAD)
    yield fact("holds", Cell(counted(one.held, "entry", "entries")))
    if one.statistics is not None:
        yield from _statistics(one, one.statistics, cells)
    elif one.state is not WorkerState.GONE:
        yield from facts("", "it says nothing more that this version understands", cells, Tone.DIM)


def _statistics(one: Worker, said: WorkerStatistics, cells: int) -> Iterator[Line]:
    slots, thumbnails = said.slots, said.thumbnails
    live = f", {slots.live} live ({slots.reserved} kept for these)" if slots.reserved else ""
    yield fact("slots", Cell(f"{one.running or 0} of {slots.concurrency} in use{live}"))
    if words := watching_in_words(said):
        yield fact("duty", Cell(words))
    yield from facts("outcomes", _counts(said.outcomes), cells)
    pages = said.pages
    counts = f"{pages.pages:,} pages, {pages.messages:,} messages, {pages.clips:,} clips"
    yield from facts("done", counts, cells)
    discord = said.discord
    answers = f"{discord.requests:,} requests, {discord.failures:,} without an answer"
    yield from facts("Discord", f"{answers}; refused: {_counts(discord.refusals)}", cells)
    waits = f"{count(said.limits.waiting)} waiting, {said.limits.waits:,} waits so far"
    yield fact("limits", Cell(waits))
    made = f"{thumbnails.making} in hand, {thumbnails.waiting} claimed, {thumbnails.made:,} made"
    yield fact("thumbnails", Cell(made))
    process = said.process
    cpu = age(process.cpu_s * 1000)
    yield fact(
        "process", Cell(f"{size(process.memory_bytes)}, {cpu} of CPU, {process.tasks} tasks")
    )
    database = said.database
    used = (
        f"{database.in_use} in use, {database.waiting} waited for, {pages.waiting} pages to write"
    )
    if pages.last_commit_ms is not None:
        used = f"{pages.last_commit_ms:.1f}ms the last commit, {used}"
    yield from facts("database", used, cells)
    yield fact("redis", Cell(f"{said.redis_ms:.1f}ms there and back"))


def _counts(counts: Mapping[str, int]) -> str:
    told = sorted(counts.items(), key=lambda pair: -pair[1])
    return safe(", ".join(f"{number:,} {name}" for name, number in told if number)) or "none"


def _holds(one: Worker, seen: Seen, look: Look) -> Pane:
    body = seen.body
    entries = body.entries if isinstance(body, WorkersBody) else ()
    mine = [each for each in entries if each.worker == one.name]
    lines: list[Line] = []
    for each in mine:
        place = where(seen.common.places, each.job.guild_id, each.job.channel_id, look.signs)
        line = (
            Cell(f"{tail(short_run(each.run_id), 10, look.signs)}  ", Tone.DIM),
            Cell(error(what_comes_in_short(each))),
            Cell(f"  {kind(each.job.type)} {place}", Tone.DIM),
        )
        lines.append(line)
    if not mine:
        words = "it holds nothing" if not one.held else f"{one.held:,}; they are not looked up yet"
        lines.append((Cell(words, Tone.DIM),))
    keys = tuple(each.run_id for each in mine)
    return boxed("Holds", lines, look, note=count(one.held), is_half=True, keys=keys)


def empty(seen: Seen, _: Look) -> str:
    """Why there is none."""
    if seen.common.redis.error is not None:
        return "nothing can be told: see the line above"
    return "no worker is alive, and none has left anything; start one: clipsaver run"


def summary(seen: Seen, _: Look) -> str:
    """How many are alive."""
    alive = sum(one.state is not WorkerState.GONE for one in seen.common.workers)
    gone = len(seen.common.workers) - alive
    return f"{alive:,} alive" + (f", {gone:,} gone" if gone else "")


LISTING = Listing(
    title="Workers",
    columns=COLUMNS,
    sort="",
    rows=rows,
    panes=panes,
    detail=detail,
    empty=empty,
    summary=summary,
    fields=_FIELDS,
    measures=_MEASURES,
    leads_to=View.JOBS,
)
