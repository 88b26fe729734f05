"""What a list and the panes beside it are made of. Records only; tones become colours elsewhere."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from clipsaver.tui.sources.seen import Seen
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.signs import Signs

T = TypeVar("T")


class Tone(enum.StrEnum):
    """What a text says by its looks, which is never all that says it."""

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    GOOD = "good"
    NOTE = "note"
    WARN = "warn"
    BAD = "bad"


class Cell(msgspec.Struct, frozen=True):
    """One text, already printable: what a stranger wrote was made so by who made the cell.

    A struct, since each look makes hundreds: a frozen dataclass takes five times as long to make.
    """

    text: str
    tone: Tone = Tone.PLAIN


Line = tuple[Cell, ...]
"""Cells that follow each other without a gap."""

Value = str | float | None
"""What a row can be filtered and sorted by: a text, a number (times and lengths of time in ms,
sizes in bytes), or nothing."""


class Measure(enum.StrEnum):
    """What a field's values are, which decides what a filter may ask of them."""

    TEXT = "text"
    NUMBER = "number"
    LENGTH = "length"
    """Of time, in ms; a filter must say a unit: `idle>30s`."""
    MOMENT = "moment"
    """Unix ms; a filter asks how long ago: `died<2h`."""
    SIZE = "size"
    """In bytes."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list."""

    name: str
    """As it is in the head, in capitals, and lower-case in filters and for sorting."""
    width: int
    """Cells that it has at least."""
    grows: int = 0
    """Its share of what is left over; 0 = none."""
    is_right: bool = False
    keeps_tail: bool = False
    """Of a text that is too long the end is shown: ids differ there."""
    is_narrow: bool = True
    """Whether it is there on 80 columns."""
    narrow_width: int | None = None
    """On 80 columns; None = the same."""
    measure: Measure = Measure.TEXT


class Later(Mapping[str, T]):
    """A mapping that is made when somebody first looks into it, if ever.

    Each look brings hundreds of rows, of which a screen has room for a few.
    """

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], Mapping[str, T]]) -> None:
        """`make` is pure: when it is called makes no difference."""
        self._make: Callable[[], Mapping[str, T]] | None = make
        self._made: Mapping[str, T] = {}

    def _all(self) -> Mapping[str, T]:
        if self._make is not None:
            self._made, self._make = self._make(), None  # what it was made of is held no longer
        return self._made

    def __getitem__(self, name: str) -> T:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __eq__(self, other: object) -> bool:
        return self._all() == (other._all() if isinstance(other, Later) else other)

    __hash__ = None  # type: ignore[assignment] # as of all mappings


class Row(msgspec.Struct, frozen=True):
    """One row: cells by the names of columns, and what filters and sorting see."""

    key: str
    cells: Mapping[str, Cell]
    values: Mapping[str, Value]
    """By field name; a superset of the lower-case column names."""
    tone: Tone = Tone.PLAIN
    """Of the row as a whole."""
    raw: object = None
    """The record itself, for copy and export as JSON."""


@dataclass(frozen=True, slots=True)
class Pane:
    """A box beside the list."""

    title: str
    lines: tuple[Line, ...]
    note: str = ""
    """At the right end of its upper border."""
    is_half: bool = False
    """Whether it has half of the width on 120 columns: two such panes that follow each other stand
    side by side."""
    keys: tuple[str, ...] = ()
    """What enter opens on each of the lines; "" = nothing, and no keys = no line can be opened."""


@dataclass(frozen=True, slots=True)
class Look:
    """How and for when it is shown."""

    now_ms: int
    """By the clock of Redis, carried on by our own while it is away."""
    is_wide: bool = True
    """Whether there are 120 columns."""
    width: int = 120
    height: int = 40
    signs: Signs = field(default_factory=Signs)
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """How one screen's list is made out of a look; the screens are declared with this."""

    title: str
    columns: tuple[Column, ...]
    sort: str
    """The column that it is sorted by at first; `-idle` = the largest first; "" = as it comes."""
    rows: Callable[[Seen, Look], tuple[Row, ...]]
    panes: Callable[[Seen, Look, str | None], tuple[Pane, ...]]
    """Those beside the list, given the key of the row under the cursor."""
    detail: Callable[[Seen, Look, str], tuple[Pane, ...]]
    """All that is known of the row of this key, for a whole screen."""
    empty: Callable[[Seen, Look], str]
    """Why there is nothing, and what to do."""
    summary: Callable[[Seen, Look], str]
    """At the right end of the list's upper border."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What can be filtered by beside columns: name to what it is, for the errors that teach."""
    measures: Mapping[str, Measure] = field(default_factory=dict)
    """Of these fields; the others are texts."""
    leads_to: View | None = None
    """The screen that has what can be opened in the detail; None: it is of this list, too."""

    def all_fields(self) -> dict[str, str]:
        """What a filter can name: columns and fields, each with what it is."""
        return {**{one.name.lower(): one.name.lower() for one in self.columns}, **self.fields}

    def all_measures(self) -> dict[str, Measure]:
        """Of each of these, what its values are."""
        columns = {one.name.lower(): one.measure for one in self.columns}
        return {**dict.fromkeys(self.fields, Measure.TEXT), **columns, **self.measures}
