"""Runs as lines for a person. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from clipsaver.cli.pace import in_words
from clipsaver.cli.pending_text import short
from clipsaver.cli.tables import table
from clipsaver.queue.operating.jobs import JobRow, Phase
from clipsaver.queue.operating.words import obstacle_in_words

_HEAD = ("job", "type", "channel", "state", "done", "messages", "clips", "rate, left")


def jobs_text(
    first_line: str,
    rows: Sequence[JobRow],
    now_ms: int,
    *,
    is_more: bool,
    run_prefix: str,
    width: int | None = None,
) -> str:
    """A row for each; `now_ms` is Unix time, and `width` what a terminal has."""
    lines = [first_line]
    if rows:
        cells = [_row(one, now_ms, run_prefix) for one in rows]
        lines += ["", *table(_HEAD, cells, width, right=())]
    if is_more:
        lines.append("there are more: --limit N, or --limit 0 for all")
    return "".join(f"{line}\n" for line in lines)


def _row(one: JobRow, now_ms: int, run_prefix: str) -> tuple[str, ...]:
    return (
        short(one.run_id, run_prefix),
        one.job.type,
        one.job.channel_id or "-",
        one.state,
        "-" if one.share is None else f"{one.share:.0%}",
        f"{one.messages:,}",
        _clips(one),
        _ending(one) if one.ended_at else _now(one, now_ms),
    )


def _clips(one: JobRow) -> str:
    found = f"{one.clips:,}"
    return f"{found} ({one.clips_by_search:,} by search)" if one.clips_by_search else found


def _ending(one: JobRow) -> str:
    return "; ".join(part for part in (f"{one.ended_at:%Y-%m-%d %H:%M}", one.note) if part)


def _now(one: JobRow, now_ms: int) -> str:
    """How fast it is and how long the rest takes, or why it does not get on."""
    if one.state != Phase.RUNNING:
        return one.note.partition(";")[0]
    if one.is_held_up:
        left_ms = one.waits_until_ms and one.waits_until_ms - now_ms
        return f"waits for {obstacle_in_words(one.waits_for, left_ms)}"
    if not one.messages_per_s:
        return one.stage or one.note
    left_ms = -1 if one.eta_at_ms is None else one.eta_at_ms - now_ms
    left = f", {in_words(left_ms / 1000)}" if left_ms > 0 else ""
    return f"{one.messages_per_s:,.0f}/s{left}"
