"""Puts jobs on the stream and, where asked, follows them to their end."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import trio
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from clipsaver.config import Config
from clipsaver.errors import ExitCode, RedisUnavailable
from clipsaver.jobs import AnyJob, channel_of, job_type
from clipsaver.queue import produce
from clipsaver.queue.link import Link
from clipsaver.queue.produce import JobState, JobStatus
from clipsaver.terminal_text import printable
from clipsaver.worker.stores import open_addresses, open_link

_LOOK_EVERY_S = 0.25
_NO_WORKER_AFTER_S = 5.0
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
        follower = _Follower(link, bars)
        for run_id, job in jobs.items():
            follower.add(run_id, job)
        await follower.run()
    return ExitCode.DONE if follower.all_is_well else ExitCode.JOB_FAILED


class _Follower:
    """Asks for all jobs in turn, so that ten thousand of them are no burden for the server."""

    def __init__(self, link: Link, bars: Progress) -> None:
        self._link = link
        self._bars = bars
        self._left: dict[TaskID, str] = {}
        """The run that does the job's work, for each job that is not over."""
        self._titles: dict[TaskID, str] = {}
        self._has_begun = self._is_away = False
        self.all_is_well = True

    def add(self, run_id: str, job: AnyJob) -> None:
        """The bars of as many jobs are shown as fit onto a screen."""
        channel = channel_of(job)
        title = job_type(job) if channel is None else f"{job_type(job)} {channel}"
        has_room = len(self._left) < _MOST_BARS
        bar = self._bars.add_task(title, total=1.0, facts="waits for a worker", visible=has_room)
        self._left[bar], self._titles[bar] = run_id, title

    async def run(self) -> None:
        """Returns when all are over. A Redis that goes away meanwhile is waited for."""
        hint_at = trio.current_time() + _NO_WORKER_AFTER_S
        while True:
            try:
                for bar in list(self._left):
                    await self._look(bar)
                self._is_away = False
            except RedisUnavailable as error:
                if not self._is_away:
                    self._say(f"the jobs go on; waiting for their stream: {error}")
                self._is_away = True
            if not self._left:
                return
            if not self._has_begun and trio.current_time() > hint_at:
                self._say("no worker has taken a job yet; start one: clipsaver run")
                self._has_begun = True
            await trio.sleep(_LOOK_EVERY_S)

    async def _look(self, bar: TaskID) -> None:
        status = await produce.job_status(self._link, self._left[bar])
        if status is None:
            return
        self._has_begun = True
        if status.joined is not None:
            self._left[bar] = status.joined  # another run does the same job
        elif not status.state.is_over:
            self._bars.update(bar, completed=status.share or 0.0, facts=_facts(status))
        else:
            self._end(bar, status)

    def _end(self, bar: TaskID, status: JobStatus) -> None:
        del self._left[bar]
        self.all_is_well &= status.state is JobState.DONE
        if bar >= _MOST_BARS or self._bars.disable:  # their ids count from 0
            self._say(f"{self._titles[bar]}: {_facts(status)}")
        self._bars.update(bar, completed=1.0, facts=_facts(status))

    def _say(self, line: str) -> None:
        """A line above the bars, or alone where there are none."""
        if self._bars.disable:
            sys.stderr.write(f"{line}\n")
        else:
            self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)


def _facts(status: JobStatus) -> str:
    """What a person wants to know of a job now."""
    counts = f"{status.messages:,} messages, {status.clips:,} clips"
    for count, what in ((status.restored, "back"), (status.deleted, "deleted")):
        counts += f", {count:,} {what}" if count else ""
    match status.state:
        case JobState.DONE:
            return counts
        case JobState.DEAD:
            return f"dead letter: {status.reason}: {printable(status.error or '')}"
        case JobState.RETRY:
            return f"{counts}; tried again soon: {printable(status.error or '')}"
        case JobState.CANCELLED | JobState.GONE:
            return f"{counts}; {status.state.value}"
        case _:
            why = f"; waits: {printable(status.waits_for)}" if status.waits_for else ""
            return f"{counts}{why}"
