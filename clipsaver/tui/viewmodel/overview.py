"""The first screen: is it healthy, and what should a person do?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from clipsaver.queue.operating.jobs import JobRow
from clipsaver.queue.operating.workers import WorkerState
from clipsaver.queue.series import Minute
from clipsaver.tui.sources.seen import OverviewBody, Seen
from clipsaver.tui.viewmodel import happenings, jobs
from clipsaver.tui.viewmodel.attention import Attention, attention
from clipsaver.tui.viewmodel.budget import budget_lines
from clipsaver.tui.viewmodel.frame import running
from clipsaver.tui.viewmodel.layout import (
    between,
    boxed,
    cut,
    grid,
    half_width,
    line_len,
    whole_width,
)
from clipsaver.tui.viewmodel.places import cells_in
from clipsaver.tui.viewmodel.rows import Cell, Column, Line, Look, Pane, Row, Tone
from clipsaver.tui.viewmodel.words import NOTHING, age, compact, count, safe

_LEAST_SPARE = 30
"""Rows of the screen that the other panes take on 120 columns; what is more goes to jobs."""
_WIDE_COLUMNS = (
    Column("JOB", 16, keeps_tail=True),
    Column("KIND", 12),
    Column("WHERE", 23, grows=1),
    Column("PROGRESS", 30),
    Column("DONE", 15, is_right=True),
    Column("RATE", 7, is_right=True),
    Column("ETA", 7, is_right=True),
)
_NARROW_COLUMNS = (
    Column("JOB", 10, keeps_tail=True),
    Column("WHERE", 19, grows=1),
    Column("PROGRESS", 25),
    Column("RATE", 7, is_right=True),
    Column("ETA", 7, is_right=True),
)
_STREAM_COLUMNS = (
    Column("PLACE", 24, grows=1),
    Column("ENTRIES", 9, is_right=True),
    Column("OLDEST", 9, is_right=True),
)


@dataclass(frozen=True, slots=True)
class OverviewShown:
    """The panes of the screen."""

    attention: Pane
    """Its lines are `problems`, in their order."""
    minutes: Pane
    running: Pane
    """Its keys are run ids."""
    streams: Pane | None
    """This and the budget are there on 120 columns only: their bad news is in `attention`."""
    budget: Pane | None
    events: Pane
    problems: tuple[Attention, ...]


def overview(seen: Seen, look: Look) -> OverviewShown:
    """All of it, also where there is nothing to show yet."""
    body = seen.body
    shown = body if isinstance(body, OverviewBody) else OverviewBody((), (), (), None, (), ())
    problems = attention(seen, look.now_ms)
    return OverviewShown(
        attention=_attention(problems, look),
        minutes=_minutes(shown, look),
        running=_running(shown, seen, look),
        streams=_streams(shown, seen, look) if look.is_wide else None,
        budget=_budget(shown, look) if look.is_wide else None,
        events=_events(shown, look),
        problems=problems,
    )


def with_running(shown: OverviewShown, seen: Seen, look: Look) -> OverviewShown:
    """The same with jobs as they are by now, where nothing else was looked at meanwhile."""
    assert isinstance(seen.body, OverviewBody)
    return replace(shown, running=_running(seen.body, seen, look))


def _attention(problems: Sequence[Attention], look: Look) -> Pane:
    cells = half_width(look)
    lines = [_problem(one, look, cells) for one in problems]
    if not lines:
        lines = [(Cell("nothing needs you", Tone.GOOD),)]
    note = str(len(problems)) if problems else ""
    return boxed("Needs attention", lines, look, note=note, is_half=True)


def _problem(one: Attention, look: Look, cells: int) -> Line:
    head = (Cell(f"{one.mark} ", one.urgency),)
    hint = f"  {one.hint}" if one.hint else ""
    room = cells - line_len(head)
    words = cut(one.words, room, look.signs)
    line: Line = (*head, Cell(words, one.urgency))
    if hint and line_len(line) + len(hint) <= cells:
        return between(line, (Cell(hint, Tone.DIM),), cells)
    return line


def _minutes(body: OverviewBody, look: Look) -> Pane:
    totals = [one.total for one in body.minutes]
    curves = (
        ("jobs/min", [float(one.outcomes.get("done", 0)) for one in totals]),
        ("clips/min", [float(one.clips) for one in totals]),
        ("failures", [float(_failures(one)) for one in body.minutes]),
        ("429s", [float(one.refused) for one in totals]),
    )
    depths = [float(one or 0) for one in body.depths]
    if look.is_wide:
        cells = half_width(look)
        lines = [_curve(name, values, cells, look) for name, values in curves]
        lines.append(_curve("left to do", depths, cells, look, now=_last(body.depths)))
    else:
        each = (whole_width(look) - 3) // 2
        pairs = [_curve(name, values, each, look) for name, values in curves]
        lines = [
            (*left, Cell("   "), *right)
            for left, right in zip(pairs[::2], pairs[1::2], strict=True)
        ]
    return boxed("Last 60 minutes", lines, look, note="kept in Redis", is_half=True)


def _failures(minute: Minute) -> int:
    """Deliveries that failed, whether they are tried again or not."""
    outcomes = minute.total.outcomes
    return outcomes.get("retry", 0) + outcomes.get("dead", 0)


def _last(depths: Sequence[int | None]) -> float | None:
    return next((float(one) for one in reversed(depths) if one is not None), None)


def _curve(
    name: str, values: Sequence[float], cells: int, look: Look, *, now: float | None = None
) -> Line:
    """A name, the heights of an hour, and the last whole minute's number."""
    number = 6
    room = max(1, cells - 11 - number)
    last = now if now is not None else values[-2] if len(values) > 1 else sum(values[-1:])
    curve = look.signs.curve(_resampled(values, room), _points(room))
    return (
        Cell(f"{name:<11}", Tone.DIM),
        Cell(curve),
        Cell(f"{compact(last):>{max(number, cells - 11 - len(curve))}}", Tone.STRONG),
    )


