"""Follows jobs to their end, for whoever shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import trio

from clipsaver.errors import RedisUnavailable
from clipsaver.queue import produce
from clipsaver.queue.link import Link
from clipsaver.queue.produce import JobState, JobStatus
from clipsaver.terminal_text import printable

_LOOK_EVERY_S = 0.25
_NO_WORKER_AFTER_S = 5.0


class View(Protocol):
    """Shows jobs; each is known by the run that it was pushed as."""

    def moved(self, run_id: str, status: JobStatus) -> None:
        """It is not over, and this far."""

    def ended(self, run_id: str, status: JobStatus) -> None:
        """It is over."""

    def looked(self) -> None:
        """All were asked for."""

    def say(self, line: str) -> None:
        """Show a line of text."""


async def follow(link: Link, run_ids: Iterable[str], view: View) -> bool:
    """Returns when all are over, and whether all ended well.

    They are asked for in turn, so that ten thousand of them are no burden for the server. A Redis
    that goes away meanwhile is waited for.
    """
    follower = _Follower(link, view, {run_id: run_id for run_id in run_ids})
    await follower.run()
    return follower.all_is_well


class _Follower:
    def __init__(self, link: Link, view: View, left: dict[str, str]) -> None:
        self._link = link
        self._view = view
        self._left = left
        """The run that does the job's work, for each that is not over."""
        self._has_begun = self._is_away = False
        self.all_is_well = True

    async def run(self) -> None:
        hint_at = trio.current_time() + _NO_WORKER_AFTER_S
        while True:
            try:
                for run_id in list(self._left):
                    await self._look(run_id)
                self._is_away = False
            except RedisUnavailable as error:
                if not self._is_away:
                    self._view.say(f"the jobs go on; waiting for their stream: {error}")
                self._is_away = True
            self._view.looked()
            if not self._left:
                return
            if not self._has_begun and trio.current_time() > hint_at:
                self._view.say("no worker has taken a job yet; start one: clipsaver run")
                self._has_begun = True
            await trio.sleep(_LOOK_EVERY_S)

    async def _look(self, run_id: str) -> None:
        status = await produce.job_status(self._link, self._left[run_id])
        if status is None:
            return
        self._has_begun = True
        if status.joined is not None:
            self._left[run_id] = status.joined  # another run does the same job
        elif not status.state.is_over:
            self._view.moved(run_id, status)
        else:
            del self._left[run_id]
            self.all_is_well &= status.is_well
            self._view.ended(run_id, status)


def facts_of(status: JobStatus) -> str:
    """What a person wants to know of a job now."""
    counts = f"{status.messages:,} messages, {status.clips:,} clips"
    if (found := status.counts) is not None:
        counts = f"{found.channels:,} channels and threads, {found.jobs:,} jobs added"
        counts += f", {found.unreadable:,} may not be read" if found.unreadable else ""
    changes = (
        (status.by_search, "by search"),
        (status.restored, "back"),
        (status.deleted, "deleted"),
    )
    for count, what in changes:
        counts += f", {count:,} {what}" if count else ""
    match status.state:
        case JobState.DONE:
            return f"{counts}; {printable(status.note)}" if status.note else counts
        case JobState.DEAD:
            return f"dead letter: {status.reason}: {printable(status.error or '')}"
        case JobState.RETRY:
            return f"{counts}; tried again soon: {printable(status.error or '')}"
        case JobState.CANCELLED | JobState.GONE:
            why = f"; {printable(status.note)}" if status.note else ""
            return f"{counts}; {status.state.value}{why}"
        case _:
            why = f"; waits: {printable(status.waits_for)}" if status.waits_for else ""
            return f"{counts}{why}"
