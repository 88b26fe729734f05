"""Message jobs: look at the named messages, as they are now.

Live ones mostly, a single one or a few; or up to a thousand that are to be looked at again, which
may take their turn with history. They cover nothing: what lies between them was not asked for.

A `message_deletion` job reads its messages in the same way. Those that are gone stay in what its
run has left to read, so that whoever deletes them for good knows which they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from clipsaver.database import reconciling
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.discord_rest.pages import Page
from clipsaver.jobs import MessageDeletionJob, MessageJob, is_live
from clipsaver.ranges import EVERYTHING, RangeSet
from clipsaver.records import KnownClip
from clipsaver.scanning import windows
from clipsaver.scanning.plan import PAGE_SIZE, settled
from clipsaver.scanning.scan import Scan, ScanEnd
from clipsaver.scanning.visit import Reading, Visit
from clipsaver.scanning.windows import Answered, Ask, Look, Windows


async def read_messages(job: MessageJob | MessageDeletionJob, scan: Scan) -> ScanEnd:
    """Reads the messages with the fewest requests; one that is gone takes its clips with it."""
    keeps_gone = isinstance(job, MessageDeletionJob)
    visit = await Visit.begin(job, scan, turn=Turn.LIVE if is_live(job) else Turn.BACKFILL)
    asked = windows.as_ranges(map(int, job.message_ids))
    remaining = scan.start.remaining
    if remaining is None:
        kept = EVERYTHING if keeps_gone else scan.retention.kept_ids(scan.clock())
        remaining = await visit.plan(asked & kept)
    wanted = set(windows.as_ids(remaining))
    total = len(windows.as_ids(asked))
    return await _MessageReader(visit, total, Windows(wanted), keeps_gone=keeps_gone).run()


@dataclass(slots=True)
class _MessageReader:
    """One delivery of such a job."""

    visit: Visit
    total: int
    """Messages that the job names."""
    windows: Windows
    keeps_gone: bool
    """Whether messages that are gone stay among those that the run has left."""
    _requests: int = field(init=False, default=0)
    """Made since the last commit."""

    async def run(self) -> ScanEnd:
        scan = self.visit.scan
        progress = scan.start.progress
        while (ask := self.windows.next_ask()) is not None:
            reading = await self._read(ask)
            if reading is None:
                continue  # all that was asked for is doubtful: the next request tells more
            progress = await self.visit.commit(reading, progress)
            self._requests = 0
            done = 1.0 - len(self.windows.left) / self.total
            if await scan.after_page(progress, done) and self.windows.left:
                return ScanEnd.PAUSED
        return ScanEnd.FINISHED

    async def _read(self, ask: Ask) -> Reading | None:
        """One request's worth of messages, checked, searched and compared with what is stored.

        None where it settles nothing.
        """
        visit, asked_at = self.visit, self.visit.scan.clock()
        page = await self._fetch(ask)
        self._requests += page.requests
        if page.messages or ask.look is not Look.ALONE:
            await visit.check(page, page.messages)
        answered = self.windows.answer(
            ask,
            [int(message.id) for message in page.messages],
            is_full=page.is_full,
            old_enough=settled(asked_at),
        )
        if not answered.settled:
            return None
        messages = [message for message in page.messages if int(message.id) in answered.there]
        found = visit.clips_in(page, messages)
        findings = await visit.compare(
            await self._stored(answered),
            messages,
            found,
            gone=windows.as_ranges(answered.gone),
            replaces=False,
        )
        return Reading(
            read=windows.as_ranges(answered.there) if self.keeps_gone else answered.settled,
            covered=RangeSet(),
            asked_at=asked_at,
            messages=messages,
            requests=self._requests,
            found=found,
            departures=findings.departures,
        )

    async def _fetch(self, ask: Ask) -> Page:
        discord, channel_id, turn = self.visit.scan.discord, self.visit.channel_id, self.visit.turn
        match ask.look:
            case Look.ALONE:
                return await discord.find_message(channel_id, ask.message_id, turn=turn)
            case Look.AROUND:
                return await discord.history(
                    channel_id, around=ask.message_id, limit=PAGE_SIZE, turn=turn
                )
            case Look.BELOW:
                return await discord.history(
                    channel_id, before=ask.message_id + 1, limit=PAGE_SIZE, turn=turn
                )

    async def _stored(self, answered: Answered) -> list[KnownClip]:
        told = answered.there | answered.gone
        async with self.visit.scan.database.connection() as connection:
            return await reconciling.clips_of(connection, self.visit.channel_id, told)
