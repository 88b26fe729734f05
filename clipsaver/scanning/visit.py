"""One delivery's visit to one channel: what all that read messages there have in common."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from clipsaver.database import runs
from clipsaver.discord_rest import models
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.discord_rest.pages import Page
from clipsaver.errors import DiscordUnavailable
from clipsaver.jobs import BatchJob, MessageDeletionJob, is_live
from clipsaver.ranges import RangeSet
from clipsaver.records import Departure, KnownChannel, KnownClip, PageResult, RunProgress
from clipsaver.scanning import evidence
from clipsaver.scanning.extract import Found, Rules, Unreadable, extract
from clipsaver.scanning.reconcile import Findings, reconcile
from clipsaver.scanning.scan import ChannelScan, Scan, hash_for, rules_for
from clipsaver.scanning.standing import check_channel_standing, check_wanted


@dataclass(frozen=True, slots=True)
class Reading:
    """What one commit is to hold."""

    read: RangeSet
    covered: RangeSet
    asked_at: float
    """Unix seconds."""
    messages: Sequence[models.Message]
    """Those that this run has not read before."""
    requests: int
    found: Found
    departures: tuple[Departure, ...]
    replaces: bool = False


@dataclass(slots=True)
class Visit:
    """A channel that may be read, and the rules in force there."""

    scan: Scan
    known: KnownChannel
    rules: Rules
    settings_hash: str
    turn: Turn
    """Its requests go before those of backfills."""

    @classmethod
    async def begin(cls, job: ChannelScan, scan: Scan, *, turn: Turn) -> Self:
        """Raises WrongGuild, BadJob, MissingContentIntent, Purged, BeingPurged and the Discord
        client's errors."""
        channel_id, asked_at = int(job.channel_id), scan.delivery.asked_at
        wants_it = not isinstance(job, MessageDeletionJob)  # who deletes wants nothing read again
        known = await evidence.trusted_channel(
            scan.discord,
            scan.database,
            channel_id,
            int(job.guild_id),
            now=scan.clock(),
            turn=turn,
            asked_at=asked_at if wants_it else None,
        )
        check_channel_standing(known, asked_at)
        if not wants_it:
            check_wanted(known)
        is_page = isinstance(job, BatchJob) and job.strategy == "history" and is_live(job)
        if not is_page:  # which puts the question itself, where something new shows nothing
            await evidence.check_intent(scan.discord, f"GET /channels/{channel_id}/messages")
        return cls(scan, known, rules_for(job, scan.defaults), hash_for(job, scan.defaults), turn)

    @property
    def channel_id(self) -> int:
        return self.known.channel.channel_id

    @property
    def worth_reading(self) -> RangeSet:
        """The ids of messages that are young enough for their clips to be kept."""
        return self.scan.retention.worth_reading(self.scan.clock())

    @property
    def _route(self) -> str:
        return f"GET /channels/{self.channel_id}/messages"

    async def plan(self, remaining: RangeSet) -> RangeSet:
        """Fixes what this run has to read, so that later deliveries read only the rest of it."""
        delivery = self.scan.delivery
        async with self.scan.database.connection() as connection:
            return await runs.plan_run(connection, delivery.run_id, delivery.fence, remaining)

    async def check(self, page: Page, shown: Sequence[models.Message]) -> None:
        """Before a page is believed: may the bot see what is there?

        `shown` are those of its messages that are to say so. Raises MissingContentIntent and
        MissingHistoryPermission.
        """
        if page.messages:
            await evidence.check_page(self.scan.discord, shown, self._route)
        else:
            await self._check_empty()
        self.let_others_in()

    def let_others_in(self) -> None:
        """This job does not hold up those that wait at the channel's door any more."""
        if self.scan.turn is not None:
            self.scan.turn.end()

    async def _check_empty(self) -> None:
        # Before "nothing there" is believed, Discord is asked for the channel as it is now.
        now = await evidence.trusted_channel(
            self.scan.discord,
            self.scan.database,
            self.channel_id,
            self.known.channel.guild_id,
            now=self.scan.clock(),
            max_age_s=0,
            turn=self.turn,
        )
        self.known = replace(self.known, channel=now.channel)
        await evidence.check_emptiness(self.scan.discord, now.channel)

    def clips_in(self, page: Page, messages: Sequence[models.Message]) -> Found:
        """The clips that the rules see in some of a page's messages.

        Raises DiscordUnavailable for what cannot be read.
        """
        try:
            return extract(messages, self.channel_id, self.rules)
        except Unreadable as error:
            raise DiscordUnavailable(
                f"its answer cannot be read: {error}", route=page.route, status=200
            ) from None

    async def compare(
        self,
        stored: Collection[KnownClip],
        messages: Sequence[models.Message],
        found: Found,
        *,
        gone: RangeSet,
        replaces: bool,
    ) -> Findings:
        """What became of stored clips; see `reconcile`. Raises MissingContentIntent."""
        if not stored:
            return Findings()
        findings = reconcile(
            stored,
            {int(message.id): message for message in messages},
            {clip.clip_id for clip in found.clips},
            gone=gone,
            replaces=replaces,
        )
        if findings.rest_on_hollow:
            await evidence.check_intent(self.scan.discord, self._route, max_age_s=0.0)
        return findings

    async def commit(self, reading: Reading, progress: RunProgress) -> RunProgress:
        """Commits what was read and is to be kept; returns what the run has done with it."""
        retention, now = self.scan.retention, self.scan.clock()
        kept = retention.what_is_kept(reading.found, now)
        page = PageResult(
            run_id=self.scan.delivery.run_id,
            fence=self.scan.delivery.fence,
            page_number=progress.pages + 1,
            guild_id=self.known.channel.guild_id,
            channel_id=self.channel_id,
            epoch=self.known.epoch,
            settings_hash=self.settings_hash,
            read=reading.read,
            covered=reading.covered & retention.kept_ids(now),
            read_at=datetime.fromtimestamp(reading.asked_at, UTC),
            messages_read=len(reading.messages),
            requests=reading.requests,
            clips=kept.clips,
            messages=kept.messages,
            authors=kept.authors,
            departures=reading.departures,
            replaces=reading.replaces,
        )
        return progress.plus(page, await self.scan.writers.commit(page))
