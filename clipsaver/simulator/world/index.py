"""An index of messages: which are like what, in the order of their ids, in little memory."""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from clipsaver.simulator.writing.traits import Traits, Wanted

T = TypeVar("T")
_REMEMBERED = 8
"""Questions whose answers are kept: pages of one search come one after the other."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Messages that were found, oldest first."""

    message_ids: array[int]
    channel_ids: array[int]

    def between(self, above: int | None, below: int | None) -> range:
        """The places of the hits whose ids are above the one and below the other."""
        start = 0 if above is None else bisect.bisect_right(self.message_ids, above)
        stop = len(self.message_ids)
        if below is not None:
            stop = bisect.bisect_left(self.message_ids, below)
        return range(start, max(start, stop))


class Index:
    """Some messages of a guild: 16 bytes each."""

    def __init__(self, rows: Iterable[tuple[int, int, Traits]] = ()) -> None:
        """`rows` are ids of messages, of their channels, and traits, in any order."""
        self._channels: _Numbers[int] = _Numbers()
        self._traits: _Numbers[Traits] = _Numbers()
        ids, places, kinds = array("Q"), array("I"), array("I")
        for message_id, channel_id, traits in rows:
            ids.append(message_id)
            places.append(self._channels.number(channel_id))
            kinds.append(self._traits.number(traits))
        order = sorted(range(len(ids)), key=ids.__getitem__)
        self._ids = array("Q", (ids[at] for at in order))
        self._channel_numbers = array("I", (places[at] for at in order))
        self._trait_numbers = array("I", (kinds[at] for at in order))
        self._answers: dict[tuple[Wanted, frozenset[int]], Hits] = {}

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def size_bytes(self) -> int:
        """What its rows take."""
        rows = (self._ids, self._channel_numbers, self._trait_numbers)
        return sum(len(row) * row.itemsize for row in rows)

    def put(self, message_id: int, channel_id: int, traits: Traits) -> None:
        """Adds a message, or says what it is like now."""
        self.drop(message_id)
        at = bisect.bisect_left(self._ids, message_id)
        self._ids.insert(at, message_id)
        self._channel_numbers.insert(at, self._channels.number(channel_id))
        self._trait_numbers.insert(at, self._traits.number(traits))
        self._forget_answers(traits)

    def drop(self, message_id: int) -> None:
        """Forgets a message, if it is there."""
        at = bisect.bisect_left(self._ids, message_id)
        if at < len(self._ids) and self._ids[at] == message_id:
            self._forget_answers(self._traits[self._trait_numbers[at]])
            for row in (self._ids, self._channel_numbers, self._trait_numbers):
                del row[at]

    def find(self, wanted: Wanted, channel_ids: frozenset[int]) -> Hits:
        """The messages of these channels that are like that."""
        question = (wanted, channel_ids)
        if (known := self._answers.get(question)) is not None:
            return known
        fitting = {number for number, traits in self._traits if wanted.fits(traits)}
        inside = {number for number, channel_id in self._channels if channel_id in channel_ids}
        numbered = zip(self._trait_numbers, self._channel_numbers, strict=True)
        places = [
            place
            for place, (kind, channel) in enumerate(numbered)
            if kind in fitting and channel in inside
        ]
        hits = Hits(
            array("Q", (self._ids[place] for place in places)),
            array("Q", (self._channels[self._channel_numbers[place]] for place in places)),
        )
        if len(self._answers) >= _REMEMBERED:
            del self._answers[next(iter(self._answers))]
        self._answers[question] = hits
        return hits

    def _forget_answers(self, traits: Traits) -> None:
        """Those that a message like this is in, or would be."""
        for question in [one for one in self._answers if one[0].fits(traits)]:
            del self._answers[question]


class _Numbers(Generic[T]):
    """Values by small numbers, each value once."""

    def __init__(self) -> None:
        self._values: list[T] = []
        self._numbers: dict[T, int] = {}

    def __iter__(self) -> Iterator[tuple[int, T]]:
        return iter(enumerate(self._values))

    def __getitem__(self, number: int) -> T:
        return self._values[number]

    def number(self, value: T) -> int:
        """The value's number; a new one gets the next."""
        number = self._numbers.setdefault(value, len(self._values))
        if number == len(self._values):
            self._values.append(value)
        return number
