"""Workers as lines for a person. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from clipsaver.cli.tables import table
from clipsaver.queue.operating.words import ending_in_words, span, troubles, watching_in_words
from clipsaver.queue.operating.workers import Worker

_HEAD = ("name", "state", "up", "slots", "held", "done", "failed", "memory", "beat")


def workers_text(workers: Sequence[Worker], width: int | None = None) -> str:
    """A row for each; `width` is what a terminal has."""
    if not workers:
        return "no worker is alive; start one: clipsaver run\n"
    lines = table(_HEAD, [_row(one) for one in workers], width, right=())
    return "".join(f"{line}\n" for line in lines)


def _row(one: Worker) -> tuple[str, ...]:
    return (
        one.name,
        one.state.value,
        "-" if one.up_s is None else span(one.up_s * 1000),
        "-" if one.slots is None else f"{one.running or 0} of {one.slots}",
        f"{one.held:,}",
        _count(one.done),
        _count(one.failed),
        "-" if one.statistics is None else _megabytes(one.statistics.process.memory_bytes),
        "; ".join(
            part
            for part in (
                _beat(one),
                watching_in_words(one.statistics),
                ending_in_words(one),
                *troubles(one.statistics),
            )
            if part
        ),
    )


def _beat(one: Worker) -> str:
    if one.takeover_in_ms is not None:
        return (
            f"taken over in {span(one.takeover_in_ms)}" if one.takeover_in_ms else "taken over now"
        )
    return "none" if one.beat_ms_ago is None else f"{span(one.beat_ms_ago)} ago"


def _count(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
