"""What came of the attempts at thumbnails, counted. Does no I/O."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from clipsaver.records import ThumbnailState
from clipsaver.thumbnails.ladder import Source
from clipsaver.thumbnails.making import Made

NO_SOURCE = "none"
"""In place of one, where an attempt ended before any was tried."""


@dataclass(frozen=True, slots=True)
class ThumbnailStatistics:
    """A snapshot for the heartbeat, metrics and tests."""

    making: int
    """Now; at most `thumbnails.concurrency`."""
    waiting: int
    """Claimed, and not being made yet."""
    made: int
    """Since the worker's start, as those below."""
    missed: dict[str, int]
    """Attempts without a picture, by reason."""
    by_source: dict[str, dict[str, int]]
    """Recorded attempts: source, or the last that was tried -> `thumbnail_state` -> count."""
    requests: int
    """To the CDN and the media proxy, for those made."""
    bytes_read: int
    bytes_saved: int
    """By not reading the whole of the files of those made, as far as their sizes are known."""
    answers: dict[str, int]
    """Of the CDN and the media proxy to all attempts, by HTTP status."""
    bytes_fetched: int
    """From both, for all attempts."""


@dataclass(slots=True)
class Tally:
    """Of one worker, since its start."""

    made: int = 0
    requests: int = 0
    bytes_read: int = 0
    bytes_saved: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    by_source: dict[str, Counter[str]] = field(default_factory=dict)

    def is_made(self, made: Made, *, size_bytes: int | None) -> None:
        """There is a picture; `size_bytes` is the clip's, as its message said."""
        self.made += 1
        self.requests += made.requests
        self.bytes_read += made.bytes_read
        self.bytes_saved += max(0, (size_bytes or 0) - made.bytes_read)
        self.is_recorded(made.source, ThumbnailState.READY)

    def is_recorded(self, source: Source | None, state: ThumbnailState) -> None:
        """An attempt has left its clip in this state."""
        named = source.value if source else NO_SOURCE
        self.by_source.setdefault(named, Counter())[state.value] += 1
