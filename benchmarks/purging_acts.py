"""A purge of the guild under the eyes of the neighbour, and what came of it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import trio

from benchmarks.purging_counts import Left, Strays
from benchmarks.purging_fleet import PURGE, WORKERS, Fleet, Purger, fleet, until
from benchmarks.purging_stage import Stage
from benchmarks.queries import SCHEMA
from benchmarks.statement_log import Statement, failed, read
from clipsaver.database import open_database
from clipsaver.thumbnails.outbox import delete_due_files
from clipsaver.thumbnails.storage import open_storage

UNDER_WAY_CLIPS, UNDER_WAY_PICTURES = 2000, 20
"""So many were found of the guild, and made, when it is purged."""
AGAIN_CLIPS = 500
KILL_A_WORKER_EACH = 4
_SPARE = 1.7
"""So much less than the whole of it lies between the kills, or it would be over too soon."""
RESUME = ("resume",)
_LOOK_EVERY_S = 0.02
_ARRIVED_AFTER_S = 60.0
"""Since the last row went: whoever announced a picture then has stored it, or has died."""
_PAGE = "with page as materialized"
_CUT_SHORT = f"{PURGE}: canceling statement due to statement timeout"
BYSTANDER = "bystander"
"""A connection that waits for nobody, but for the machine."""


@dataclass(frozen=True)
class Neighbour:
    """The other guild: what it has in channels that nobody scans, and what was found in others."""

    clips: int
    messages: int
    pictures: int
    digest: str
    found: int

    def has_all_of(self, before: Neighbour) -> bool:
        """Whether nothing is missing that was there before, or was to be found."""
        mine = (self.clips, self.messages, self.pictures, self.digest)
        return mine == (before.clips, before.messages, before.pictures, before.digest)


@dataclass(frozen=True)
class Told:
    """What the server's log tells of the time of a purge."""

    statements: Sequence[Statement]
    errors: Sequence[str]
    """But for looks that were cut short."""
    cut_short: int
    """Looks of the purge that took too long, which it repeats over less."""

    def of(self, who: str) -> list[Statement]:
        return [one for one in self.statements if one.who == who]

    @property
    def bystander_ms(self) -> float:
        """The longest time that a statement took that nothing but the machine held up."""
        return max((one.ms for one in self.of(BYSTANDER)), default=0.0)

    @property
    def held_up_ms(self) -> float:
        """The longest time that a page took to be committed."""
        pages = [one.ms for one in self.statements if one.text.startswith(_PAGE)]
        return max(pages, default=0.0)


@dataclass(frozen=True)
class Outcome:
    """What a purge came to."""

    before: Left
    at_end: Left
    settled: Left
    strays: Strays
    neighbour: tuple[Neighbour, Neighbour]
    """Before and after."""
    fates: dict[str, int]
    """How many runs of the guild ended how."""
    course: Course
    told: Told
    complaints: Sequence[str]
    """What the workers logged as errors."""


