"""Where a stage of a purge goes on, as kept in `purges.place`."""

from __future__ import annotations

import enum
from typing import Any

import msgspec


class Part(enum.StrEnum):
    """Of the stage that deletes rows, in their order."""

    CLIPS = "clips"
    AUTHORS = "authors"
    """Those that somebody else held when their last message was deleted."""
    CHANNELS = "channels"
    """What was read of the channels, and what they are called."""
    CHECK = "check"
    """Whether there is nothing left."""


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Behind this all is done that the stage does."""

    part: Part = Part.CLIPS
    channel: int = 0
    message: int = 0
    clip: str = ""
    authors: tuple[int, ...] = ()
    """Still to be looked at."""
    counted: tuple[int, int, int] = (0, 0, 0)
    """Clips, messages and pictures so far, by who counts."""

    def __str__(self) -> str:
        return msgspec.json.encode(self).decode()

    def at(self, **changes: Any) -> Place:
        """The same but for this."""
        return msgspec.structs.replace(self, **changes)


def place_of(text: str | None) -> Place:
    """From the column."""
    return Place() if text is None else msgspec.json.decode(text, type=Place)
