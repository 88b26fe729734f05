"""How far a job is, in the cells of a row: its bar, its counts, its rate and its end. Pure."""

from __future__ import annotations

import math

from clipsaver.queue.operating.jobs import JobRow, Phase
from clipsaver.queue.operating.words import obstacle_in_words
from clipsaver.tui.viewmodel.layout import cut
from clipsaver.tui.viewmodel.rows import Cell, Look, Tone
from clipsaver.tui.viewmodel.words import (
    NOTHING,
    age,
    compact,
    error,
    length,
    per_second,
    percent,
    safe,
)

_LEAST_SHARE = 0.005
"""Of what has passed less, the whole cannot be told from the part."""
_OVERDUE_MS = 5_000
"""An end that is past by more than that was guessed wrong."""
_TONES = {
    Phase.RUNNING: Tone.PLAIN,
    Phase.WAITING: Tone.DIM,
    Phase.PUT_OFF: Tone.WARN,
    Phase.RETRY: Tone.WARN,
    Phase.LOST: Tone.BAD,
    "done": Tone.GOOD,
    "dead": Tone.BAD,
    "cancelled": Tone.DIM,
}


def bar(one: JobRow, look: Look, cells: int) -> Cell:
    """A bar with a percentage, or why there is none."""
    if one.ended_at is not None:
        ago = age(look.now_ms - one.ended_at.timestamp() * 1000)
        return Cell(cut(f"{safe(one.state)} {ago} ago", cells, look.signs), tone_of(one))
    if one.state != Phase.RUNNING:
        return Cell(cut(error(one.note), cells, look.signs), tone_of(one))
    if one.is_held_up:
        words = f"waits for {safe(obstacle_in_words(one.waits_for, None))}"
        return Cell(cut(words, cells, look.signs), Tone.WARN)
    if one.share is None or not math.isfinite(one.share):
        return Cell(look.signs.moving(look.now_ms, cells))
    return Cell(f"{look.signs.bar(one.share, cells - 5)} {percent(one.share):>4}")


def total_of(one: JobRow) -> float | None:
    """About how many messages it will have read; None where that cannot be told."""
    share = one.share
    if share is None or not math.isfinite(share) or share < _LEAST_SHARE or not one.messages:
        return None
    return one.messages / min(1.0, share)


def done(one: JobRow) -> str:
    """`62,400 / ~100k`: messages read, of about so many."""
    read = f"{one.messages:,}" if one.messages < 1_000_000 else compact(one.messages)
    if one.ended_at is not None or one.share == 1.0:
        return read
    total = total_of(one)
    return read if total is None else f"{read} / ~{compact(total)}"


def rate(one: JobRow) -> str:
    """`98/s`; nothing where it does not get on."""
    is_on = one.state == Phase.RUNNING and one.messages_per_s and not one.is_held_up
    return per_second(one.messages_per_s) if is_on else NOTHING


def left_ms(one: JobRow, now_ms: int) -> int | None:
    """Until its end if it goes on like this, or until what it waits for is over."""
    if one.ended_at is not None:
        return None
    is_stopped = one.is_held_up or one.state != Phase.RUNNING
    at_ms = one.waits_until_ms if is_stopped else one.eta_at_ms
    return None if at_ms is None or at_ms - now_ms < -_OVERDUE_MS else max(0, at_ms - now_ms)


def eta(one: JobRow, now_ms: int) -> str:
    """The same as text."""
    return length(left_ms(one, now_ms))


def tone_of(one: JobRow) -> Tone:
    """Of the word for its state."""
    if one.state == Phase.RUNNING and one.is_held_up:
        return Tone.WARN
    return _TONES.get(one.state, Tone.PLAIN)
