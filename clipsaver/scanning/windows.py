"""How to read many single messages with the fewest requests.

A page of history costs one request, as a single message does, and brings up to 99 more. So while
two or more messages are wanted the newest of them is read as the top of a page: whatever of the
others lies within the next 99 messages comes along, and no choice of pages needs fewer (each page
can hold only one of the tops, which lie a whole page apart; that is the greedy covering of points
by intervals of one length). It needs no guess of how busy the channel is.

A message that is missing on its page is gone where a message that is there lies on both sides.
Otherwise it is doubtful: a page around it shows both sides if there are some, and as a last
resort it is asked for alone, which 404/10008 answers for good.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clipsaver.ranges import Range, RangeSet
from clipsaver.scanning.plan import between


class Look(enum.Enum):
    """How a message is asked for."""

    BELOW = "below"
    """A page whose first message should be it."""
    AROUND = "around"
    """A page with it in the middle."""
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Ask:
    """The next request."""

    look: Look
    message_id: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer tells of the messages that are wanted."""

    there: frozenset[int]
    gone: frozenset[int]

    @property
    def settled(self) -> RangeSet:
        """Those that need not be asked for again."""
        return as_ranges(self.there | self.gone)


def as_ranges(message_ids: Iterable[int]) -> RangeSet:
    """Single ids as `runs.remaining` keeps them."""
    return RangeSet(Range(one, one + 1) for one in message_ids)


def as_ids(single: RangeSet) -> list[int]:
    """The ids of a set that holds single ids only, in ascending order."""
    return [one for r in single for one in range(r.lower, r.upper or r.lower)]


@dataclass(slots=True)
class Windows:
    """The messages that are still wanted, and what is known of their surroundings."""

    left: set[int]
    _doubtful: set[int] = field(default_factory=set)
    _page_top: int | None = None
    """The newest message of the last page, on which messages above it were missing."""
    _lowest_there: int | None = None
    """The lowest message that is known to be there, of those that were read so far."""

    def next_ask(self) -> Ask | None:
        """The next request; None when all messages are settled."""
        if not self.left:
            return None
        if self._doubtful:
            above = [one for one in self._doubtful if self._page_top and one > self._page_top]
            look = Look.AROUND if len(above) > 1 else Look.ALONE
            return Ask(look, max(self._doubtful))
        look = Look.ALONE if len(self.left) == 1 else Look.BELOW
        return Ask(look, max(self.left))

    def answer(
        self, ask: Ask, ids: Sequence[int], *, is_full: bool, old_enough: RangeSet
    ) -> Answered:
        """Takes in the messages that came, in any order; none to a message that is gone.

        One that is not `old_enough` (`plan.settled`) may be missing on a page and appear yet.
        """
        there = self.left & set(ids)
        match ask.look:
            case Look.ALONE:
                gone = {ask.message_id} - there
            case Look.AROUND:
                gone = self._missing_in(between(ids) & old_enough) - there
                self._page_top = None  # looking once more would show the same
            case Look.BELOW:
                gone = self._read_below(ids, is_full=is_full, old_enough=old_enough)
        self.left -= there | gone
        self._doubtful -= there | gone
        return Answered(frozenset(there), frozenset(gone))

    def _read_below(self, ids: Sequence[int], *, is_full: bool, old_enough: RangeSet) -> set[int]:
        """What a page proves to be gone that starts at the newest message wanted."""
        # Nothing is wanted between that and what was read before, so they are neighbours here.
        sides = [*ids, self._lowest_there] if ids and self._lowest_there else ids
        gone = self._missing_in(between(sides) & old_enough) - set(ids)
        reached = min(ids) if ids and is_full else 0
        self._doubtful = {one for one in self.left - gone - set(ids) if one >= reached}
        if ids:
            self._page_top, self._lowest_there = max(ids), min(ids)
        return gone

    def _missing_in(self, proven: RangeSet) -> set[int]:
        return {one for one in self.left if one in proven}
