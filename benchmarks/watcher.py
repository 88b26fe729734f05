"""Watches a `Day` as a worker does, turn by turn, on the day's own clock.

The turns, the stream, the scans and both stores are the real ones; only nobody sleeps, and jobs are
done as soon as they are pushed.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio

from benchmarks.watched_day import START, Day
from clipsaver.config import ScanConfig
from clipsaver.database import Database, PageWriters, open_database, run_changes
from clipsaver.database.migrations import migrate
from clipsaver.discord_rest.client import DiscordClient, open_client
from clipsaver.discord_rest.limits.opening import open_limits
from clipsaver.discord_rest.limits.permits import Permits
from clipsaver.jobs import BatchJob, GuildJob, decode
from clipsaver.queue import produce, watch
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.records import ClipSource, Delivery, RunProgress, RunState
from clipsaver.scanning.access import Doors
from clipsaver.scanning.dispatch import do_scan
from clipsaver.scanning.guild import Finding, Survey
from clipsaver.scanning.scan import Scan
from clipsaver.scanning.watching import memory, plan
from clipsaver.scanning.watching.turn import GuildTurn
from clipsaver.simulator.serving.in_process import InProcess
from clipsaver.simulator.serving.server import Options
from clipsaver.trio_io.redis import open_redis

INTERVAL_S = 60.0


@dataclass(frozen=True)
class Interval:
    """One turn and all that came of it."""

    requests: int
    news: int
    """Channels and threads with something new."""
    looked_at: int
    """Others that were looked at again."""
    is_survey: bool

    @property
    def beyond(self) -> int:
        """Requests beyond two and one for each of those."""
        return self.requests - 2 - self.news - self.looked_at


@dataclass(eq=False)
class Watcher:
    """Somebody who watches a day. Made by `open_watcher`."""

    day: Day
    discord: DiscordClient
    database: Database
    writers: PageWriters
    me: Consumer
    now: float = START
    intervals: list[Interval] = field(default_factory=list)
    found_after_s: dict[int, float] = field(default_factory=dict)
    """Of each message whose clips were seen for the first time, how long after it was posted."""
    _defaults: ScanConfig = field(
        default_factory=lambda: ScanConfig(sources=tuple(ClipSource), strategy="history")
    )
    _seen: set[str] = field(default_factory=set)
    _fences: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def turn(self) -> None:
        """One turn and its jobs, after what has happened until now."""
        self.day.until(self.now)
        asked_before, news = self._asked, set(self.day.news)
        self.day.news.clear()
        await self._push()
        done = await self._work()
        looked_at = {int(job.channel_id) for job in done if isinstance(job, BatchJob)}
        is_survey = any(isinstance(job, GuildJob) for job in done)
        self.intervals.append(
            Interval(self._asked - asked_before, len(news), len(looked_at - news), is_survey)
        )
        await self._look()

    async def _push(self) -> None:
        link, guild_id = self.me.link, self.day.guild_id
        assert await watch.hold(self.me)
        fields = await watch.memory_of(link, guild_id)

        async def not_begun(names: Sequence[str]) -> Mapping[str, str]:
            return await produce.not_begun(link, names)

        turn = GuildTurn(
            setup=plan.Setup(guild_id, INTERVAL_S, survey_every_s=1e9),
            discord=self.discord,
            database=self.database,
            defaults=self._defaults,
            memory=memory.from_fields(fields),
            now=self.now,
            not_begun=not_begun,
        )
        turned = await turn.take()
        written, forgotten = memory.changed(fields, memory.to_fields(turned.memory))
        before = fields.get(watch.TURN_AT, "")
        changes = watch.TurnChanges(before, written, forgotten, round(self.now * 1000), turned.jobs)
        assert await watch.end_turn(self.me, guild_id, changes)

    async def _work(self) -> list[BatchJob | GuildJob]:
        """Does what is on the stream, and what that adds."""
        link, done = self.me.link, list[BatchJob | GuildJob]()
        while entries := await link.command("XRANGE", link.names.stream, "-", "+"):
            for entry_id, fields in entries:
                job = decode(fields[b"job"])
                assert isinstance(job, BatchJob | GuildJob)
                done.append(job)
                if isinstance(job, GuildJob):
                    await self._survey(job)
                else:
                    await self._scan(job, produce.run_id_of(link, entry_id.decode()))
                await link.command("XDEL", link.names.stream, entry_id)
        return done

    async def _scan(self, job: BatchJob, run_id: str) -> None:
        delivery = Delivery(run_id, next(self._fences), attempts=0)
        async with self.database.connection() as connection:
            begun = await run_changes.begin_run(connection, delivery, job)
        assert isinstance(begun, run_changes.Begun)
        await do_scan(
            job,
            Scan(
                discord=self.discord,
                database=self.database,
                writers=self.writers,
                defaults=self._defaults,
                delivery=delivery,
                start=begun.start,
                clock=lambda: self.now,
                after_page=_go_on,
                doors=Doors(),
            ),
        )
        leaving = run_changes.Leaving(run_id, delivery.fence, RunState.SUCCEEDED)
        async with self.database.connection() as connection:
            await run_changes.leave_run(connection, leaving)

    async def _survey(self, job: GuildJob) -> None:
        async def push(jobs: Mapping[str, BatchJob]) -> int:
            return len(await produce.push_noted(self.me.link, jobs))

        async def not_begun(_: Sequence[str]) -> Mapping[str, str]:
            return {}

        async def after_list(_: Survey, __: Sequence[Finding]) -> bool:
            return False

        survey = Survey(
            job=job,
            discord=self.discord,
            database=self.database,
            defaults=self._defaults,
            clock=lambda: self.now,
            asked_at=self.now,
            push=push,
            not_begun=not_begun,
            after_list=after_list,
        )
        await survey.run()

    async def clips(self) -> set[str]:
        """Those on record that are not marked deleted."""
        async with self.database.connection() as connection:
            found = await connection.execute("select clip_id from clips where deleted_at is null")
            return {row[0] for row in await found.fetchall()}

    async def _look(self) -> None:
        """Which clips are on record for the first time now."""
        async with self.database.connection() as connection:
            found = await connection.execute("select clip_id, message_id from clips")
            rows = await found.fetchall()
        for clip_id, message_id in rows:
            if clip_id not in self._seen and message_id in self.day.posted:
                since = self.day.posted[message_id]
                is_late = self.day.changed.get(message_id, since) > since
                if not is_late:
                    self.found_after_s[message_id] = self.now - since
            self._seen.add(clip_id)

    @property
    def _asked(self) -> int:
        """Requests so far."""
        return sum(self.discord.statistics().answers.values())


async def _go_on(_: RunProgress, __: float) -> bool:
    return False


@asynccontextmanager
async def open_watcher(
    day: Day, *, database_url: str, redis_url: str, schema: str, permits: Permits | None = None
) -> AsyncIterator[Watcher]:
    """Ready for the first turn, in an empty schema and on an empty stream.

    `permits` replace the limits that all workers of a token share.
    """
    transport = InProcess(day.world, options=Options(wall_clock=lambda: START))
    token = transport.simulator.token
    async with (
        open_redis(redis_url) as redis,
        open_limits(
            redis, server="here", token=token, requests_per_second=10_000.0, egress="here"
        ) as limits,
        open_client(
            token,
            api_url=transport.simulator.api_url,
            permits=permits or limits,
            request_timeout_s=10,
            transport=transport,
        ) as discord,
        open_database(database_url, schema=schema, pool_size=2) as database,
        trio.open_nursery() as nursery,
    ):
        async with database.connection() as connection:
            await migrate(connection, schema)
        writers = PageWriters(database, writers=1)
        await nursery.start(writers.run)
        link = Link(redis, Names(schema, "workers"), "here")
        yield Watcher(day, discord, database, writers, Consumer(link, "me", "here", 60_000))
        nursery.cancel_scope.cancel()
