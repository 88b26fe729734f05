"""The screen of pending entries: who holds what, is the lease alive, what happens next?"""

from __future__ import annotations

from collections.abc import Iterator

from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.verdicts import Place
from clipsaver.queue.operating.words import aged, counts_in_words, what_comes, what_comes_in_short
from clipsaver.queue.operating.workers import Worker, WorkerState
from clipsaver.tui.sources.seen import JobDetail, PendingBody, Seen
from clipsaver.tui.viewmodel.entry import entry_lines, payload_pane
from clipsaver.tui.viewmodel.jobs import detail_panes
from clipsaver.tui.viewmodel.layout import boxed, fit, half_width, whole_width
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
from clipsaver.tui.viewmodel.words import NOTHING, age, error, kind, length, safe

COLUMNS = (
    Column("ID", 16, narrow_width=10, keeps_tail=True),
    Column("CONSUMER", 16, grows=1, narrow_width=13),
    Column("IDLE", 7, is_right=True, measure=Measure.LENGTH),
    Column("DELIV", 5, is_right=True, narrow_width=5, measure=Measure.NUMBER),
    Column("TRIES", 5, is_right=True, is_narrow=False, measure=Measure.NUMBER),
    Column("KIND", 9, narrow_width=8),
    Column("WHERE", 18, grows=2, is_narrow=False),
    Column("VERDICT", 31, grows=1, narrow_width=26),
)
_FIELDS = {
    "place": "held, late, orphaned, takeover, waiting, unread, retry, put_off or gone",
    "holder": "alive, gone, or none where no worker has it",
    "guild": "the guild's id",
    "channel": "the channel's id",
    "job_id": "the producer's name for the job",
    "run": "the whole run id",
    "waits": "what it waits for, by its stable name",
    "error": "its last error",
    "line": "its place in line",
    "due": "how long until it is due",
}
_MEASURES = {"line": Measure.NUMBER, "due": Measure.LENGTH}
_TONES = {
    Place.HELD: Tone.GOOD,
    Place.LATE: Tone.WARN,
    Place.ORPHANED: Tone.WARN,
    Place.TAKEOVER: Tone.WARN,
    Place.RETRY: Tone.WARN,
    Place.PUT_OFF: Tone.WARN,
    Place.GONE: Tone.BAD,
}


def key_of(one: PendingEntry) -> str:
    """What names its row."""
    return one.entry_id or one.run_id


def rows(seen: Seen, look: Look) -> tuple[Row, ...]:
    """A row for each entry."""
    body = seen.body
    if not isinstance(body, PendingBody):
        return ()
    by_ms = max(0, look.now_ms - seen.at_ms)
    return tuple(row_of(aged(one, by_ms), seen, look) for one in body.entries)


def row_of(one: PendingEntry, seen: Seen, look: Look) -> Row:
    """The row of one entry."""
    cells = Later(lambda: _cells(one, seen, look))
    return Row(key_of(one), cells, Later(lambda: _values(one, seen, look)), raw=one)


def _cells(one: PendingEntry, seen: Seen, look: Look) -> dict[str, Cell]:
    verdict, job = one.verdict, one.job
    room = cells_of(COLUMNS, "WHERE", look.width, is_wide=look.is_wide)
    short = where_in(seen, job.guild_id, job.channel_id, look, room)
    words = error(what_comes_in_short(one))
    is_bad = verdict.is_poison or verdict.place is Place.GONE
    is_gone = _holder(one) == "gone"
    name = safe(one.worker or "")
    consumer = f"gone {name}" if is_gone else name
    return {
        "ID": Cell(safe(key_of(one).rpartition("/")[2])),
        "CONSUMER": Cell(consumer or NOTHING, Tone.BAD if is_gone else Tone.PLAIN),
        "IDLE": Cell(length(_idle_ms(one))),
        "DELIV": Cell(f"{one.deliveries:,}"),
        "TRIES": Cell(f"{one.attempts:,}" if one.attempts else NOTHING),
        "KIND": Cell(NOTHING if verdict.place is Place.GONE else kind(job.type)),
        "WHERE": Cell(short),
        "VERDICT": Cell(words, Tone.BAD if is_bad else _tone(one)),
    }


def _values(one: PendingEntry, seen: Seen, look: Look) -> dict[str, Value]:
    verdict, job = one.verdict, one.job
    return {
        "id": safe(key_of(one)),
        "consumer": safe(one.worker or ""),
        "idle": _idle_ms(one),
        "deliv": one.deliveries,
        "tries": one.attempts,
        "kind": safe(job.type),
        "where": where(seen.common.places, job.guild_id, job.channel_id, look.signs),
        "verdict": error(what_comes(one)),
        "place": verdict.place.value,
        "holder": _holder(one),
        "guild": safe(job.guild_id or ""),
        "channel": safe(job.channel_id or ""),
        "job_id": safe(job.job_id or ""),
        "run": safe(one.run_id),
        "waits": safe((one.status.waits_for if one.status else "") or ""),
        "error": error(one.error or ""),
        "line": one.line,
        "due": verdict.in_ms if one.due_at_ms is not None else None,
    }


