"""One look between reading and showing: what Redis said, and what the database is asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clipsaver.queue.operating.dead_letters.letter import DeadLetter
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.tui.sources.live.reading import Read
from clipsaver.tui.sources.live.shelf import Meant
from clipsaver.tui.sources.live.standing import Standing
from clipsaver.tui.sources.live.trail import EventTrail
from clipsaver.tui.sources.wanted import View, Wanted

CLIPS = "clips"
"""Key of the question how many there are."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What Redis said."""

    wanted: Wanted
    standing: Standing
    read: Read
    entries: tuple[PendingEntry, ...]
    """Of the list."""
    chosen: PendingEntry | None
    """The one whose detail is wanted, where it is on the stream."""
    chosen_run: str | None
    """The run whose detail is wanted, whether it is over or not."""
    trail: EventTrail
    letters: Meant
    looked_at: int
    """Dead letters."""


def key_of_list(wanted: Wanted) -> tuple[Any, ...]:
    """Of the question whose answer is the list of a view."""
    if wanted.view is View.CLIPS:
        bounds = (wanted.guild_id, wanted.channel_id, wanted.author_id, wanted.before)
        return ("clips", wanted.rows, *bounds)
    return (wanted.view.value, wanted.rows, wanted.types)


def key_of_superseded(letters: Sequence[DeadLetter]) -> tuple[Any, ...]:
    """Of the question which of these are; they are the same while ends and number are."""
    return ("superseded", len(letters), letters[0].letter_id, letters[-1].letter_id)
