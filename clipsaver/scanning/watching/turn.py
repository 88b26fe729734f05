"""One turn of a guild: two requests, and one for each forum whose newest thread is archived."""

from __future__ import annotations

from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass

from clipsaver.config import ScanConfig
from clipsaver.database import Database, channels, coverage, denials, guilds
from clipsaver.discord_rest import models
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.discord_rest.listings import Archive
from clipsaver.errors import AccessDenied, NotFound
from clipsaver.jobs import BatchJob, GuildJob
from clipsaver.ranges import RangeSet
from clipsaver.scanning.guild_map import HOLDS_MESSAGES, HOLDS_THREADS, Found, as_found, as_record
from clipsaver.scanning.scan import hash_for
from clipsaver.scanning.watching import closed, plan
from clipsaver.scanning.watching.memory import Kind, Memory, Place, without
from clipsaver.scanning.watching.plan import Compared, Setup


@dataclass(frozen=True, slots=True)
class Turned:
    """What a turn found; nothing of it is pushed or remembered yet."""

    jobs: Mapping[str, BatchJob | GuildJob]
    """By names; those that wait already are left out."""
    memory: Memory
    requests: int


@dataclass(slots=True)
class GuildTurn:
    """A turn that begins `now` (Unix seconds), upon what is remembered."""

    setup: Setup
    discord: DiscordClient
    database: Database
    defaults: ScanConfig
    memory: Memory | None
    now: float
    not_begun: Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]
    """Which of these names have a job that nobody has begun; see `produce.not_begun`."""
    requests: int = 0

    async def take(self) -> Turned:
        """Finds out what is new.

        Raises AccessDenied or NotFound where the bot is not in the guild, and what else the client
        and the database raise.
        """
        guild_id = self.setup.guild_id
        listed = await self.discord.listing.channels(guild_id)
        threads = await self.discord.listing.active_threads(guild_id)
        self.requests += listed.requests + threads.requests
        found = self._found([*listed.channels, *threads.channels])
        purged = await self._purged(found)
        self.memory = without(self.memory, purged)
        left_alone = await self._left_alone(listed.channels, found.keys() - purged, found)
        compared = plan.compare(found.values(), self.memory, purged | left_alone.keys())
        found |= await self._archived(compared)
        covered = await self._covered(compared)
        jobs = plan.jobs_of(self.setup, self.memory, compared, covered, now=self.now)
        waiting = await self.not_begun(list(jobs)) if jobs else {}
        jobs = {name: job for name, job in jobs.items() if name not in waiting}
        await self._record([*self._met(compared), *_channels_of(jobs.values())], found)
        places = {**compared.places, **left_alone}
        memory = plan.remembered(self.setup, self.memory, places, now=self.now)
        return Turned(jobs, memory, self.requests)

    async def _purged(self, found: Mapping[int, Found]) -> set[int]:
        """Those of the listed and the remembered that were purged, and that nobody wanted since."""
        known = {} if self.memory is None else self.memory.places
        threads_of: dict[int, int | None] = {
            one: place.parent_id if place.kind is Kind.THREAD else None
            for one, place in known.items()
        }
        threads_of |= {
            one: shown.thread_of
            for one, shown in found.items()
            if shown.channel.type in HOLDS_MESSAGES | HOLDS_THREADS
        }
        async with self.database.connection() as connection:
            return await channels.passed_over(connection, self.setup.guild_id, threads_of)

    async def _left_alone(
        self,
        listed: Sequence[models.Channel],
        among: Collection[int],
        found: Mapping[int, Found],
    ) -> dict[int, Place]:
        """Channels and threads that are known to be closed, but for those that may be open now."""
        async with self.database.connection() as connection:
            shut = await guilds.closed_channels(connection, list(among))
            marks = closed.marks_of([found[one].channel for one in shut], listed)
            if opened := sorted(closed.opened(marks, self.memory)):
                await guilds.note_allowed(connection, opened)
                await denials.forget_denials(connection, opened)
        return closed.remembered({one: marks[one] for one in shut.difference(opened)})

    async def _archived(self, compared: Compared) -> dict[int, Found]:
        """Adds to the news what was made in forums and archived since the last turn."""
        found: dict[int, Found] = {}
        for forum_id, dealt_with in compared.forums.items():
            try:
                page = await self.discord.listing.archived_threads(
                    self.setup.guild_id, forum_id, Archive.PUBLIC
                )
            except (AccessDenied, NotFound):
                self.requests += 1
                continue  # it was closed or deleted since it was listed
            self.requests += page.requests
            threads = self._found(page.channels)
            for one in await self._purged(threads) & threads.keys():
                del threads[one]
            assert self.memory is not None  # else there is nothing that moved
            compared.news.extend(plan.archived_since(threads.values(), dealt_with, self.memory))
            found |= threads
        return found

    def _found(self, listed: Iterable[models.Channel]) -> dict[int, Found]:
        records = ((one, as_record(one, self.setup.guild_id)) for one in listed)
        return {record.channel_id: as_found(one, record) for one, record in records}

    async def _covered(self, compared: Compared) -> dict[int, RangeSet]:
        if not (ids := [one.channel_id for one in compared.news]):
            return {}
        by_config = hash_for(GuildJob(guild_id=str(self.setup.guild_id)), self.defaults)
        async with self.database.connection() as connection:
            return await coverage.read_coverages(connection, ids, by_config)

    def _met(self, compared: Compared) -> Iterable[int]:
        """What no turn before has met. At the first one it is the survey that records all."""
        return () if self.memory is None else compared.places.keys() - self.memory.places.keys()

    async def _record(self, ids: Iterable[int], found: Mapping[int, Found]) -> None:
        """So that a job need not ask for its channel what the list has just told.

        And so that a thread which is deleted before anything was posted in it is known to have been
        there, when its last job does not find it.
        """
        records = [found[one].channel for one in dict.fromkeys(ids) if one in found]
        if records:
            async with self.database.connection() as connection:
                await channels.record_channels(connection, records)


def _channels_of(jobs: Iterable[BatchJob | GuildJob]) -> Iterator[int]:
    return (int(job.channel_id) for job in jobs if isinstance(job, BatchJob))
