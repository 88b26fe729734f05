"""The jobs of a run, the Discord that they read, and what has to come of them. Pure.

Each guild has 20 channels. Of five guilds one is scanned by a `guild` job; in the others most
channels are read by several jobs that share them out, some by a scan and rescans, some by jobs
with a limit, and `message` jobs name messages in all of them. A few jobs are pushed twice.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from clipsaver.simulator import Channel, World

CHANNELS = 20
"""In each guild."""
JOBS = 96
"""About as many has each guild, those of `guild` jobs and those pushed twice left out."""
_EVERY_GUILD_JOB = 5
_PUSHED_TWICE = 0.04


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a world depends on, so that two processes make the same one."""

    seed: int
    guilds: int
    now: int
    """Unix seconds: the newest messages are a little older."""

    def world(self) -> World:
        rng = random.Random(f"world {self.seed}")
        lengths = [rng.randint(20, 260) for _ in range(CHANNELS - 2)]
        return World.generate(
            self.seed,
            now=self.now,
            guilds=self.guilds,
            channels=CHANNELS,
            messages=[0, 900, *lengths],
            clip_share=0.1,
            simple=True,
        )


@dataclass(frozen=True, slots=True)
class Task:
    """One job, and how many messages it has to have read."""

    job: dict[str, Any]
    each: int | None = None
    """In each of its runs."""
    together: int | None = None
    """In all of its runs: who comes second finds nothing left."""

    @property
    def job_id(self) -> str:
        return str(self.job["job_id"])

    @property
    def text(self) -> bytes:
        return json.dumps(self.job, separators=(",", ":")).encode()


