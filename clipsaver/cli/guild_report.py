"""What a survey of a guild found, for a person and for a script. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from clipsaver.scanning.guild import Finding
from clipsaver.scanning.guild_map import Unreadable, by_reason
from clipsaver.scanning.guild_plan import News
from clipsaver.terminal_text import printable

_MOST_NAMED = 8
"""Channels that are named for each reason; all of them are in the JSON."""
_MOST_FAILURES = 20

_WORDS = {
    News.NEW: ("has something new", "have something new"),
    News.UNDERWAY: ("is being read already", "are being read already"),
    News.QUEUED: ("is already queued", "are already queued"),
    News.READ: ("has nothing new", "have nothing new"),
    News.EMPTY: ("is empty", "are empty"),
    News.PURGED: ("was purged, and is left out", "were purged, and are left out"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, and which runs do something about it."""

    guild_id: int
    name: str
    findings: Sequence[Finding]
    unreadable: Sequence[Unreadable]
    requests: int
    search: str | None = None
    """The run that searches the guild before the channels are read, where one does."""
    is_listed: bool = True
    """False where the guild is only searched, and nobody looked for its channels."""

    @property
    def closed(self) -> int:
        """Channels and threads that may not be read at all."""
        return sum(not one.part for one in self.unreadable)

    def lines(self) -> Iterator[str]:
        """For a person, safe to print."""
        title = f"{printable(self.name)} ({self.guild_id})"
        if not self.is_listed:
            yield f"{title}: only searched: 1 job queued"
            return
        closed = self.closed
        total = len(self.findings) + closed
        hidden = f", {closed:,} may not be read" if closed else ""
        yield (f"{title}: {_of(total, 'channel or thread', 'channels and threads')}{hidden}")
        if self.search is not None:
            yield "  searched first: 1 job queued"
        counts = Counter(finding.news for finding in self.findings)
        width = max((len(f"{count:,}") for count in counts.values()), default=1)
        for news, words in _WORDS.items():
            if count := counts[news]:
                queued = f": {_of(count, 'job', 'jobs')} queued" if news is News.NEW else ""
                yield f"  {count:>{width},} {words[count != 1]}{queued}"
        for (part, why), places in by_reason(self.unreadable).items():
            names = ", ".join(printable(one.place) for one in places[:_MOST_NAMED])
            more = len(places) - _MOST_NAMED
            names += f" and {more:,} more" if more > 0 else ""
            yield f"  {why}: {f'{part} of ' if part else ''}{names}"

    def as_json(self) -> dict[str, Any]:
        """For a script; ids are strings, as everywhere."""
        return {
            "guild": {"id": str(self.guild_id), "name": self.name},
            "channels": [_channel_json(finding) for finding in self.findings],
            "unreadable": [
                {
                    "id": str(one.channel_id),
                    "name": one.name,
                    "part": one.part or None,
                    "why": one.why,
                }
                for one in self.unreadable
            ],
            "search": self.search and {"run_id": self.search},
            "requests": self.requests,
        }


def failures_in_words(failures: dict[str, str]) -> Iterator[str]:
    """Jobs that did not end well, by the places that they were about."""
    for place, why in list(failures.items())[:_MOST_FAILURES]:
        yield f"{printable(place)}: {why}"
    if (more := len(failures) - _MOST_FAILURES) > 0:
        yield f"and {more:,} more"


def place_of(finding: Finding) -> str:
    """The channel as a person knows it; a stranger's text."""
    channel = finding.found.channel
    return f"#{channel.name}" if channel.name else f"channel {channel.channel_id}"


def _channel_json(finding: Finding) -> dict[str, Any]:
    channel = finding.found.channel
    return {
        "id": str(channel.channel_id),
        "name": channel.name,
        "type": channel.type,
        "parent_id": None if channel.parent_id is None else str(channel.parent_id),
        "state": finding.news.value,
        "run_id": finding.run_id,
    }


def _of(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
