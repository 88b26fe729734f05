"""Pages that wait to be committed, and which of them share a transaction."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from clipsaver.errors import ClipsaverError
from clipsaver.records import PageChanges, PageResult

MAX_GROUP_PAGES = 64
MAX_GROUP_ROWS = 2_000
"""A page with 100 clips of 100 authors has 300 rows."""


class Ticket:
    """A page on its way into the database, and what became of it."""

    __slots__ = ("fate", "is_wanted", "page", "parts", "rows", "settled")

    def __init__(self, parts: Sequence[PageResult]) -> None:
        self.parts = parts
        """More than one only of a search."""
        self.page = parts[0]
        self.rows = sum(
            len(part.clips) + len(part.messages) + len(part.authors) + len(part.departures)
            for part in parts
        )
        self.settled = trio.Event()
        self.fate: PageChanges | ClipsaverError = PageChanges()
        self.is_wanted = True

    def settle(self, fate: PageChanges | ClipsaverError) -> None:
        """Whoever waits for it goes on."""
        self.fate = fate
        self.settled.set()


class Group:
    """Pages for one transaction."""

    def __init__(self) -> None:
        self.tickets: list[Ticket] = []
        self._is_search = False
        self._rows = 0
        self._runs: set[str] = set()
        self._channels: dict[int, bool] = {}
        """Whether its page has to be the only one of the channel."""

    def take(self, ticket: Ticket) -> bool:
        """Takes the page unless it has to come later: after its run's page before it, or apart.

        What deletes clips or replaces coverage may not meet what writes the same rows. A page of a
        search has a statement, and so a group, of its own.
        """
        page = ticket.page
        if self._is_search or (page.by_search and self.tickets):
            return False
        self._is_search = page.by_search
        is_apart = bool(page.departures) or page.replaces
        other = self._channels.get(page.channel_id)
        if page.run_id in self._runs or other or (other is not None and is_apart):
            return False
        self._channels[page.channel_id] = is_apart
        self._runs.add(page.run_id)
        self._rows += ticket.rows
        self.tickets.append(ticket)
        return True

    @property
    def is_full(self) -> bool:
        return (
            self._is_search or len(self.tickets) >= MAX_GROUP_PAGES or self._rows >= MAX_GROUP_ROWS
        )
