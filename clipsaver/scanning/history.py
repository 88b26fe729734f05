"""Reads stretches of a channel's history, page by page, for whichever job asks for them."""

from __future__ import annotations

from dataclasses import dataclass, field

from clipsaver import snowflake
from clipsaver.database import reconciling
from clipsaver.discord_rest import models
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.discord_rest.pages import Page
from clipsaver.errors import DiscordUnavailable
from clipsaver.job_settings import Direction
from clipsaver.ranges import Range, RangeSet
from clipsaver.records import Departure, RunProgress
from clipsaver.scanning import plan
from clipsaver.scanning.extract import Found
from clipsaver.scanning.reconcile import departed
from clipsaver.scanning.scan import ScanEnd
from clipsaver.scanning.visit import Reading, Visit
from clipsaver.scanning.windows import as_ranges

MOST_ASKED = 100
"""Of one page's missing messages, newest first; the others stay to be read."""


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What a page says of the stored clips of its stretch."""

    departures: tuple[Departure, ...] = ()
    requests: int = 0
    """Made to be sure."""
    left: RangeSet = field(default_factory=RangeSet)
    """Ids that were not compared yet."""


@dataclass(slots=True)
class HistoryReader:
    """One delivery of a job that reads history, from its first page to its last."""

    visit: Visit
    asked: RangeSet
    """What the job asks for, whatever is known of it."""
    remaining: RangeSet
    direction: Direction
    limit: int | None = None
    """Messages that the run may read in all; None = without limit."""
    replaces: bool = False
    """Whether this reading has the last word on what is a clip."""
    _neighbour: int | None = field(init=False, default=None)
    """The last message of the page before, next to which the next page starts."""

    async def run(self) -> ScanEnd:
        """Reads what remains. Raises what the Discord client, the checks and the writers raise."""
        scan = self.visit.scan
        progress = scan.start.progress
        while step := self._next_step(progress):
            reading = await self._read(step)
            progress = await self.visit.commit(reading, progress)
            self.remaining -= reading.read
            is_to_pause = await scan.after_page(progress, self._share(progress))
            if is_to_pause and self._next_step(progress):
                return ScanEnd.PAUSED
        return ScanEnd.FINISHED

    def _next_step(self, progress: RunProgress) -> plan.Step | None:
        left = None if self.limit is None else max(self.limit - progress.messages, 0)
        return plan.next_step(self.remaining, direction=self.direction, messages_left=left)

    async def _read(self, step: plan.Step) -> Reading:
        """One page, checked, searched for clips and compared with what is stored."""
        visit = self.visit
        asked_at = visit.scan.clock()
        page = await visit.scan.discord.history(
            visit.channel_id,
            before=step.before,
            after=step.after,
            limit=step.limit,
            turn=visit.turn,
        )
        ids = [int(message.id) for message in page.messages]
        fresh = self._fresh(ids, page.messages)
        # A message that shows nothing stays on the newest page for long, and puts no question there
        # again: it did when it was new.
        await visit.check(page, fresh if visit.turn is Turn.LIVE else page.messages)
        seen = plan.what_was_read(
            step,
            ids,
            is_full=page.is_full,
            remaining=self.remaining,
            now=asked_at,
            neighbour=self._neighbour,
        )
        if ids:
            self._neighbour = ids[-1] if self.direction == "backward" else ids[0]
        found = visit.clips_in(page, fresh)
        compared = await self._compare(seen, asked_at, page, fresh, found)
        return Reading(
            read=seen.read - compared.left,
            covered=seen.covered - compared.left,
            asked_at=asked_at,
            messages=fresh,
            requests=page.requests + compared.requests,
            found=found,
            departures=compared.departures,
            replaces=self.replaces,
        )

    def _fresh(self, ids: list[int], messages: list[models.Message]) -> list[models.Message]:
        """Those that this run has not read yet: mostly all, as a page lies within one gap."""
        if not ids or self.remaining.holds(Range(ids[-1], ids[0] + 1)):
            return messages
        pairs = zip(ids, messages, strict=True)
        return [message for message_id, message in pairs if message_id in self.remaining]

    async def _compare(
        self,
        seen: plan.Reading,
        asked_at: float,
        page: Page,
        fresh: list[models.Message],
        found: Found,
    ) -> _Comparison:
        """Which stored clips of the stretch are not there any more.

        Asked anew for each page: search and message jobs store clips beside this run.
        """
        # A clip that was posted since can be stored by now, though the page could not show it.
        stretch = seen.read & self.remaining & plan.settled(asked_at)
        if (hull := stretch.hull) is None:
            return _Comparison()
        async with self.visit.scan.database.connection() as connection:
            stored = await reconciling.clips_between(connection, self.visit.channel_id, hull)
        # Of very many the newest are compared; what is older stays to be read.
        is_cut = len(stored) == reconciling.MOST_AT_ONCE
        left = RangeSet.of(0, stored[-1].message_id + 1) if is_cut else RangeSet()
        stored = [clip for clip in stored if clip.message_id in stretch - left]
        findings = await self.visit.compare(
            stored, fresh, found, gone=seen.proven, replaces=self.replaces
        )
        missing, requests = await self._ask_for(findings.doubtful[:MOST_ASKED], page)
        departures = (*findings.departures, *departed(stored, missing))
        return _Comparison(departures, requests, left | as_ranges(findings.doubtful[MOST_ASKED:]))

    async def _ask_for(self, doubtful: tuple[int, ...], page: Page) -> tuple[list[int], int]:
        """Asks for each message that the page should have shown if it were there.

        Raises DiscordUnavailable where it is: then the page was not whole.
        """
        visit, requests = self.visit, 0
        for message_id in doubtful:
            found = await visit.scan.discord.find_message(
                visit.channel_id, message_id, turn=visit.turn
            )
            requests += found.requests
            if found.messages:
                raise DiscordUnavailable(
                    f"a page of {len(page.messages)} messages lacks message {message_id}, which "
                    f"was posted on {snowflake.to_datetime(message_id):%Y-%m-%d} and is there",
                    route=page.route,
                )
        return list(doubtful), requests

    def _share(self, progress: RunProgress) -> float:
        """How much is done, from 0 to 1: by time, or by the job's limit where that ends it first.

        A channel's id tells when it was made, and nothing in it is older.
        """
        now = self.visit.scan.clock()
        by_time = plan.share_done(self.asked, self.remaining, oldest=self.visit.channel_id, now=now)
        if self.limit is None:
            return by_time
        return max(by_time, min(1.0, progress.messages / self.limit))
