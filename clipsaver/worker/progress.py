"""What may be seen of the jobs in hand: how far they are, how fast, and what they wait for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import trio

from clipsaver.errors import RedisUnavailable
from clipsaver.outage import Outage
from clipsaver.queue import progress
from clipsaver.queue.link import Consumer
from clipsaver.queue.progress import Obstacle, Report
from clipsaver.records import GuildCounts, RunProgress
from clipsaver.worker.leases import Held
from clipsaver.worker.pace import Pace

PROGRESS_EVERY_S = 0.25
"""At most four updates a second for each job, however fast its pages come."""

_LOOK_EVERY_S = 0.5
"""How soon a wait that is long enough to be told is seen."""
_SHORT_S = 1.0
"""Of a job that is over so soon nothing is told but its end."""
_ANEW_EVERY_S = 5.0
"""While no page comes the rate falls, and the end moves away."""
_SAME_MS = 1_000
"""By which the end of a wait may move without a word."""


@dataclass(frozen=True, slots=True)
class ProgressStatistics:
    """A snapshot for the heartbeat and tests."""

    followed: int
    """Jobs, now."""
    written: int
    """Reports, since the worker's start."""
    writes: int
    """Round trips for them."""


@dataclass(slots=True, eq=False)
class Story:
    """What is known of one delivery in hand."""

    held: Held
    began_at: float
    stage: str = "begin"
    done: RunProgress | None = None
    share: float | None = None
    counts: GuildCounts | None = None
    pace: Pace | None = None
    told: Report | None = None
    told_at: float = field(default=float("-inf"))

    @property
    def standing(self) -> object:
        """Something else whenever the delivery has got on."""
        return self.held.lease.fence, self.stage, self.done, self.share, self.counts

    def tell(self, now: float, unix_s: float, obstacle: Obstacle | None) -> Report:
        """All of it as of now."""
        pace = self.pace
        left_s = pace.left_s(now) if pace else None
        self.told_at = now
        self.told = Report(
            self.held.lease,
            self.done,
            self.share,
            stage=self.stage,
            rate=pace.messages_per_s(now) if pace else None,
            eta_ms=None if left_s is None else round((unix_s + left_s) * 1000),
            obstacle=obstacle,
            counts=self.counts,
        )
        return self.told

    def has_news(self, now: float, obstacle: Obstacle | None) -> bool:
        """Whether a look without a new page has anything to tell."""
        if self.told is None:
            return now - self.began_at >= _SHORT_S
        if self.told.stage != self.stage or not _is_same(self.told.obstacle, obstacle):
            return True
        return bool(self.told.rate) and now - self.told_at >= _ANEW_EVERY_S


class Progress:
    """Collects the latest report of each run and writes them together; `run` is the service.

    `obstacles` tells what each run waits for; `clock` gives Unix seconds.
    """

    def __init__(
        self,
        me: Consumer,
        outage: Outage,
        obstacles: Callable[[], Mapping[str, Obstacle]],
        clock: Callable[[], float],
    ) -> None:
        self._me = me
        self._outage = outage
        self._obstacles = obstacles
        self._clock = clock
        self._was_refused = False
        self._stories: dict[str, Story] = {}
        self._latest: dict[str, Report] = {}
        self._written = self._writes = 0
        self._changed = trio.Event()

    @property
    def stories(self) -> Collection[Story]:
        """Of the deliveries in hand, for who watches over them."""
        return self._stories.values()

    @contextmanager
    def following(self, held: Held) -> Iterator[None]:
        """One delivery, from its lease to its outcome."""
        run_id = held.lease.run_id
        story = self._stories[run_id] = Story(held, trio.current_time())
        try:
            yield
        finally:
            if self._stories.get(run_id) is story:
                del self._stories[run_id]

    def goes_on(self, held: Held, stage: str, done: RunProgress) -> None:
        """The delivery begins its work where the run stands; also again after an outage."""
        if (story := self._story(held)) is None:
            return
        story.stage, story.done = stage, done
        story.pace = story.pace or Pace(trio.current_time(), done.messages)

    def report(
        self,
        held: Held,
        done: RunProgress,
        share: float | None,
        counts: GuildCounts | None = None,
    ) -> None:
        """It has come so far. Replaces an earlier report that was not written yet."""
        if (story := self._story(held)) is None:
            return
        now = trio.current_time()
        story.done, story.share, story.counts = done, share, counts
        if story.pace is not None:
            story.pace.note(now, done.messages, share)
        self._put(story.tell(now, self._clock(), None))

    def left_messages(self, held: Held) -> float | None:
        """About how many it has still to read; None where that cannot be told."""
        story = self._story(held)
        return story.pace.left_messages() if story and story.pace else None

    def take(self, run_id: str) -> Report | None:
        """The run's report that was not written yet, for who tells the end of its delivery."""
        return self._latest.pop(run_id, None)

    def statistics(self) -> ProgressStatistics:
        """Counts of now and since the start."""
        return ProgressStatistics(len(self._stories), self._written, self._writes)

    async def flush(self) -> None:
        """Writes what is new. Nothing depends on it, so an outage of Redis only makes it late.

        A Redis whose memory is full lets running jobs go on, and is noticed here first.
        """
        latest, self._latest = self._latest, {}
        if not latest:
            return
        try:
            self._written += await progress.write(self._me.link, list(latest.values()))
        except RedisUnavailable as error:
            self._latest = latest | self._latest
            self._was_refused = True
            self._outage.began(error)
            self._changed.set()
        else:
            self._writes += 1
            if self._was_refused:
                self._was_refused = False
                self._outage.ended()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Writes until cancelled."""
        task_status.started()
        next_look = trio.current_time()
        while True:
            with trio.move_on_at(next_look):
                await self._changed.wait()
            if trio.current_time() >= next_look:
                next_look = trio.current_time() + _LOOK_EVERY_S
                self._look()
            self._changed = trio.Event()
            await self.flush()
            await trio.sleep(PROGRESS_EVERY_S)

    def _look(self) -> None:
        """What no page tells: the waits, and how the pace falls meanwhile."""
        if not self._stories:
            return
        now, unix_s, obstacles = trio.current_time(), self._clock(), self._obstacles()
        for run_id, story in self._stories.items():
            obstacle = obstacles.get(run_id)
            if story.has_news(now, obstacle):
                self._put(story.tell(now, unix_s, obstacle))

    def _story(self, held: Held) -> Story | None:
        """None where it has ended, or this worker has begun another delivery of the run."""
        story = self._stories.get(held.lease.run_id)
        return story if story is not None and story.held is held else None

    def _put(self, report: Report) -> None:
        self._latest[report.lease.run_id] = report
        self._changed.set()


def _is_same(one: Obstacle | None, other: Obstacle | None) -> bool:
    if one is None or other is None:
        return one is other
    if (one.name, one.of) != (other.name, other.of):
        return False
    if one.until_ms is None or other.until_ms is None:
        return one.until_ms is other.until_ms
    return abs(one.until_ms - other.until_ms) <= _SAME_MS
