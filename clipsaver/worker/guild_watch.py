"""Keeps guilds current: one worker of all has the lease, and does the turns of all guilds.

    lease      held while this worker takes jobs, renewed at a third of its term
    └─ guilds  a task for each: waits for its next turn, takes it, pushes its jobs

When the holder dies another has the lease within a term, and the turns that were missed are made up
at once: what a turn dealt with is remembered in Redis. Whoever lost the lease can push nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

import structlog
import trio

from clipsaver.config import WatchConfig
from clipsaver.database import guilds
from clipsaver.errors import (
    AccessDenied,
    ClipsaverError,
    DiscordUnavailable,
    NotFound,
    Purged,
    RateLimited,
    RedisUnavailable,
    TokenRejected,
)
from clipsaver.jobs import BatchJob
from clipsaver.queue import produce, watch
from clipsaver.queue.takeover import renew_every_ms
from clipsaver.scanning.watching import memory, plan
from clipsaver.scanning.watching.turn import GuildTurn, Turned
from clipsaver.worker.place import Workplace

_log = structlog.get_logger()

ASK_AGAIN_S = 3600.0
"""Between questions for a guild that the bot is not in, and for the list of its guilds."""
_AT_ONCE = 8
"""Turns at the same time."""
_LOOK_AGAIN_S = 5.0
"""While jobs cannot be done, so that nothing would come of a turn."""
_LONGEST_SLEEP_S = 60.0
"""A clock that is put right shows within that time."""
_NOT_IN_IT = (
    "the bot is not in this guild, or may not see it: invite it (`clipsaver doctor` has the link), "
    "or take the id out of watch.guilds; it is asked for again each hour"
)
_WAS_PURGED = (
    "to have it watched again, scan it (`clipsaver scan`, or a guild job); else nothing is to be "
    "done, or its id, where watch.guilds names it, to be taken out"
)


@dataclass(frozen=True, slots=True)
class WatchStatistics:
    """A snapshot for the heartbeat and tests."""

    watching: int
    """Guilds whose turns this worker does."""


class GuildWatch:
    """Competes for the lease, and watches while it has it; `run` is the service.

    `may_watch` is False while the worker is to take nothing new.
    """

    def __init__(self, place: Workplace, may_watch: Callable[[], bool]) -> None:
        self._place = place
        self._config: WatchConfig = place.config.watch
        self._may_watch = may_watch
        self._at_once = trio.CapacityLimiter(_AT_ONCE)
        self._guilds: set[int] = set()
        self._told: dict[int, str] = {}
        """What was said last of a guild that cannot be watched."""

    def statistics(self) -> WatchStatistics:
        """As of now."""
        return WatchStatistics(len(self._guilds))

    async def run(
        self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> NoReturn:
        """Watches whenever it may, until cancelled."""
        task_status.started()
        while True:
            if not await self._is_ours():
                await self._pause(renew_every_ms(self._place.me.lease_ms) / 1000)
                continue
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._watch)
                await self._while_ours()
                nursery.cancel_scope.cancel()
            with suppress(RedisUnavailable):  # it runs out by itself
                await watch.release(self._place.me)

    async def _is_ours(self) -> bool | None:
        """Takes or keeps the lease; None while Redis is away."""
        if self._place.stopping.is_set() or not self._may_watch():
            return False
        try:
            return await watch.hold(self._place.me)
        except RedisUnavailable:
            return None  # whoever needs an answer says that Redis is away

    async def _while_ours(self) -> None:
        """Renews the lease; returns when it is lost, or to be given up since the worker stops."""
        term_s = self._place.me.lease_ms / 1000
        lost_at = trio.current_time() + term_s
        while trio.current_time() < lost_at:
            await self._pause(min(term_s / 3, max(0.0, lost_at - trio.current_time())))
            asked_at = trio.current_time()
            is_ours = await self._is_ours()
            if is_ours:
                lost_at = asked_at + term_s
            elif is_ours is False:
                return

    async def _pause(self, seconds: float) -> None:
        """Sleeps, though not into the worker's stop."""
        if self._place.stopping.is_set():
            await trio.sleep(seconds)
            return
        with trio.move_on_after(seconds):
            await self._place.stopping.wait()

    async def _watch(self) -> NoReturn:
        """A task for each guild, until cancelled; with "all" the list is asked for each hour."""
        try:
            async with trio.open_nursery() as nursery:
                for guild_id in self._config.guild_ids:
                    self._begin(nursery, guild_id)
                _log.info("watch_begun", guilds=list(self._config.guilds))
                while self._config.wants_all:
                    for guild_id in await self._all_guilds():
                        self._begin(nursery, guild_id)
                    await trio.sleep(ASK_AGAIN_S)
                await trio.sleep_forever()
        finally:
            self._guilds.clear()
        raise AssertionError("unreachable: it is only ever cancelled")

    def _begin(self, nursery: trio.Nursery, guild_id: int) -> None:
        if guild_id not in self._guilds:
            self._guilds.add(guild_id)
            nursery.start_soon(self._keep_current, guild_id)

    async def _all_guilds(self) -> Sequence[int]:
        """Every guild that the bot is in, once Discord tells."""
        while True:
            await self._until_it_may()
            try:
                return [int(guild.id) for guild in await self._place.discord.listing.guilds()]
            except ClipsaverError as error:
                await trio.sleep(await self._after(0, error))

    async def _keep_current(self, guild_id: int) -> None:
        """The turns of one guild; of one among all, until the bot has left it."""
        setup = plan.Setup(guild_id, self._config.interval, self._config.survey_every)
        while True:
            await self._until_it_may()
            try:
                async with self._at_once:
                    next_at = await self._turn(setup)
                self._told.pop(guild_id, None)
            except ClipsaverError as error:
                is_out = isinstance(error, AccessDenied | NotFound)
                delay_s = await self._after(guild_id, error)
                if is_out and guild_id not in self._config.guild_ids:
                    self._guilds.discard(guild_id)  # it comes back with the list, if it does
                    return
            else:
                delay_s = min(next_at - self._place.clock(), _LONGEST_SLEEP_S)
            await trio.sleep(max(0.0, delay_s))

    async def _until_it_may(self) -> None:
        """Returns within the hours, and while jobs could be done."""
        hours = self._config.hours
        while True:
            now = self._place.clock()
            closed_s = 0.0 if hours is None else hours.opens_at(now) - now
            if closed_s > 0:
                await trio.sleep(min(closed_s, _LONGEST_SLEEP_S))
            elif not self._place.may_start:
                await trio.sleep(_LOOK_AGAIN_S)
            else:
                return

    async def _turn(self, setup: plan.Setup) -> float:
        """Takes the turn if it is due; returns when the next one is, in Unix seconds."""
        place, guild_id = self._place, setup.guild_id
        link, now = place.me.link, place.clock()
        fields = await place.with_redis(lambda: watch.memory_of(link, guild_id))
        before = memory.from_fields(fields)
        if (due_at := plan.due_at(setup, before, now=now)) > now:
            return due_at
        standing = await place.with_database(lambda c: guilds.guild_standing(c, guild_id))
        if standing.is_passed_over:
            raise Purged(f"guild {guild_id} was purged, and nobody has asked for it since")

        async def not_begun(names: Sequence[str]) -> dict[str, str]:
            return await place.with_redis(lambda: produce.not_begun(link, names))

        async def take() -> Turned:
            turn = GuildTurn(
                setup=setup,
                discord=place.discord,
                database=place.database,
                defaults=place.config.scan,
                memory=before,
                now=now,
                not_begun=not_begun,
            )
            return await turn.take()

        turned = await place.despite_database(take)
        written, forgotten = memory.changed(fields, memory.to_fields(turned.memory))
        looked_at_ms = int(standing.as_of.timestamp() * 1000)
        changes = watch.TurnChanges(
            fields.get(watch.TURN_AT, ""), written, forgotten, looked_at_ms, turned.jobs
        )
        if await place.with_redis(lambda: watch.end_turn(place.me, guild_id, changes)):
            _tell(guild_id, turned)
        return now + setup.interval_s

    async def _after(self, guild_id: int, error: ClipsaverError) -> float:
        """Says once what keeps a guild from being watched; returns when to try again, in s."""
        match error:
            case TokenRejected():
                return _LOOK_AGAIN_S  # said by who watches the token
            case RateLimited():
                return error.retry_after_s
            case DiscordUnavailable() if await self._place.reach.was_away():
                return 0.0  # said by who asks whether it is back
            case AccessDenied() | NotFound():
                self._tell_once(guild_id, error, hint=_NOT_IN_IT)
                return ASK_AGAIN_S
            case Purged():
                self._tell_once(guild_id, error, hint=_WAS_PURGED)
                place = self._place
                await place.with_redis(lambda: watch.forget(place.me.link, guild_id))
                return self._config.interval
        self._tell_once(guild_id, error)
        return self._config.interval

    def _tell_once(self, guild_id: int, error: ClipsaverError, **facts: str) -> None:
        if self._told.get(guild_id) != error.reason:
            self._told[guild_id] = error.reason
            guild = {"guild": str(guild_id)} if guild_id else {}
            _log.warning("guild_not_watched", **guild, error=str(error), **facts)


def _tell(guild_id: int, turned: Turned) -> None:
    facts = {"guild": str(guild_id), "requests": turned.requests}
    _log.debug("watch_turn", **facts, jobs=len(turned.jobs))
    if not turned.jobs:
        return
    kinds = Counter(
        job.known if isinstance(job, BatchJob) else "survey" for job in turned.jobs.values()
    )
    told = {"skip": "new", "reread": "again", "survey": "survey"}
    _log.info("watch_found", **facts, **{told[kind]: count for kind, count in kinds.items()})