@dataclass
class Course:
    """What a purge was seen to be at, and since when."""

    began: float = field(default_factory=time.monotonic)
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds from the beginning."""
    late_files: int = 0
    """Announced by workers, and still to come, when all others were gone."""
    killed_at: list[str] = field(default_factory=list)
    """The stages in which processes were killed."""
    stage: str = "not asked"

    @property
    def rows_s(self) -> float:
        """From the first step until no row was left. A stage that was too short to be seen is 0."""
        return self._rows_gone_s - min(self.stages.values())

    @property
    def files_s(self) -> float:
        """From then on until no file was left but those that were late."""
        return self.stages.get("late files", self.whole_s) - self._rows_gone_s

    @property
    def _rows_gone_s(self) -> float:
        return self.stages.get("files", self.whole_s)

    @property
    def busy_s(self) -> float:
        """Both."""
        return self.rows_s + self.files_s

    @property
    def whole_s(self) -> float:
        """From the start of the process to the end."""
        return self.stages["done"]

    def is_long_past(self, stage: str, seconds: float) -> bool:
        """Whether it came to a stage so long ago."""
        return time.monotonic() - self.began > self.stages.get(stage, float("inf")) + seconds

    def comes_to(self, stage: str) -> None:
        """Now, if it was not there before."""
        self.stage = stage
        self.stages.setdefault(stage, time.monotonic() - self.began)


@contextmanager
def watched(stage: Stage) -> Iterator[Course]:
    """The course of the purge that the block sees to."""
    course, over = Course(), threading.Event()

    def look() -> None:
        with stage.connect(BYSTANDER) as connection:
            connection.execute("create table bystander (at timestamptz default now())")
            while not over.is_set():
                over.wait(_LOOK_EVERY_S)
                for (name,) in connection.execute("select stage from purges"):
                    course.comes_to(name)
                connection.execute("insert into bystander default values")

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield course
    finally:
        over.set()
        thread.join()


def purge_under_fire(
    stage: Stage, workers: Fleet, course: Course, *, like: Course, kills: int, seed: int
) -> None:
    """By one process after the other, each killed at a random moment; the last one is left alone.

    Every other one asks anew. The kills are spread over what an undisturbed purge took.
    """
    dice = random.Random(seed)
    for number in range(kills):
        purger = Purger(stage, *(RESUME if number % 2 else ask(stage)))
        if purger.has_ended(dice.uniform(0, 2 * like.busy_s / (_SPARE * kills))):
            break
        purger.kill()
        course.killed_at.append(course.stage)
        if number % KILL_A_WORKER_EACH == 1:
            workers.kill(number // KILL_A_WORKER_EACH % WORKERS)
    end(stage, course, RESUME)


def ask(stage: Stage) -> tuple[str, ...]:
    """What asks for the purge, or for the same once more."""
    return "guild", str(stage.guild), "--yes"


def end(stage: Stage, course: Course, action: Sequence[str]) -> None:
    """Purges to the last file.

    What workers that live have announced comes within seconds, and is deleted then. What killed
    ones have is due in 15 minutes, so after that long it is made due now.
    """
    while True:
        purger = Purger(stage, *action)
        until("the end of the purge", lambda: purger.has_ended(0.1))  # noqa: B023 - at once
        with stage.connect() as connection:
            if not (left := stage.files_left(connection)):
                return
            if not course.late_files:
                course.late_files = left
                course.stages["late files"] = time.monotonic() - course.began
            if course.is_long_past("files", _ARRIVED_AFTER_S):
                connection.execute("update file_outbox set due_at = now()")
        action = RESUME


def act(
    stage: Stage,
    rate: float,
    purging: Callable[[Fleet, Course], None],
    *,
    before: Callable[[Stage], None] = lambda _: None,
) -> Outcome:
    """From two scans that are under way, over the purge, to their end."""
    stage.clear()
    before(stage)
    with fleet(stage, rate) as workers:
        stage.push_scans()
        until("a scan under way", lambda: _is_under_way(stage, workers))
        there, neighbour = stage.left(stage.guild), neighbour_of(stage)
        since = stage.log.stat().st_size
        with watched(stage) as course:
            purging(workers, course)
        at_end = stage.left(stage.guild)
        told = _told(stage, since)
        until("the end of all jobs", lambda: not stage.jobs_left())
    trio.run(_delete_files, stage)
    settled, strays = stage.left(stage.guild), stage.strays()
    return Outcome(
        there,
        at_end,
        settled,
        strays,
        (neighbour, neighbour_of(stage)),
        _fates(stage),
        course,
        told,
        workers.complaints(),
    )


def scan_again(stage: Stage, rate: float) -> int:
    """Has the guild scanned anew; returns how many clips were found when that was enough."""
    with fleet(stage, rate):
        stage.push({"type": "guild", "guild_id": str(stage.guild)})
        until("a new scan", lambda: stage.found(stage.guild)[0] >= AGAIN_CLIPS)
        return stage.found(stage.guild)[0]


def neighbour_of(stage: Stage) -> Neighbour:
    """As it is now."""
    with stage.connect() as connection:
        row = connection.execute(
            """
            select count(distinct c.clip_id), count(distinct c.message_id), count(t.storage_key),
                   md5(string_agg(c.clip_id || coalesce(t.storage_key, ''), ' '
                                  order by c.clip_id, t.size))
            from clips c left join thumbnails t using (clip_id)
            where c.guild_id = %s and c.channel_id <> all(%s)
            """,
            [stage.neighbour, stage.simulated(stage.neighbour)],
        ).fetchone()
    assert row is not None
    return Neighbour(*row, found=stage.found(stage.neighbour)[0])


def _is_under_way(stage: Stage, workers: Fleet) -> bool:
    if any(worker.poll() is not None for worker in workers.workers):
        raise RuntimeError(f"a worker ended: {workers.complaints()}")
    clips, pictures = stage.found(stage.guild)
    return clips >= UNDER_WAY_CLIPS and pictures >= UNDER_WAY_PICTURES


def _told(stage: Stage, since: int) -> Told:
    refused = failed(stage.log, since)
    errors = [one for one in refused if one != _CUT_SHORT]
    return Told(list(read(stage.log, since)), errors, len(refused) - len(errors))


def _fates(stage: Stage) -> dict[str, int]:
    with stage.connect() as connection:
        rows = connection.execute(
            "select state || coalesce(' ' || error, ''), count(*) from runs"
            " where guild_id = %s group by 1 order by 2 desc",
            [stage.guild],
        ).fetchall()
    return dict(rows)


async def _delete_files(stage: Stage) -> None:
    """What workers do each minute, and at the latest in an hour, at once."""
    with stage.connect() as connection:
        connection.execute("update file_outbox set due_at = now()")
    async with (
        open_database(stage.database_url, schema=SCHEMA, pool_size=1) as database,
        open_storage(str(stage.pictures)) as storage,
    ):
        while not (done := await delete_due_files(database, storage, dice=random.random)).is_all:
            if done.trouble:
                raise done.trouble
