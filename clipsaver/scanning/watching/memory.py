"""What is remembered of a watched guild from turn to turn, and how it is written down. Pure.

turn_at          when its last turn began, Unix seconds
looked_at        when the last hour was last looked at again
surveyed_at      when its last search for gaps was asked for
channel:<id>     newest message that was dealt with, 0 = none
thread:<id>      the same, and the thread's channel: `<message> <channel>`
parent:<id>      of a forum: its newest thread that was dealt with
closed:<id>      of a channel that may not be read: the mark of its permissions (see `closed`)
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace


class Kind(enum.StrEnum):
    """What can have something new; the values are those of the fields."""

    CHANNEL = "channel"
    THREAD = "thread"
    PARENT = "parent"
    """It holds threads and no messages."""
    CLOSED = "closed"
    """It is known that it may not be read."""


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, an active thread, a forum, or a channel that may not be read."""

    kind: Kind
    newest: int
    """The message, or of a forum the thread, that Discord names as its last; 0 = none. Of a channel
    that may not be read the mark of its permissions."""
    parent_id: int = 0
    """Of a thread its channel."""


@dataclass(frozen=True, slots=True)
class Memory:
    """A guild as its last turn left it; times in Unix seconds."""

    turn_at: float
    looked_at: float
    surveyed_at: float
    places: Mapping[int, Place] = field(default_factory=dict)


def without(memory: Memory | None, places: Collection[int]) -> Memory | None:
    """The same, as if these had never been seen."""
    if memory is None or memory.places.keys().isdisjoint(places):
        return memory
    left = {one: place for one, place in memory.places.items() if one not in places}
    return replace(memory, places=left)


def to_fields(memory: Memory) -> dict[str, str]:
    """As it is written down."""
    times = ("turn_at", "looked_at", "surveyed_at")
    fields = {name: f"{getattr(memory, name):.3f}" for name in times}
    for place_id, place in memory.places.items():
        of = f" {place.parent_id}" if place.kind is Kind.THREAD else ""
        fields[f"{place.kind}:{place_id}"] = f"{place.newest}{of}"
    return fields


def from_fields(fields: Mapping[str, str]) -> Memory | None:
    """As it was written down; None where nothing was, or nothing that this version understands."""
    try:
        places = dict(_place(name, fields[name]) for name in fields if ":" in name)
        return Memory(
            turn_at=float(fields["turn_at"]),
            looked_at=float(fields["looked_at"]),
            surveyed_at=float(fields["surveyed_at"]),
            places=places,
        )
    except (KeyError, ValueError):
        return None


def _place(name: str, value: str) -> tuple[int, Place]:
    kind, _, place_id = name.partition(":")
    newest, _, parent_id = value.partition(" ")
    return int(place_id), Place(Kind(kind), int(newest), int(parent_id or 0))


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[dict[str, str], set[str]]:
    """Which fields to write, and which to forget; `turn_at` is always among the first."""
    written = {
        name: value
        for name, value in after.items()
        if name == "turn_at" or before.get(name) != value
    }
    return written, before.keys() - after.keys()
