"""Reports jobs that stand still without a reason, with where their tasks are, instead of silence.

Nothing is done to them: whoever reads it can cancel the run or end the worker, and has what a
report of a bug needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
import trio

from clipsaver.queue.progress import Obstacle
from clipsaver.worker.place import Workplace
from clipsaver.worker.progress import Progress, Story
from clipsaver.worker.thumbnailing.nursery import Thumbnails
from clipsaver.worker.watching import stalls
from clipsaver.worker.watching.stalls import GoesOn, Sign, Stalled, Stalls
from clipsaver.worker.watching.task_tree import tree_of, way_of

_log = structlog.get_logger()

_LOOK_EVERY_S = 5.0
_LOOKS = 4
"""At least so many before a job counts as stalled."""
_MOST_TASKS = 50
"""Of one job that are shown."""
_HINT = (
    "no page, and nothing known that it waits for: please report it with this line; "
    "`clipsaver cancel` ends the job, and after a new start of the worker it is done again"
)


@dataclass(frozen=True, slots=True)
class Watchdog:
    """`run` is the service.

    `obstacles` tells what each run waits for, `is_away` whether something is away that any job may
    wait for; `clock` gives Unix seconds.
    """

    progress: Progress
    obstacles: Callable[[], Mapping[str, Obstacle]]
    is_away: Callable[[], bool]
    clock: Callable[[], float]
    after_s: float

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Looks until cancelled."""
        task_status.started()
        watched = Stalls(self.after_s)
        every_s = min(_LOOK_EVERY_S, self.after_s / _LOOKS)
        while True:
            await trio.sleep(every_s)
            stories = {story.held.lease.run_id: story for story in self.progress.stories}
            obstacles = self.obstacles() if stories else {}
            for news in watched.look(self._signs(stories, obstacles), trio.current_time()):
                _tell(news, stories[news.run_id], obstacles.get(news.run_id))

    def _signs(self, stories: Mapping[str, Story], obstacles: Mapping[str, Obstacle]) -> list[Sign]:
        is_away, now_ms = self.is_away(), self.clock() * 1000
        excused = {
            run_id
            for run_id, one in obstacles.items()
            if stalls.is_excused(one.name, one.until_ms, now_ms)
        }
        return [
            Sign(run_id, story.standing, is_away or run_id in excused)
            for run_id, story in stories.items()
        ]


def watchdog_of(place: Workplace, thumbnails: Thumbnails | None) -> Watchdog:
    """The one of a worker."""

    def is_anything_away() -> bool:
        return (
            place.redis_outage.is_on
            or place.database.outage.is_on
            or not place.may_start
            or (thumbnails is not None and thumbnails.away_since is not None)
        )

    return Watchdog(
        place.progress,
        place.obstacles.now,
        is_anything_away,
        place.clock,
        after_s=place.config.worker.stall_after,
    )


def _tell(news: Stalled | GoesOn, story: Story, obstacle: Obstacle | None) -> None:
    if isinstance(news, GoesOn):
        story.held.tell(_log.info, "job_goes_on", stage=story.stage, after_s=round(news.after_s, 1))
        return
    task = story.held.task
    story.held.tell(
        _log.warning,
        "job_stalled",
        stage=story.stage,
        for_s=round(news.for_s, 1),
        **({"waits_for": obstacle.name, "waits_of": obstacle.of} if obstacle else {}),
        hint=_HINT,
        tree=[*way_of(task), *tree_of(task, most=_MOST_TASKS)[1:]],
    )
