"""Entries of the stream as lines for a person. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from clipsaver.cli.tables import table
from clipsaver.queue.operating.pending import Counts, PendingEntry
from clipsaver.queue.operating.words import counts_in_words, span, what_comes

_HEAD = ("entry", "type", "guild", "channel", "worker", "idle", "deliveries", "attempts", "next")


def entries_text(
    counts: Counts, entries: Sequence[PendingEntry], *, is_more: bool, run_prefix: str
) -> str:
    """The summary and a row for each entry; `run_prefix` is what all run ids begin with."""
    lines = [counts_in_words(counts)]
    if entries:
        lines += ["", *table(_HEAD, [_row(one, run_prefix) for one in entries], None, right=())]
    if is_more:
        lines.append("there are more: --limit N, or --limit 0 for all")
    return "".join(f"{line}\n" for line in lines)


def short(run_id: str, run_prefix: str) -> str:
    """A run by the id of its first entry, which names it on this stream."""
    return run_id.removeprefix(run_prefix)


def _row(one: PendingEntry, run_prefix: str) -> tuple[str, ...]:
    run = short(one.run_id, run_prefix)
    gone = "" if one.is_alive or one.worker is None else " gone"
    idle = "-" if one.worker is None else span(one.idle_ms)
    return (
        one.entry_id or run,
        one.job.type,
        one.job.guild_id or "-",
        one.job.channel_id or "-",
        f"{one.worker}{gone}" if one.worker else "-",
        idle,
        str(one.deliveries),
        str(one.attempts),
        what_comes(one) + (f" (run {run})" if one.entry_id not in (None, run) else ""),
    )
