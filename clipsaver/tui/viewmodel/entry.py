"""Panes of one entry of the stream: where it stands, what failed, and its job as JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from clipsaver.queue.operating.dead_letters.words import job_text
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.words import what_comes
from clipsaver.tui.sources.seen import JobDetail, Seen
from clipsaver.tui.viewmodel.layout import boxed, fact, facts, whole_width, wrapped
from clipsaver.tui.viewmodel.places import where
from clipsaver.tui.viewmodel.rows import Cell, Line, Look, Pane, Tone
from clipsaver.tui.viewmodel.words import (
    age,
    counted,
    error,
    length,
    percent,
    safe,
    short_run,
)
from clipsaver.utc import of_day, second

_MOST_LINES = 2_000
_MOST_TEXT = 70_000
"""Of a job no more is shown: one may have 256 KB."""
_FAILURES = ("retry", "dead")


def entry_lines(one: PendingEntry, seen: Seen, look: Look, cells: int) -> Iterator[Line]:
    """All that is known of an entry, as it stands on the stream."""
    job, carried = one.job, one.entry.carried
    yield fact("id", Cell(one.entry_id or "none while it is delayed"))
    if at_ms := one.entry.carried.first_at:
        yield fact("added", Cell(f"{second(at_ms)}, {age(look.now_ms - at_ms)} ago"))
    if one.entry_id != short_run(one.run_id):
        yield from facts("run", safe(one.run_id), cells)
    place = where(seen.common.places, job.guild_id, job.channel_id, look.signs)
    yield fact("job", Cell(f"{safe(job.type)}  {place}"))
    yield from facts("next", error(what_comes(one)), cells, Tone.STRONG)
    if one.worker is not None:
        yield fact("holder", Cell(safe(one.worker)), *_holder(one, seen))
        yield fact("idle", Cell(length(one.idle_ms)))
    counts = [counted(one.deliveries, "delivery", "deliveries")]
    counts.append(f"{one.attempts:,} failed")
    counts.append(counted(one.waits, "wait"))
    yield fact("tries", Cell(", ".join(counts)))
    if carried.hosts:
        yield from facts("failed on", safe(", ".join(carried.hosts)), cells)
    if one.error:
        why = f"{one.reason}: {one.error}" if one.reason else one.error
        yield from facts("last error", error(why), cells, Tone.BAD)
    elif one.reason:
        yield from facts("reason", error(one.reason), cells)
    if status := one.status:
        so_far = f"{percent(status.share)}  {status.messages:,} messages, {status.clips:,} clips"
        yield from facts("so far", f"{so_far}, {counted(status.pages, 'page')}", cells)
        if status.stage:
            yield fact("stage", Cell(safe(status.stage)))


def attempts_pane(known: JobDetail, look: Look) -> Pane | None:
    """Each failure with its error, the newest first; None where nothing failed."""
    lines: list[Line] = []
    for event in reversed(known.events):
        if event.name not in _FAILURES:
            continue
        tried = event.detail.get("attempts")
        number = f"{tried}. " if isinstance(tried, int) else ""
        said = (str(part) for part in map(event.detail.get, ("reason", "error")) if part)
        lines.append(
            (
                Cell(f"{of_day(event.at_ms)}  {age(look.now_ms - event.at_ms)} ago  ", Tone.DIM),
                Cell(f"{safe(event.worker)}  ", Tone.DIM),
                Cell(error(number + ": ".join(said)), Tone.BAD),
            )
        )
    if not lines:
        return None
    return boxed("Failures", lines, look, note="newest first")


def payload_pane(
    job: str | bytes | None, look: Look, *, title: str = "Payload", is_half: bool = False
) -> Pane:
    """The job as JSON with line breaks."""
    text = job_text(job) if isinstance(job, bytes) else job
    if text is None:
        return boxed(title, [(Cell("there is none", Tone.DIM),)], look, is_half=is_half)
    shown = text[:_MOST_TEXT].split("\n")
    lines: list[Line] = []
    for line in map(error, shown[:_MOST_LINES]):  # beside a list cut, on a whole screen wrapped
        parts = (line,) if is_half else wrapped(line, whole_width(look))
        lines += [(Cell(part),) for part in parts]
    if len(text) > _MOST_TEXT or len(shown) > _MOST_LINES:
        lines.append((Cell(f"cut here: it has {len(text):,} characters", Tone.WARN),))
    return boxed(title, lines, look, note="Y copies all", is_half=is_half)


def _holder(one: PendingEntry, seen: Seen) -> tuple[Cell, ...]:
    if not one.is_alive:
        return (Cell("  gone", Tone.BAD),)
    host = f" on {safe(one.host)}" if one.host else ""
    known = next((each for each in seen.common.workers if each.name == one.worker), None)
    beat = known.beat_ms_ago if known else None
    return (
        Cell("  alive", Tone.GOOD),
        Cell(f"{host}, beat {age(beat)} ago" if beat is not None else host, Tone.DIM),
    )
