"""Guild jobs: one batch job for each channel and thread that has something new.

Before the first of those that have history to read, a job that searches the whole guild is added,
by strategy `auto`: it goes first and shows most clips within seconds.

The jobs are added as they are found. A walk that was cut off begins anew and adds what it had not
added before; what two walks add joins what is unfinished (`guild_plan.job_for`). So nothing is done
twice, and nothing is missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from clipsaver import jobs
from clipsaver.config import ScanConfig
from clipsaver.database import Database, channels, coverage, guild_runs
from clipsaver.discord_rest import models
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.errors import BadJob
from clipsaver.jobs import BatchJob, GuildJob, Strategy
from clipsaver.ranges import RangeSet
from clipsaver.records import GuildCounts
from clipsaver.scanning.enumeration import Enumeration
from clipsaver.scanning.guild_map import Found
from clipsaver.scanning.guild_plan import (
    News,
    Reader,
    has_history,
    is_short,
    job_for,
    news_of,
    reads_whole_channel,
    search_for,
)
from clipsaver.scanning.guild_standing import check_guild
from clipsaver.scanning.retention import KEEP_ALL, Retention
from clipsaver.scanning.scan import hash_for


@dataclass(frozen=True, slots=True)
class Finding:
    """A channel or thread that may be read, and what is done about it."""

    found: Found
    news: News
    run_id: str | None = None
    """The run that is under way or waits there, where one does."""
    has_history: bool = False
    """Of what is new: whether it is more than the latest."""


@dataclass(slots=True)
class Survey:
    """One delivery of a guild job, or one person's question for a guild."""

    job: GuildJob
    discord: DiscordClient
    database: Database
    defaults: ScanConfig
    clock: Callable[[], float]
    """Unix seconds."""
    asked_at: float
    """When somebody wanted it, Unix seconds: of a guild that is purged since nothing is added."""
    push: Callable[[Mapping[str, BatchJob | GuildJob]], Awaitable[int]]
    """Puts jobs onto the stream by their names, and tells how many there are of this survey in
    all. Jobs of one name would read the same."""
    not_begun: Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]
    """The runs of jobs of these names that somebody has pushed and that wait, by name."""
    after_list: Callable[[Survey, Sequence[Finding]], Awaitable[bool]]
    """Told of each list that was read, when its jobs are on the stream; answers whether to stop."""
    wanted: Callable[[Found], bool] | None = None
    """Which channels and threads are meant; None = all. Each of some is searched on its own."""
    retention: Retention = KEEP_ALL
    """What is too old to be read."""
    news: Counter[News] = field(default_factory=Counter)
    """How many channels that may be read there are of each kind."""
    added: int = 0
    """Jobs on the stream, with those of earlier deliveries."""
    _walk: Enumeration | None = None
    _is_searched: bool = False

    async def run(
        self, only: Collection[int] | None = None, also: Sequence[models.Channel] = ()
    ) -> None:
        """Goes through the guild; `only` and `also` as `Enumeration.run` takes them.

        Raises Stopped, Purged, BeingPurged, and what `Enumeration.run` raises.
        """
        guild_id = int(self.job.guild_id)
        await check_guild(self.database, guild_id, self.asked_at, wants_all=self.wanted is None)
        self.added = await self.push({})
        self._walk = await Enumeration.begin(
            self.discord, self.database, guild_id, self._take, now=self.clock()
        )
        await self._walk.run(only, also)

    @property
    def walk(self) -> Enumeration:
        """How far it is. Not before `run`."""
        assert self._walk is not None
        return self._walk

    @property
    def counts(self) -> GuildCounts:
        """What there is to tell of it so far."""
        guild_map = self.walk.map
        return GuildCounts(guild_map.places, guild_map.closed, self.added)

    @property
    def strategy(self) -> Strategy:
        """The one in force."""
        return self.job.strategy or self.defaults.strategy

    async def _take(self, found: Sequence[Found]) -> bool:
        await check_guild(self.database, int(self.job.guild_id), self.asked_at)
        meant = [one for one in found if self.wanted is None or self.wanted(one)]
        findings = await self._judged(meant) if meant else []
        new = [one for one in findings if one.news is News.NEW]
        jobs: dict[str, BatchJob | GuildJob] = {}
        if self._is_to_search(new):
            self._is_searched = True
            jobs[f"search {self.job.guild_id}:{self._settings_hash}"] = search_for(self.job)
        jobs |= {self._name(one.found): self._job_for(one) for one in new}
        if jobs:
            count = await self.push(jobs)
            self.added = max(self.added, count)  # some archives are read at the same time
        self.news.update(one.news for one in findings)
        return await self.after_list(self, findings)

    def _is_to_search(self, new: Sequence[Finding]) -> bool:
        is_asked_for = self.strategy == "auto" and self.wanted is None
        return is_asked_for and not self._is_searched and any(one.has_history for one in new)

    def _job_for(self, one: Finding) -> BatchJob:
        is_worth_it = one.has_history and not is_short(one.found)
        if self.wanted is None or not (self.strategy == "search" or is_worth_it):
            return job_for(one.found, self.job)
        return job_for(one.found, self.job, self.strategy)

    async def _judged(self, meant: Sequence[Found]) -> list[Finding]:
        ids = [one.channel.channel_id for one in meant]
        threads_of = {one.channel.channel_id: one.thread_of for one in meant}
        settings_hash = self._settings_hash
        async with self.database.connection() as connection:
            purged = await channels.passed_over(connection, int(self.job.guild_id), threads_of)
            # First what is under way: what it commits meanwhile is covered then.
            underway = await guild_runs.batches_underway(connection, ids)
            covered = await coverage.read_coverages(connection, ids, settings_hash)
        readers: dict[int, list[Reader]] = {}
        for one in underway:
            if self._reads_alike(one.job, settings_hash):
                readers.setdefault(one.channel_id, []).append(Reader(one.run_id, one.remaining))
        findings, kept = [], self.retention.worth_reading(self.clock())
        for found in meant:
            channel_id = found.channel.channel_id
            read = covered.get(channel_id, RangeSet())
            news, run_id = news_of(found, read, readers.get(channel_id, ()), kept=kept)
            if channel_id in purged:
                news, run_id = News.PURGED, None
            is_long = has_history(found, read, kept=kept)
            findings.append(Finding(found, news, run_id, is_long))
        return await self._without_queued(findings)

    async def _without_queued(self, findings: Sequence[Finding]) -> list[Finding]:
        """With those told apart for which a job waits. One that nobody has begun reads up to what
        is newest when it begins."""
        new = [self._name(one.found) for one in findings if one.news is News.NEW]
        waiting = await self.not_begun(new) if new else {}
        return [
            replace(one, news=News.QUEUED, run_id=run_id)
            if one.news is News.NEW and (run_id := waiting.get(self._name(one.found)))
            else one
            for one in findings
        ]

    def _name(self, found: Found) -> str:
        """What a job of ours would read: a channel, by which rules."""
        kind = ":search" if self.strategy == "search" else ""  # leaves something out
        return f"{found.channel.channel_id}:{self._settings_hash}{kind}"

    @property
    def _settings_hash(self) -> str:
        return hash_for(self.job, self.defaults)

    def _reads_alike(self, text: str, settings_hash: str) -> bool:
        """Whether a job under way leaves nothing out that ours would read."""
        try:
            job = jobs.decode(text)
        except BadJob:
            return False  # of a later version's contract
        return (
            isinstance(job, BatchJob)
            and reads_whole_channel(job)
            and hash_for(job, self.defaults) == settings_hash
        )
