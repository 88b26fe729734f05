"""What a worker starts, what it watches, and in which order it stops.

    exposing             metrics and health, where they are asked for           <- stops last
    └─ stores
       └─ helpers        lease keeper, heartbeat, progress, watchdog, upkeep,   <- after all jobs
          │              purges that were left, the watch over guilds
          └─ writers     take page results and group-commit them
             └─ jobs     the running jobs, the intake that starts them, and the thumbnails

Asked to stop, the intake ends at once, jobs stop at their next page and are handed back; after the
grace time what still runs is cancelled and handed back too; helpers end after the last job.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog
import trio

from clipsaver.config import Config
from clipsaver.database import PageWriters
from clipsaver.database.run_writers import RunWriters
from clipsaver.errors import ExitCode
from clipsaver.log import heard_by
from clipsaver.queue.worker_statistics import WorkerStatistics
from clipsaver.scanning.dispatch import do_scan
from clipsaver.scanning.scan import Scan, ScanEnd, ScanJob
from clipsaver.worker.cancelling import heed_cancels
from clipsaver.worker.draining import drain
from clipsaver.worker.exposing.opening import exposed
from clipsaver.worker.exposing.subject import WorkerAtWork
from clipsaver.worker.guild_watch import GuildWatch
from clipsaver.worker.intake import Intake, promote_due, reclaim
from clipsaver.worker.leases import LeaseKeeper
from clipsaver.worker.leaving import Grace, say_goodbye
from clipsaver.worker.lessons import keep_lessons
from clipsaver.worker.line_events import LineEvents
from clipsaver.worker.obstacles import Obstacles
from clipsaver.worker.orders import Orders
from clipsaver.worker.place import Workplace
from clipsaver.worker.privacy.keeping import keep_privacy
from clipsaver.worker.privacy.purging import Purging
from clipsaver.worker.privacy.retaining import in_force
from clipsaver.worker.progress import Progress
from clipsaver.worker.reach import DiscordReach
from clipsaver.worker.reporting import Heart
from clipsaver.worker.runner import Runner
from clipsaver.worker.slots import Slots
from clipsaver.worker.statistics import gather
from clipsaver.worker.stores import Stores, open_stores
from clipsaver.worker.tally import Tally
from clipsaver.worker.thumbnailing.nursery import Thumbnails
from clipsaver.worker.upkeep import prune_old_runs, watch_memory, watch_token
from clipsaver.worker.watching.loop_watch import watch_loop
from clipsaver.worker.watching.watchdog import watchdog_of

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker did in its life."""

    outcomes: Counter[str]
    """Deliveries by the name of their outcome: done, dead, retry, wait, slice, handback…"""
    token_is_rejected: bool
    is_drain: bool
    """Whether it was to end by itself."""
    nothing_left: bool
    """Whether it did."""
    thumbnails_are_away: bool = False
    """Whether none can be made or stored, so that a worker that drains gives up."""

    @property
    def exit_code(self) -> ExitCode:
        """For a worker that drains: whether all was done, and well. Others end as they are told."""
        if not self.is_drain:
            return ExitCode.DONE
        if self.token_is_rejected:
            return ExitCode.REFUSED_BY_DISCORD
        if not self.nothing_left:
            return ExitCode.UNREACHABLE if self.thumbnails_are_away else ExitCode.INTERRUPTED
        return ExitCode.JOB_FAILED if self.outcomes["dead"] else ExitCode.DONE


