"""Puts jobs on the stream and, where asked, follows them to their end."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import trio
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from clipsaver.config import Config
from clipsaver.errors import ExitCode
from clipsaver.jobs import AnyJob, channel_of, job_type
from clipsaver.queue import produce
from clipsaver.queue.link import Link
from clipsaver.queue.produce import JobState, JobStatus
from clipsaver.terminal_text import printable
from clipsaver.worker.stores import open_addresses, open_link

_LOOK_EVERY_S = 0.25
_NO_WORKER_AFTER_S = 5.0


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


async def _follow(link: Link, jobs: dict[str, AnyJob]) -> int:
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
        ends: list[bool] = []

        async def follow(run_id: str, job: AnyJob) -> None:
            ends.append(await _follow_one(link, run_id, job, bars))

        async with trio.open_nursery() as nursery:
            for run_id, job in jobs.items():
                nursery.start_soon(follow, run_id, job)
    return ExitCode.DONE if all(ends) else ExitCode.JOB_FAILED


async def _follow_one(link: Link, run_id: str, job: AnyJob, bars: Progress) -> bool:
    channel = channel_of(job)
    title = job_type(job) if channel is None else f"{job_type(job)} {channel}"
    bar = bars.add_task(title, total=1.0, facts="waits for a worker")
    begun = trio.current_time()
    while True:
        status = await produce.job_status(link, run_id)
        if status is not None and status.joined is not None:
            run_id = status.joined  # another run does the same job
            continue
        if status is not None and status.state.is_over:
            bars.update(bar, completed=1.0, facts=_facts(status))
            sys.stderr.write("" if bars.live.is_started else f"{title}: {_facts(status)}\n")
            return status.state is JobState.DONE
        if status is not None:
            bars.update(bar, completed=status.share or 0.0, facts=_facts(status))
        elif trio.current_time() - begun > _NO_WORKER_AFTER_S:
            bars.update(bar, facts="waits for a worker; start one: clipsaver run")
        await trio.sleep(_LOOK_EVERY_S)


def _facts(status: JobStatus) -> str:
    """What a person wants to know of a job now."""
    counts = f"{status.messages:,} messages, {status.clips:,} clips"
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
