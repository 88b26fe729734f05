"""Searches a guild or one of its channels, with several pages in flight, and commits what it finds.

A page is committed in the order of asking, with what is left to search (`plan`), so a delivery that
ends anywhere is gone on with there. Nothing is covered by it, and no clip is missed by it: what
search does not show may be there all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import structlog
import trio

from clipsaver import snowflake
from clipsaver.discord_rest.search import SearchPage, SearchQuery
from clipsaver.errors import ClipsaverError, RequestRefused
from clipsaver.ranges import RangeSet
from clipsaver.records import KnownChannel, PageResult, RunProgress
from clipsaver.scanning import evidence
from clipsaver.scanning.extract import Found, Rules
from clipsaver.scanning.scan import Scan, ScanEnd
from clipsaver.scanning.searching.hits import Check, Hits, clips_in
from clipsaver.scanning.searching.left import OVER, decode, encode
from clipsaver.scanning.searching.places import Places
from clipsaver.scanning.searching.plan import Ask, SearchPlan
from clipsaver.scanning.searching.questions import questions_for

_log = structlog.get_logger()

_NOWHERE: tuple[None, Found] = (None, Found((), (), ()))
"""The part of a page that holds no clip: its channel is not looked at."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is searched, and by which rules."""

    guild_id: int
    rules: Rules
    settings_hash: str
    channel: KnownChannel | None = None
    """The only one whose hits are wanted; None = the whole guild."""
    newest: int | None = None
    """Only messages with a smaller id; None = up to now."""
    oldest: int | None = None
    """Only messages with a greater id; None = from the first."""
    limit: int | None = None
    """Hits that the run may read in all; None = without limit."""


@dataclass(frozen=True, slots=True)
class _Answer:
    page: SearchPage
    asked_at: float
    """Unix seconds."""