async def run_worker(
    config: Config,
    stopping: trio.Event,
    *,
    drain: bool = False,
    clock: Callable[[], float] = time.time,
    rng: random.Random | None = None,
    scan: Callable[[ScanJob, Scan], Awaitable[ScanEnd]] = do_scan,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> Report:
    """Works until `stopping` is set, or with `drain` until nothing is left to do.

    It can be looked at for all that time, where `metrics.listen` asks for it.

    `scan` does the jobs that read messages; a benchmark measures the rest without it.

    Raises EmbeddedServerError and SchemaError at start, UsageError for a Redis that is too old or
    where metrics cannot be served, and NameTaken; stores that are away are waited for.
    """
    lines, dice = LineEvents(), rng or random.Random()
    with heard_by(lines.hear):
        async with (
            exposed(config, stopping) as subject,
            open_stores(config, stopping, subject) as stores,
        ):
            if stores is None:  # stopped while it waited for them
                return Report(
                    Counter(), token_is_rejected=False, is_drain=drain, nothing_left=False
                )
            worker = _Worker(config, stores, stopping, clock, dice, scan=scan, lines=lines)
            subject.worker = worker.at_work
            return await worker.run(drain=drain, task_status=task_status)


class _Worker:
    def __init__(
        self,
        config: Config,
        stores: Stores,
        stopping: trio.Event,
        clock: Callable[[], float],
        rng: random.Random,
        *,
        scan: Callable[[ScanJob, Scan], Awaitable[ScanEnd]],
        lines: LineEvents,
    ) -> None:
        slots = Slots(config.worker.concurrency, config.worker.reserved)
        writers = PageWriters(
            stores.database,
            writers=config.database.writers,
            dice=rng.random,
            opt_out_key=config.privacy.key,
        )
        reach = DiscordReach(stores.discord, rng.random)
        obstacles = Obstacles(stores.discord, reach, writers, stores.database.outage, clock)
        self._stores = stores
        self._lines = lines
        self._tally = Tally()
        self._heart = Heart(stores.me, self._statistics, self._state, clock())
        self._nothing_left = False
        self._orders = Orders(stores.me, slots, stopping)
        self._place = Workplace(
            config=config,
            me=stores.me,
            database=stores.database,
            writers=writers,
            runs=RunWriters(stores.database),
            discord=stores.discord,
            reach=reach,
            obstacles=obstacles,
            redis_outage=stores.redis_outage,
            slots=slots,
            leases=LeaseKeeper(stores.me, stores.redis_outage),
            progress=Progress(stores.me, stores.redis_outage, obstacles.now, clock),
            stopping=stopping,
            clock=clock,
            rng=rng,
            scan=scan,
            kit=stores.kit,
        )
        self._watch = GuildWatch(self._place, lambda: self._orders.may_start)
        self._purging = Purging(self._place)
        self._grace = Grace(self._place)
        self._thumbnails = self._thumbnails_of(config, stores)

    def _thumbnails_of(self, config: Config, stores: Stores) -> Thumbnails | None:
        """None where this worker makes none."""
        place = self._place
        if stores.kit is None:
            return None
        return Thumbnails(
            config,
            stores.kit,
            stores.database,
            with_database=place.with_database,
            due=place.due,
            stopping=place.stopping,
            clock=place.clock,
            rng=place.rng,
        )

    async def run(self, *, drain: bool, task_status: trio.TaskStatus[None]) -> Report:
        """The nurseries, from the outside in."""
        place = self._place
        async with trio.open_nursery() as helpers:
            await self._start_helpers(helpers)
            watched = [] if drain else list(place.config.watch.guilds)
            if watched:
                await helpers.start(self._watch.run)
            await helpers.start(partial(keep_privacy, place, is_drain=drain))
            async with trio.open_nursery() as writers:
                await writers.start(place.writers.run)
                await writers.start(place.runs.run)
                async with trio.open_nursery() as jobs:
                    runner = Runner(place, jobs, self._tally)
                    jobs.start_soon(self._take_in, runner)
                    if self._thumbnails is not None:
                        jobs.start_soon(self._thumbnails.run)
                    if drain:
                        jobs.start_soon(self._drain)
                    _log.info(
                        "worker_started",
                        consumer=place.me.name,
                        stream=place.me.names.stream,
                        **({"may_watch": watched} if watched else {}),
                        **in_force(place.config),
                    )
                    task_status.started()
                    await place.stopping.wait()
                    _log.info("worker_stopping", jobs=place.slots.statistics().others)
                    helpers.start_soon(self._grace.run)
                writers.cancel_scope.cancel()
            helpers.cancel_scope.cancel()
        await say_goodbye(place, self._heart, self._lines)
        _log.info("worker_stopped", **self._tally.outcomes)
        return Report(
            outcomes=self._tally.outcomes,
            token_is_rejected=place.discord.statistics().held_since is not None,
            is_drain=drain,
            nothing_left=self._nothing_left,
            thumbnails_are_away=self._thumbnails is not None
            and self._thumbnails.away_since is not None,
        )

    async def _start_helpers(self, helpers: trio.Nursery) -> None:
        place = self._place
        await helpers.start(self._stores.scripts.run)
        await helpers.start(place.leases.run)
        await helpers.start(place.progress.run)
        await helpers.start(heed_cancels, place.me.link, place.leases)
        await helpers.start(self._orders.run)
        await helpers.start(self._heart.run)
        await helpers.start(self._lines.run, place.me, place.redis_outage)
        await helpers.start(watchdog_of(place, self._thumbnails).run)
        await helpers.start(watch_loop)
        await helpers.start(keep_lessons, place, self._stores.limits)
        await helpers.start(place.reach.run)
        await helpers.start(watch_token, place.discord, place.reach)
        await helpers.start(watch_memory, place.me.link)
        await helpers.start(prune_old_runs, place.database, place.config.runs.keep_days)
        await helpers.start(self._purging.run)
        await helpers.start(self._stores.keep_running)

    @property
    def at_work(self) -> WorkerAtWork:
        """For who looks at it."""
        return WorkerAtWork(self._state, lambda: self._statistics(self._heart.took_ms))

    def _statistics(self, redis_ms: float) -> WorkerStatistics:
        return gather(
            self._place,
            self._stores,
            self._tally,
            self._thumbnails,
            watching=self._watch.statistics().watching,
            redis_ms=redis_ms,
            grace_left_s=self._grace.left_s,
        )

    def _state(self) -> str:
        return "stopping" if self._place.stopping.is_set() else self._orders.state

    async def _take_in(self, runner: Runner) -> None:
        """Feeds the jobs until the worker is to stop."""
        place = self._place
        feed = Intake(
            place.me,
            place.slots,
            place.leases,
            outage=place.redis_outage,
            start=runner.start,
            may_start=lambda: place.may_start and self._orders.may_start,
            dice=place.rng.random,
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(feed.run)
            nursery.start_soon(promote_due, place.me)
            nursery.start_soon(reclaim, place.me, place.leases)
            await place.stopping.wait()
            nursery.cancel_scope.cancel()

    async def _drain(self) -> None:
        self._nothing_left = await drain(self._place, self._thumbnails, self._purging)
