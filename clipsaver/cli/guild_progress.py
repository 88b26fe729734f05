"""The scans of a guild together: one line on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import trio
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from clipsaver.cli.following import facts_of, follow
from clipsaver.cli.guild_report import place_of
from clipsaver.cli.pace import Pace, Part, in_words, total_of
from clipsaver.queue.link import Link
from clipsaver.queue.produce import JobState, JobStatus
from clipsaver.scanning.guild import Finding

_LINE_EVERY_S = 10.0


async def follow_scans(link: Link, scans: Mapping[str, Finding]) -> Scans:
    """Shows the scans of these runs until all are over; returns what became of them."""
    console = Console(stderr=True)
    columns = (
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[facts]}", markup=False),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        view = Scans(bar, scans)
        await follow(link, scans, view)
    return view


class Scans:
    """What is known of all of them, and the line that shows it."""

    def __init__(self, bar: Progress, scans: Mapping[str, Finding]) -> None:
        self._bar = bar
        self._line = bar.add_task("", total=1.0, facts="waits for a worker")
        self._places = {run_id: place_of(finding) for run_id, finding in scans.items()}
        self._parts = {run_id: Part(told=one.found.messages) for run_id, one in scans.items()}
        self._latest: dict[str, JobStatus] = {}
        self._pace = Pace()
        self._told_at = trio.current_time()
        self._told = ""
        self.failures: dict[str, str] = {}
        """Of those that did not end well: the place and why."""

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

    def moved(self, run_id: str, status: JobStatus) -> None:
        self._note(run_id, status, is_over=False)

    def ended(self, run_id: str, status: JobStatus) -> None:
        self._note(run_id, status, is_over=True)
        if status.state is not JobState.DONE:
            self.failures[self._places[run_id]] = facts_of(status)
            self.say(f"{self._places[run_id]}: {facts_of(status)}")

    def _note(self, run_id: str, status: JobStatus, *, is_over: bool) -> None:
        self._latest[run_id] = status
        told = self._parts[run_id].told
        self._parts[run_id] = Part(status.messages, status.share, told, is_over)

    def looked(self) -> None:
        """Shows how far all are."""
        now = trio.current_time()
        self._pace.note(now, self.messages)
        total = total_of(self._parts.values())
        share = min(1.0, self.messages / total) if total else self.done / len(self._parts)
        self._bar.update(self._line, completed=share, facts=self.in_words())
        is_news = self.in_words() != self._told and now >= self._told_at + _LINE_EVERY_S
        if self._bar.disable and (is_news or self.done == len(self._parts)):
            self._told, self._told_at = self.in_words(), now
            self.say(f"{share:.0%}  {self._told}")

    def in_words(self) -> str:
        """`3 of 21 done, 42 pages, 4,200 messages, 17 clips, 2 min left`."""
        words = (
            f"{self.done:,} of {len(self._parts):,} done, {self.pages:,} pages, "
            f"{self.messages:,} messages, {self.clips:,} clips"
        )
        total = total_of(self._parts.values())
        left_s = None if total is None else self._pace.left_s(max(0.0, total - self.messages))
        is_over = self.done == len(self._parts)
        return words if is_over or left_s is None else f"{words}, {in_words(left_s)} left"

    def say(self, line: str) -> None:
        """A line above the bar, or alone where there is none."""
        if self._bar.disable:
            sys.stderr.write(f"{line}\n")
        else:
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