def _holder(one: PendingEntry) -> str:
    return "none" if one.worker is None else "alive" if one.is_alive else "gone"


def _idle_ms(one: PendingEntry) -> int | None:
    """Of what stands under nobody's name it says nothing."""
    return one.idle_ms if one.entry_id is not None and one.worker is not None else None


def _tone(one: PendingEntry) -> Tone:
    if one.verdict.place is Place.HELD and one.status and one.status.waits_for:
        return Tone.NOTE
    return _TONES.get(one.verdict.place, Tone.PLAIN)


def panes(seen: Seen, look: Look, key: str | None) -> tuple[Pane, ...]:
    """The entry, its job, and who holds how many."""
    body = seen.body
    if not isinstance(body, PendingBody):
        return ()
    one = next((one for one in body.entries if key_of(one) == key), None)
    shown: list[Pane] = []
    if one is not None:
        by_ms = max(0, look.now_ms - seen.at_ms)
        lines = entry_lines(aged(one, by_ms), seen, look, half_width(look))
        shown.append(boxed("Entry", lines, look, note="enter: all of it", is_half=True))
        if look.is_wide:
            shown.append(payload_pane(one.entry.job, look, is_half=True))
    if look.is_wide:
        shown.append(consumers(seen, look))
    return tuple(shown)


def consumers(seen: Seen, look: Look) -> Pane:
    """Everybody who may hold entries, side by side: also who never read any, and who is gone."""
    workers = sorted(seen.common.workers, key=lambda one: (not _is_gone(one), -one.held, one.name))
    cells = whole_width(look)
    across = 3 if cells >= 108 else 2
    each = (cells - 2 * (across - 1)) // across
    lines: list[Line] = []
    for at in range(0, len(workers), across):
        line: list[Cell] = []
        for one in workers[at : at + across]:
            line += [Cell("  ")] if line else []
            line += _consumer(one, each, look)
        lines.append(tuple(line))
    if not lines:
        lines.append((Cell("nobody: no worker has ever asked for a job here", Tone.DIM),))
    gone = sum(one.held for one in workers if _is_gone(one))
    note = f"R releases all of one; {gone:,} of those that are gone" if gone else ""
    return boxed("Consumers", lines, look, note=note)


def _consumer(one: Worker, cells: int, look: Look) -> Iterator[Cell]:
    state = one.state.value
    if _is_gone(one) and one.idle_ms is not None:
        state = f"gone {age(one.idle_ms)}"
    held = f"{one.held:,} held"
    room = max(6, cells - len(held) - len(state) - 2)
    yield Cell(fit(safe(one.name), room, look.signs, keeps_tail=True) + " ")
    yield Cell(f"{held} ", Tone.DIM if not one.held else Tone.PLAIN)
    yield Cell(state, Tone.BAD if _is_gone(one) and one.held else Tone.DIM)


def _is_gone(one: Worker) -> bool:
    return one.state is WorkerState.GONE


def detail(seen: Seen, look: Look, key: str) -> tuple[Pane, ...]:
    """All of the entry and of its run."""
    body = seen.body
    known = body.detail if isinstance(body, PendingBody) else None
    if known is None or not _is_of(known, key):
        return panes(seen, look, key)
    return detail_panes(known, seen, look)


def _is_of(known: JobDetail, key: str) -> bool:
    return known.row.run_id == key or (known.entry is not None and key_of(known.entry) == key)


def empty(seen: Seen, _: Look) -> str:
    """Why there is nothing."""
    counts = seen.common.counts
    if seen.body is None or counts is None:
        return "nothing can be told: see the line above"
    if counts.all:
        return f"none of the {counts.all:,} entries is what was asked for"
    return (
        "nothing is held, waits or is delayed: all that was pushed is done; in Jobs, n adds a job"
    )


def summary(seen: Seen, look: Look) -> str:
    """How many stand where."""
    counts, body = seen.common.counts, seen.body
    if counts is None:
        return ""
    words = counts_in_words(counts)
    if not look.is_wide:
        words = f"{counts.all:,} pending"
        if counts.of_gone:
            words = f"{counts.of_gone:,} of gone workers"
    if isinstance(body, PendingBody) and body.is_more:
        words += f", looked at {body.looked_at:,}"
    return words


LISTING = Listing(
    title="Pending entries",
    columns=COLUMNS,
    sort="-idle",
    rows=rows,
    panes=panes,
    detail=detail,
    empty=empty,
    summary=summary,
    fields=_FIELDS,
    measures=_MEASURES,
)
