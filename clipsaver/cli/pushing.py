"""Puts jobs on the stream and, where asked, follows them to their end."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from clipsaver.cli.following import facts_of, follow
from clipsaver.config import Config
from clipsaver.errors import ExitCode
from clipsaver.jobs import AnyJob, channel_of, job_type
from clipsaver.queue import produce
from clipsaver.queue.link import Link
from clipsaver.queue.produce import JobStatus
from clipsaver.worker.stores import open_addresses, open_link

_MOST_BARS = 20


async def push_and_follow(config: Config, jobs: Sequence[AnyJob], wait: bool) -> int:  # noqa: FBT001
    """Pushes the jobs; prints a run id for each, which is data and goes to stdout."""
    async with (
        open_addresses(config, database=False) as addresses,
        open_link(config, addresses.redis_url) as link,
    ):
        entry_ids = await produce.push(link, jobs)
        run_ids = [produce.run_id_of(link, entry_id) for entry_id in entry_ids]
        sys.stdout.write("".join(f"{run_id}\n" for run_id in run_ids))
        sys.stdout.flush()
        if not wait:
            _say_what_next(config, len(jobs))
            return ExitCode.DONE
        return await _follow(link, dict(zip(run_ids, jobs, strict=True)))


def _say_what_next(config: Config, count: int) -> None:
    jobs = "1 job is" if count == 1 else f"{count:,} jobs are"
    sys.stderr.write(f"{jobs} on the stream {config.redis.stream}; a worker: clipsaver run\n")


async def _follow(link: Link, jobs: Mapping[str, AnyJob]) -> int:
    """A line for each job until all are over. Exit 1 if one did not end well."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[facts]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        all_is_well = await follow(link, jobs, _Bars(bars, jobs))
    return ExitCode.DONE if all_is_well else ExitCode.JOB_FAILED


class _Bars:
    """A bar for each job; those of as many are shown as fit onto a screen."""

    def __init__(self, bars: Progress, jobs: Mapping[str, AnyJob]) -> None:
        self._bars = bars
        self._titles = {run_id: _title(job) for run_id, job in jobs.items()}
        self._ids: dict[str, TaskID] = {}
        for run_id, title in self._titles.items():
            has_room = len(self._ids) < _MOST_BARS
            self._ids[run_id] = bars.add_task(
                title, total=1.0, facts="waits for a worker", visible=has_room
            )

    def moved(self, run_id: str, status: JobStatus) -> None:
        self._bars.update(self._ids[run_id], completed=status.share or 0.0, facts=facts_of(status))

    def ended(self, run_id: str, status: JobStatus) -> None:
        bar = self._ids[run_id]
        if bar >= _MOST_BARS or self._bars.disable:  # their ids count from 0
            self.say(f"{self._titles[run_id]}: {facts_of(status)}")
        self._bars.update(bar, completed=1.0, facts=facts_of(status))

    def looked(self) -> None:
        """The bars draw themselves."""

    def say(self, line: str) -> None:
        """A line above the bars, or alone where there are none."""
        if self._bars.disable:
            sys.stderr.write(f"{line}\n")
        else:
            self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)


def _title(job: AnyJob) -> str:
    channel = channel_of(job)
    return job_type(job) if channel is None else f"{job_type(job)} {channel}"
