"""What one page of a scan changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clipsaver.ranges import RangeSet
from clipsaver.records.clips import Author, Clip, Departure, Message


@dataclass(frozen=True, slots=True)
class PageResult:
    """All that one page of a scan changes, committed in one transaction or not at all."""

    run_id: str
    fence: int
    page_number: int
    """1 for the run's first page. A page that was committed already changes nothing again."""
    guild_id: int
    channel_id: int
    epoch: int
    settings_hash: str
    read: RangeSet
    """Ids that this run need not read any more; taken off `runs.remaining`."""
    covered: RangeSet
    """Ids that are now known to be read; added to `scan_coverage`."""
    read_at: datetime
    """When Discord was asked. What was found to be deleted later than that stays deleted."""
    messages_read: int
    requests: int
    """Requests made for this page, retries included."""
    clips: tuple[Clip, ...] = ()
    messages: tuple[Message, ...] = ()
    authors: tuple[Author, ...] = ()
    departures: tuple[Departure, ...] = ()
    """Marked deleted, where they belong to the page's channel and are not deleted yet."""
    replaces: bool = False
    """Whether `covered` is taken off what was read under other settings: the last word counts."""
    by_search: bool = False
    """Found by Discord's search, whose index is late: what was deleted stays deleted."""
    search_left: str | None = None
    """Where the run's search goes on, kept in `runs.search_left`; None leaves that as it is."""

    def __post_init__(self) -> None:
        if self.by_search:
            if self.read or self.covered or self.departures or self.replaces:
                raise ValueError("what search shows proves nothing to be read or gone")
        elif self.search_left is not None:
            raise ValueError("only a page of a search says where the search goes on")


@dataclass(frozen=True, slots=True)
class PageChanges:
    """What a committed page changed among the clips."""

    added: int = 0
    """Clips that were not known before."""
    restored: int = 0
    """Clips that had been marked deleted."""
    deleted: int = 0
    by_search: int = 0
    """Of those added, the ones that search showed first."""

    def __add__(self, other: PageChanges) -> PageChanges:
        return PageChanges(
            self.added + other.added,
            self.restored + other.restored,
            self.deleted + other.deleted,
            self.by_search + other.by_search,
        )