@dataclass(slots=True)
class _Page:
    """What one commit is to hold."""

    asked_at: float
    """Unix seconds."""
    left: str
    requests: int = 0
    messages: int = 0
    """Hits that this run has not read before."""
    found: list[tuple[KnownChannel, Found]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class SearchReader:
    """One delivery of a search."""

    scan: Scan
    target: Target
    progress: RunProgress
    """What the run has done, as committed."""
    is_share_told: bool = True
    """False where the search is only the beginning of the work."""
    _plan: SearchPlan = field(init=False)
    _places: Places = field(init=False)
    _check: Check = field(init=False)
    _answers: dict[Ask, _Answer] = field(init=False, default_factory=dict)
    _failure: ClipsaverError | None = field(init=False, default=None)
    _refused: RequestRefused | None = field(init=False, default=None)
    """Why Discord did not take one of the questions."""
    _is_heard: bool = field(init=False, default=False)
    """Whether it took one."""
    _news: trio.Event = field(init=False, default_factory=trio.Event)
    _last: frozenset[int] = field(init=False, default=frozenset())
    """The hits of the page before: the next page begins with the last of them."""
    _kept: str | None = field(init=False)
    """What is left, as committed last."""
    _is_indexed: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        scan, target = self.scan, self.target
        now = snowflake.from_unix(scan.clock())
        self._kept = scan.start.search_left
        newest = now if target.newest is None else min(now, target.newest)
        oldest = scan.retention.search_after(target.oldest, scan.clock())
        is_empty = oldest is not None and newest <= oldest + 1
        self._plan = SearchPlan.begin(
            () if is_empty else questions_for(target.rules),
            newest=newest,
            oldest=oldest,
            left=self._kept,
        )
        if (kept := decode(self._kept)) is not None and kept.joint is not None:
            self._last = frozenset([kept.joint])
        self._check = Check(scan.discord, scan.database, target.rules, target.settings_hash)
        self._places = Places(scan.discord, scan.database, target.guild_id, scan.clock)
        if target.channel is not None:
            self._places.know(target.channel)

    async def run(self) -> ScanEnd:
        """Searches until nothing is left, or until a pause is asked for.

        A question that Discord refuses is passed over. Raises RequestRefused where it refuses all,
        SearchDenied, SearchNotReady, MissingContentIntent, and what the Discord client and the
        writers raise.
        """
        end, failure = ScanEnd.FINISHED, None
        async with trio.open_nursery() as nursery:
            try:
                end = await self._search(nursery)
            except ClipsaverError as error:  # as it is, and not in a group
                failure = error
            nursery.cancel_scope.cancel()
        if failure is not None:
            raise failure
        return end

    async def note_over(self) -> None:
        """Notes that this run is not to search any more, whatever is left of it."""
        if self._kept != encode(OVER):
            await self._commit(_Page(self.scan.clock(), encode(OVER)))

    async def _search(self, nursery: trio.Nursery) -> ScanEnd:
        while not self._plan.is_over and not self._is_limit_reached:
            while self._failure is None and (ask := self._plan.next_ask()) is not None:
                nursery.start_soon(self._ask, ask)
            if (taken := self._plan.take()) is not None:
                await self._take_in(taken, self._answers.pop(taken))
                share = self._plan.share if self.is_share_told else 0.0
                if await self.scan.after_page(self.progress, share) and not self._plan.is_over:
                    return ScanEnd.PAUSED
            elif self._failure is not None:
                raise self._failure
            else:
                await self._news.wait()
                self._news = trio.Event()
        if self._refused is not None and not self._is_heard:
            raise self._refused
        if not self._is_indexed:
            _log.info("search_index_incomplete", guild=self.target.guild_id)
        return ScanEnd.FINISHED

    @property
    def _is_limit_reached(self) -> bool:
        limit = self.target.limit
        return limit is not None and self.progress.messages >= limit

    async def _ask(self, ask: Ask) -> None:
        question, channel = ask.question, self.target.channel
        query = SearchQuery(
            has=question.has,
            extensions=question.extensions,
            embed_types=question.embed_types,
            channel_ids=() if channel is None else (channel.channel.channel_id,),
            min_id=ask.min_id,
            max_id=ask.max_id,
        )
        asked_at = self.scan.clock()
        try:
            page = await self.scan.discord.search.page(
                self.target.guild_id, query, offset=ask.offset
            )
        except RequestRefused as error:  # it may take the others
            self._refused = error
            _log.warning("search_question_refused", question=question.name, error=str(error))
            self._note(ask, _Answer(_empty(error.route), asked_at))
        except ClipsaverError as error:
            self._failure = self._failure or error
        else:
            self._is_heard = True
            self._note(ask, _Answer(page, asked_at))
        self._news.set()

    def _note(self, ask: Ask, answer: _Answer) -> None:
        page = answer.page
        self._answers[ask] = answer
        self._plan.answered(ask, [int(one.id) for one in page.messages], page.total)

    async def _take_in(self, ask: Ask, answer: _Answer) -> None:
        """Commits what a page shows, with what is left to search after it."""
        shown, before = answer.page, self.progress.changes.by_search
        self._is_indexed = shown.is_index_complete
        if shown.messages:
            await evidence.check_page(self.scan.discord, shown.messages, shown.route)
        page = _Page(answer.asked_at, self._plan.left(), requests=shown.requests)
        hits: list[Hits] = []
        for channel_id, messages in shown.by_channel().items():
            fresh = [one for one in messages if int(one.id) not in self._last]
            page.messages += len(fresh)
            found = self._what_is_kept(clips_in(fresh, channel_id, self.target.rules))
            if found.clips and (known := await self._place_of(channel_id, shown)) is not None:
                hits.append(Hits(known, fresh, found))
        checked = await self._check.of(hits)
        page.requests += checked.requests
        page.found = checked.found
        await self._commit(page)
        self._last = frozenset(int(one.id) for one in shown.messages)
        added = self.progress.changes.by_search - before
        self._plan.found(ask, max(added, checked.unread))

    async def _place_of(self, channel_id: int, page: SearchPage) -> KnownChannel | None:
        wanted = self.target.channel
        if wanted is None:
            return await self._places.of(channel_id, page.threads)
        return wanted if wanted.channel.channel_id == channel_id else None

    async def _commit(self, page: _Page) -> None:
        found: Sequence[tuple[KnownChannel | None, Found]] = page.found or [_NOWHERE]
        parts = [self._part(page, known, clips) for known, clips in found]
        # The numbers of the whole page are counted once.
        parts[0] = replace(parts[0], messages_read=page.messages, requests=page.requests)
        changes = await self.scan.writers.commit_parts(parts)
        self.progress = self.progress.plus_parts(parts, changes)
        self._kept = page.left

    def _what_is_kept(self, found: Found) -> Found:
        return self.scan.retention.what_is_kept(found, self.scan.clock())

    def _part(self, page: _Page, known: KnownChannel | None, found: Found) -> PageResult:
        delivery, found = self.scan.delivery, self._what_is_kept(found)
        return PageResult(
            run_id=delivery.run_id,
            fence=delivery.fence,
            page_number=self.progress.pages + 1,
            guild_id=self.target.guild_id,
            channel_id=0 if known is None else known.channel.channel_id,
            epoch=0 if known is None else known.epoch,
            settings_hash=self.target.settings_hash,
            read=RangeSet(),
            covered=RangeSet(),
            read_at=datetime.fromtimestamp(page.asked_at, UTC),
            messages_read=0,
            requests=0,
            clips=found.clips,
            messages=found.messages,
            authors=found.authors,
            by_search=True,
            search_left=page.left,
        )


def _empty(route: str) -> SearchPage:
    """What a refused question shows."""
    return SearchPage([], 0, [], is_index_complete=True, requests=1, route=route)
