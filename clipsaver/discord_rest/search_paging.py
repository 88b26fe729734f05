"""Where the next page of a search begins, and when there is none. Pure.

Discord pages hits by `offset`, but no further than 9,975, and may leave hits out of a page that it
has not looked at for long, even all of them. How many there are in all it tells inexactly. So:

- a page that is short, or even empty, ends nothing while Discord says that more follow;
- at an empty page and behind the last offset, it goes on before the oldest message that was found,
  where `total` is what is left: the end is where it says none and shows none;
- each such step goes further back than the one before, and between two of them at most
  `MOST_EMPTY` pages in a row are empty, so that there is an end whatever Discord says.

What is posted meanwhile pushes hits down, onto two pages. `max_id` must not be set in between to
keep that from happening: hits above it that Discord left out would not be counted any more, and
the offset would go past as many.

Sources: Discord's documentation, "Search Guild Messages"; for paging by `max_id` Discord
Userdoccers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

MOST_PER_PAGE = 25
LAST_OFFSET = 9_975
MOST_EMPTY = 20
"""Pages in a row that may be empty although Discord says that more follow."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: so many hits behind the newest that are older than `max_id`."""

    max_id: int | None = None
    """None = the newest of all."""
    offset: int = 0
    lowest: int | None = None
    """The oldest message that was found so far."""
    empty: int = 0
    """Pages without a hit that came last."""

    def following(self, ids: Sequence[int], total: int) -> Place | None:
        """The next one, after a page of these messages here; None = this was the last.

        `total` is what Discord says of all hits that are older than `max_id`.
        """
        if ids:
            lowest = min(ids) if self.lowest is None else min(self.lowest, *ids)
            here = replace(self, lowest=lowest, empty=0)
            return _by_offset(here) or _further_back(here)
        if back := _further_back(self):
            return back
        if total <= self.offset or self.empty + 1 >= MOST_EMPTY:
            return None
        return _by_offset(replace(self, empty=self.empty + 1))


def _by_offset(here: Place) -> Place | None:
    offset = here.offset + MOST_PER_PAGE
    return replace(here, offset=offset) if offset <= LAST_OFFSET else None


def _further_back(here: Place) -> Place | None:
    if here.lowest is None or (here.max_id is not None and here.lowest >= here.max_id):
        return None
    return Place(max_id=here.lowest, lowest=here.lowest)
