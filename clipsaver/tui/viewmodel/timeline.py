"""What happened to one run: from its way onto the stream to its end, with its waits. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from clipsaver.queue.events import Event
from clipsaver.tui.sources.seen import JobDetail
from clipsaver.tui.viewmodel import happenings
from clipsaver.tui.viewmodel.layout import boxed, half_width, whole_width
from clipsaver.tui.viewmodel.rows import Cell, Line, Look, Pane, Tone
from clipsaver.tui.viewmodel.words import counted, length
from clipsaver.utc import of_day

_LONGEST_S = 1e9
"""What is longer is not believed."""


def timeline(known: JobDetail, look: Look, *, is_half: bool = True) -> Pane:
    """What happened to it, the newest first."""
    cells = half_width(look) if is_half else whole_width(look)
    told = [happenings.of_event(one) for one in known.events]
    lines = happenings.lines(told, cells, look.signs)
    dated = [(at_ms, _line(at_ms, words)) for at_ms, words in _milestones(known)]
    dated += [(one.at_ms, line) for one, line in zip(told, lines, strict=True)]
    dated.sort(key=lambda pair: pair[0])
    shown = [line for _, line in reversed(dated)]
    if not told and known.row.ended_at is not None:
        shown.append((Cell("no event of it is kept any more", Tone.DIM),))
    return boxed("Timeline", shown, look, note="newest first", is_half=is_half)


def waits_in_words(events: Sequence[Event]) -> str:
    """How often it was put off, and for how long in all, as far as that is on record."""
    parts = []
    for name, one, many in (("wait", "wait", "waits"), ("retry", "retry", "retries")):
        delays = [_seconds(event) for event in events if event.name == name]
        if delays:
            times = counted(len(delays), one, many)
            parts.append(f"{times}, {length(1000 * sum(delays))} in all")
    return "; ".join(parts)


def _milestones(known: JobDetail) -> Iterator[tuple[int, str]]:
    """What no event tells: when it was added, read first, and when it last stored something."""
    run = known.run
    if (added_ms := _added_ms(known)) is not None:
        yield added_ms, "added to the stream"
    if run is None:
        return
    begun_ms = _ms(run.created_at)
    yield begun_ms, "read by a worker for the first time"
    stored_ms = _ms(run.updated_at)
    if run.ended_at is None and run.pages and stored_ms > begun_ms:
        pages, messages = counted(run.pages, "page"), counted(run.messages, "message")
        yield stored_ms, f"{pages} stored by then: {messages}, {counted(run.clips, 'clip')}"


def _line(at_ms: int, words: str) -> Line:
    return Cell(f"{of_day(at_ms)}  ", Tone.DIM), Cell(words)


def _added_ms(known: JobDetail) -> int | None:
    """By the id of its first entry, which is a time."""
    text = known.row.run_id.rpartition("/")[2].partition("-")[0]
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _seconds(event: Event) -> float:
    """For how long it was put off."""
    said = event.detail.get("delay_s")
    if isinstance(said, bool) or not isinstance(said, int | float):
        return 0.0
    return float(said) if 0 <= said < _LONGEST_S else 0.0
