"""The scans of a guild together: one line on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

import trio
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from clipsaver.cli.following import facts_of, follow
from clipsaver.cli.guild_report import place_of
from clipsaver.cli.pace import Pace, Part, in_words, total_of
from clipsaver.errors import SearchDenied
from clipsaver.queue.link import Link
from clipsaver.queue.produce import JobState, JobStatus
from clipsaver.scanning.guild import Finding
from clipsaver.terminal_text import printable

_LINE_EVERY_S = 10.0


async def follow_scans(
    link: Link, scans: Mapping[str, Finding], search: str | None = None
) -> Scans:
    """Shows the scans of these runs until all are over; returns what became of them.

    `search` is the run that searches the guild before they are read, where one does.
    """
    console = Console(stderr=True)
    columns = (
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[facts]}", markup=False),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        view = Scans(bar, scans, search)
        await follow(link, [*([search] if search else []), *scans], view)
    return view


@dataclass(slots=True)
class Search:
    """The run that searches, and how long it took as one looks at it."""

    run_id: str
    clips: int = 0
    """That were not known before."""
    share: float = 0.0
    is_over: bool = False
    seconds: float | None = None
    """From when it was seen to run to its end; None before, and where nobody saw it run."""
    _began_at: float | None = None

    def note(self, now: float, status: JobStatus, *, is_over: bool) -> None:
        """It is so far at this time."""
        self.clips, self.share, self.is_over = status.by_search, status.share or 0.0, is_over
        if self._began_at is None and status.state is JobState.RUNNING:
            self._began_at = now
        if is_over and self._began_at is not None:
            self.seconds = now - self._began_at

    @property
    def took(self) -> str:
        """` in 21 s`, or ` so far`."""
        if not self.is_over:
            return " so far"
        return "" if self.seconds is None else f" in {max(1, round(self.seconds)):,} s"


class Scans:
    """What is known of all of them, and the line that shows it."""

    def __init__(
        self, bar: Progress, scans: Mapping[str, Finding], search: str | None = None
    ) -> None:
        self._bar = bar
        self._line = bar.add_task("", total=1.0, facts="waits for a worker")
        self._places = {run_id: place_of(finding) for run_id, finding in scans.items()}
        self._parts = {run_id: Part(told=one.found.messages) for run_id, one in scans.items()}
        self._latest: dict[str, JobStatus] = {}
        self._pace = Pace()
        self._told_at = trio.current_time()
        self._told = ""
        self.search = None if search is None else Search(search)
        self.failures: dict[str, str] = {}
        """Of those that did not end well: the place and why."""
        self._denied = 0

    @property
    def done(self) -> int:
        """Scans that are over."""
        return sum(part.is_over for part in self._parts.values())

    @property
    def messages(self) -> int:
        """Read by all of them."""
        return sum(status.messages for status in self._latest.values())

    @property
    def clips(self) -> int:
        """Found by all of them."""
        return sum(status.clips for status in self._latest.values())

    @property
    def pages(self) -> int:
        """Read by all of them."""
        return sum(status.pages for status in self._latest.values())

    @property
    def by_search(self) -> int:
        """Clips that were not known before and that search showed first."""
        found = sum(status.by_search for status in self._latest.values())
        return found + (self.search.clips if self.search else 0)

    @property
    def by_history(self) -> int:
        """Clips that were not known before and that came with history."""
        return sum(status.added - status.by_search for status in self._latest.values())

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to follow."""
        is_searched = self.search is None or self.search.is_over
        return is_searched and self.done == len(self._parts)

    @property
    def is_denied(self) -> bool:
        """Whether Discord let none of them search, and they were to do nothing else."""
        return 0 < self._denied == len(self._parts) + (self.search is not None)

    def moved(self, run_id: str, status: JobStatus) -> None:
        self._note(run_id, status, is_over=False)

    def ended(self, run_id: str, status: JobStatus) -> None:
        self._note(run_id, status, is_over=True)
        place = self._places.get(run_id, "search")
        if not status.is_well:
            self.failures[place] = facts_of(status)
            self.say(f"{place}: {facts_of(status)}")
        elif status.note:
            self._denied += status.note.startswith(SearchDenied.reason)
            self.say(f"{place}: {printable(status.note)}")

    def _note(self, run_id: str, status: JobStatus, *, is_over: bool) -> None:
        if self.search is not None and run_id == self.search.run_id:
            self.search.note(trio.current_time(), status, is_over=is_over)
            return
        self._latest[run_id] = status
        told = self._parts[run_id].told
        self._parts[run_id] = Part(status.messages, status.share, told, is_over)

    @property
    def _share(self) -> float:
        if not self._parts:
            return 1.0 if self.search is None or self.search.is_over else self.search.share
        total = total_of(self._parts.values())
        return min(1.0, self.messages / total) if total else self.done / len(self._parts)

    def looked(self) -> None:
        """Shows how far all are."""
        now, share = trio.current_time(), self._share
        self._pace.note(now, self.messages)
        self._bar.update(self._line, completed=share, facts=self.in_words())
        is_news = self.in_words() != self._told and now >= self._told_at + _LINE_EVERY_S
        if self._bar.disable and (is_news or self.is_over):
            self._told, self._told_at = self.in_words(), now
            self.say(f"{share:.0%}  {self._told}")

    def in_words(self) -> str:
        """`3 of 21 done, 42 pages, 4,200 messages, 17 clips, 2 min left`."""
        parts = []
        if self._parts:
            parts += [
                f"{self.done:,} of {len(self._parts):,} done",
                f"{self.pages:,} pages",
                f"{self.messages:,} messages",
            ]
        parts.append(self._clips_in_words())
        total = total_of(self._parts.values())
        left_s = None if total is None else self._pace.left_s(max(0.0, total - self.messages))
        if self.done < len(self._parts) and left_s is not None:
            parts.append(f"{in_words(left_s)} left")
        return ", ".join(parts)

    def _clips_in_words(self) -> str:
        """`search found 9,800 clips in 21 s, history 200 more`."""
        if self.search is None and not self.by_search:
            return f"{self.clips:,} clips"
        words = f"search found {self.by_search:,} clips{self.search.took if self.search else ''}"
        return f"{words}, history {self.by_history:,} more" if self._parts else words

    def say(self, line: str) -> None:
        """A line above the bar, or alone where there is none."""
        if self._bar.disable:
            sys.stderr.write(f"{line}\n")
        else:
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