@dataclass(slots=True)
class Work:
    """What is to be done, and what has to be there afterwards."""

    tasks: list[Task] = field(default_factory=list)
    """In the order in which they are pushed; one that is pushed twice is there twice."""
    whole: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Channels that are read from end to end, with their lowest and highest message id."""
    named: set[int] = field(default_factory=set)
    """Messages that `message` jobs name."""
    surveyed: dict[int, int] = field(default_factory=dict)
    """Channels that only a `guild` job knows of, with the number of their messages."""
    planted: dict[str, int] = field(default_factory=dict)
    """Every clip that could be found, with its channel."""


def guilds_for(jobs: int) -> int:
    """How many guilds so many jobs need."""
    scanned = -(-jobs // JOBS)
    return scanned + -(-scanned // (_EVERY_GUILD_JOB - 1))


def work_on(world: World, seed: int, jobs: int) -> Work:
    """So many jobs, each once or twice, and what has to come of them."""
    work = Work()
    rng = random.Random(f"work {seed}")
    tasks: list[Task] = []
    for number, guild_id in enumerate(world.guilds):
        channels = world.readable_channels(guild_id)
        maker = _Maker(world, work, rng)
        if number % _EVERY_GUILD_JOB == 0:
            tasks.append(maker.survey(channels))
        else:
            tasks += maker.scans(channels)
            tasks += maker.messages(channels, JOBS)
    rng.shuffle(tasks)
    tasks = tasks[:jobs]
    work.tasks = [_named(task, f"chaos-{seed}-{number}") for number, task in enumerate(tasks)]
    order = [(float(place), task) for place, task in enumerate(work.tasks)]
    again = [one for one in order if one[1].job["type"] != "guild"]
    for place, task in rng.sample(again, int(len(again) * _PUSHED_TWICE)):
        # Soon after the first as a rule, so that it joins it.
        order.append((place + rng.choice((1, 1, 20, 200)) - 0.5, task))
    work.tasks = [task for _, task in sorted(order, key=lambda one: one[0])]
    _expect(work, world)
    return work


def _named(task: Task, job_id: str) -> Task:
    return Task({**task.job, "job_id": job_id}, task.each, task.together)


def _expect(work: Work, world: World) -> None:
    """What the jobs that are really pushed leave behind."""
    pushed: dict[int, list[Task]] = {}
    for task in {task.job_id: task for task in work.tasks}.values():
        if task.job["type"] == "message":
            work.named |= {int(one) for one in task.job["message_ids"]}
        elif task.job["type"] == "guild":
            guild_id = int(task.job["guild_id"])
            for one in world.readable_channels(guild_id):
                work.surveyed[one.channel_id] = len(world.histories[one.channel_id])
        else:
            pushed.setdefault(int(task.job["channel_id"]), []).append(task)
    for channel in world.readable_channels():
        channel_id, history = channel.channel_id, world.histories[channel.channel_id]
        ends = _ends(pushed.get(channel_id, ()))
        if len(history) and (channel_id in work.surveyed or ends):
            work.whole[channel_id] = (history.id_at(0), history.id_at(len(history) - 1))
        work.planted |= {
            clip.clip_id: channel_id for clip in world.iter_planted(channel_id) if clip.by_default
        }


def _ends(tasks: Any) -> bool:
    """Whether the jobs of a channel, put together, read it from its first message to its last."""
    parts = [task.job for task in tasks if task.job.get("limit", 0) is None]
    reach = {(job.get("after_message_id"), job.get("before_message_id")) for job in parts}
    if any(task.job.get("reset_scan_status") for task in tasks):
        return True
    at: str | None = None
    for _ in range(len(reach)):
        ahead = [before for after, before in reach if after == at]
        if not ahead:
            return False
        if ahead[0] is None:
            return True
        at = str(int(ahead[0]) - 1)
    return False


@dataclass(slots=True)
class _Maker:
    """Makes the jobs of one guild."""

    world: World
    work: Work
    rng: random.Random

    def survey(self, channels: list[Channel]) -> Task:
        return Task({"type": "guild", "guild_id": str(channels[0].guild_id)})

    def scans(self, channels: list[Channel]) -> Iterator[Task]:
        for place, channel in enumerate(channels):
            way = (self._shared, self._shared, self._shared, self._again, self._limited)[place % 5]
            yield from way(channel)

    def messages(self, channels: list[Channel], up_to: int) -> Iterator[Task]:
        """As many `message` jobs as are missing to so many."""
        filled = [one for one in channels if len(self.world.histories[one.channel_id])]
        for _ in range(up_to - 52):
            channel = self.rng.choice(filled)
            history = self.world.histories[channel.channel_id]
            places = self.rng.sample(range(len(history)), self.rng.randint(1, 4))
            ids = [str(history.id_at(place)) for place in places]
            yield Task(self._job("message", channel, message_ids=ids), each=len(ids))

    def _job(self, type_: str, channel: Channel, **more: object) -> dict[str, Any]:
        named = {"guild_id": str(channel.guild_id), "channel_id": str(channel.channel_id)}
        return {"type": type_, **named, **more}

    def _shared(self, channel: Channel) -> Iterator[Task]:
        """Three jobs that share the channel out; each message is read by one of them."""
        history = self.world.histories[channel.channel_id]
        count = len(history)
        cuts = sorted(self.rng.sample(range(1, count), 2)) if count > 2 else []
        for start, end in zip([0, *cuts], [*cuts, count], strict=True):
            bounds: dict[str, str] = {}
            if start:
                bounds["after_message_id"] = str(history.id_at(start - 1))
            if end < count:
                bounds["before_message_id"] = str(history.id_at(end - 1) + 1)
            direction = self.rng.choice(("backward", "forward"))
            job = self._job("batch", channel, limit=None, direction=direction, **bounds)
            yield Task(job, together=end - start)

    def _again(self, channel: Channel) -> Iterator[Task]:
        """A scan of all of it, one of what was read by then, and one of all of it again."""
        count = len(self.world.histories[channel.channel_id])
        yield Task(self._job("batch", channel, limit=None))
        yield Task(self._job("rescan", channel, reason="chaos"))
        yield Task(self._job("rescan", channel, reset_scan_status=True), each=count)

    def _limited(self, channel: Channel) -> Iterator[Task]:
        """What is known already may be read again by one that was cut off, so no sum is known."""
        limit = self.rng.randint(10, 150)
        yield Task(self._job("batch", channel, limit=limit))