def _points(room: int) -> int:
    """How many of the sixty minutes' heights there is room for, each of as many minutes."""
    return next((each for each in (60, 30, 20, 15, 12, 10) if each <= room), room)


def _resampled(values: Sequence[float], room: int) -> list[float]:
    """The highest of each few minutes, so that a peak of one minute is seen."""
    step = max(1, 60 // _points(room))
    hour = [0.0] * max(0, 60 - len(values)) + list(values)[-60:]
    return [max(hour[at : at + step]) for at in range(0, len(hour), step)]


def _running(body: OverviewBody, seen: Seen, look: Look) -> Pane:
    columns = _WIDE_COLUMNS if look.is_wide else _NARROW_COLUMNS
    bar = next(one.width for one in columns if one.name == "PROGRESS")
    most = max(3, look.height - _LEAST_SPARE - 5) if look.is_wide else max(3, look.height - 19)
    counts = seen.common.counts
    held = _in_living_hands(body.running, seen)
    runs = running(counts) if counts else len(held)
    shown = held[: min(most, runs)]
    room = cells_in(columns, "WHERE", whole_width(look), is_wide=look.is_wide)
    rows: list[Row] = [jobs.row_of(one, seen, look, bar, room) for one in shown]
    lines = list(grid(columns, rows, whole_width(look), look, has_head=look.is_wide))
    keys = [*([""] if look.is_wide else []), *(one.key for one in rows)]
    if not rows:
        lines, keys = [(Cell(_idle(seen), Tone.DIM),)], [""]
    elif look.is_wide and counts:
        queued = counts.all - runs
        words = f"{runs:,} running, {queued:,} queued behind them"
        lines.append((Cell(f"{words}   (enter opens the job, 2 shows all)", Tone.DIM),))
        keys.append("")
    note = f"{len(rows)} of {runs:,}" if rows else ""
    return boxed("Running now", lines, look, note=note, keys=tuple(keys))


def _in_living_hands(rows: Sequence[JobRow], seen: Seen) -> list[JobRow]:
    """Those that run: what a worker held that is gone waits to be taken over."""
    gone = {one.name for one in seen.common.workers if one.state is WorkerState.GONE}
    return [one for one in rows if one.worker not in gone]


def _idle(seen: Seen) -> str:
    counts = seen.common.counts
    if counts is None:
        return "nothing can be told yet"
    if counts.all:
        return f"nothing runs; {counts.all:,} wait"
    return "nothing runs and nothing waits; clipsaver push adds jobs"


def _streams(body: OverviewBody, seen: Seen, look: Look) -> Pane:
    common = seen.common
    known = common.counts
    held, gone, waiting, not_read, delayed = (
        (known.held, known.of_gone, known.waiting, known.unread, known.delayed)
        if known
        else (None,) * 5
    )
    unread = body.oldest_unread_ms
    dead = common.oldest_dead_ms
    told: list[tuple[str, int | None, int | None]] = [
        ("held by workers", held, None),
        ("  of workers that are gone", gone, None),
        ("in line", waiting, None),
        ("not read yet", not_read, unread),
        ("delayed", delayed, None),
        ("dead", common.dead, dead),
    ]
    rows = [
        Row(
            place,
            {
                "PLACE": Cell(place),
                "ENTRIES": Cell(count(number)),
                "OLDEST": Cell(NOTHING if at_ms is None else age(look.now_ms - at_ms)),
            },
            {},
            tone=_tone(place, number),
        )
        for place, number, at_ms in told
    ]
    lines = grid(_STREAM_COLUMNS, rows, half_width(look), look)
    name = cut(safe(common.stream), 30, look.signs)
    return boxed(f"Stream {name}" if name else "Stream", lines, look, is_half=True)


def _tone(place: str, number: int | None) -> Tone:
    if not number:
        return Tone.DIM
    return {"dead": Tone.BAD, "  of workers that are gone": Tone.WARN}.get(place, Tone.PLAIN)


def _budget(body: OverviewBody, look: Look) -> Pane:
    lines = budget_lines(body.limits, look, half_width(look))
    return boxed("Discord budget", lines, look, is_half=True)


def _events(body: OverviewBody, look: Look) -> Pane:
    told = happenings.together(body.events, body.audit)[::-1]
    keys = tuple(one.key for one in told)
    return boxed("Events", _told(told, look), look, note="newest first", keys=keys)


def _told(told: Sequence[happenings.Happening], look: Look) -> Iterator[Line]:
    if not told:
        yield (Cell("no event is kept: nothing has happened yet", Tone.DIM),)
    yield from happenings.lines(told, whole_width(look), look.signs)
