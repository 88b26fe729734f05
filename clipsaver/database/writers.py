"""The writers: pages of all running jobs, committed in groups.

While one transaction commits, the pages that arrive meanwhile form the next group: nothing waits on
purpose, and the busier the worker the larger the groups. A database that is away is a state: the
writers keep the pages, ask again with backoff, and say so once.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
import trio

from clipsaver.database.connections import Database
from clipsaver.database.errors import Verdict, translate, verdict
from clipsaver.database.pages import commit_pages
from clipsaver.database.sessions import Session
from clipsaver.errors import ClipsaverError, DatabaseUnavailable, DataRejected, LeaseLost
from clipsaver.outage import delay_s
from clipsaver.records import PageChanges, PageResult

MAX_GROUP_PAGES = 64
MAX_GROUP_ROWS = 2_000
"""A page with 100 clips of 100 authors has 300 rows."""
_QUEUED_PAGES = 256
"""Jobs beyond these wait to hand in their page, which bounds memory."""
_QUIET_REPEATS = 5
"""Transactions get in each other's way now and then; more in a row is worth a word."""
_FIRST_REPEAT_S = 0.01
COMMIT_BOUNDS_S = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""By which commits are told from slower ones."""


@dataclass(frozen=True, slots=True)
class WriterStatistics:
    """What the writers did since they were made."""

    groups: int
    """Transactions committed."""
    pages: int
    """Pages committed; those refused or rejected do not count."""
    messages: int
    """Messages read with them."""
    clips: int
    """Clips found in them."""
    rows: int
    """Authors, messages and clips handed in with them."""
    commit_seconds: float
    """Time from sending a group to knowing that it is in, summed over the writers."""
    commit_times: tuple[int, ...]
    """Of the groups, how many took so long: up to each of COMMIT_BOUNDS_S, and longer."""
    last_commit_ms: float | None
    """What the last of these took; None where there was none."""
    waiting: int
    """Pages handed in and not settled, now."""
    is_away: bool
    """Whether the database cannot serve, now."""


class _Ticket:
    """A page on its way into the database, and what became of it."""

    __slots__ = ("fate", "is_wanted", "page", "rows", "settled")

    def __init__(self, page: PageResult) -> None:
        self.page = page
        self.rows = len(page.clips) + len(page.messages) + len(page.authors) + len(page.departures)
        self.settled = trio.Event()
        self.fate: PageChanges | ClipsaverError = PageChanges()
        self.is_wanted = True

    def settle(self, fate: PageChanges | ClipsaverError) -> None:
        self.fate = fate
        self.settled.set()


class _Group:
    """Pages for one transaction."""

    def __init__(self) -> None:
        self.tickets: list[_Ticket] = []
        self._rows = 0
        self._runs: set[str] = set()
        self._channels: dict[int, bool] = {}
        """Whether its page has to be the only one of the channel."""

    def take(self, ticket: _Ticket) -> bool:
        """Takes the page unless it has to come later: after its run's page before it, or apart.

        What deletes clips or replaces coverage may not meet what writes the same rows.
        """
        page = ticket.page
        is_apart = bool(page.departures) or page.replaces
        other = self._channels.get(page.channel_id)
        if page.run_id in self._runs or other or (other is not None and is_apart):
            return False
        self._channels[page.channel_id] = is_apart
        self._runs.add(page.run_id)
        self._rows += ticket.rows
        self.tickets.append(ticket)
        return True

    @property
    def is_full(self) -> bool:
        return len(self.tickets) >= MAX_GROUP_PAGES or self._rows >= MAX_GROUP_ROWS


class PageWriters:
    """`run` is the service; `commit` is what jobs call.

    `dice` gives the jitter of waits: numbers from 0 up to 1.
    """

    def __init__(
        self, database: Database, *, writers: int, dice: Callable[[], float] = random.random
    ) -> None:
        self._database = database
        self._writers = writers
        self._dice = dice
        self._send, self._receive = trio.open_memory_channel[_Ticket](_QUEUED_PAGES)
        self._tickets: set[_Ticket] = set()
        self._outage = database.outage
        self._has_ended = False
        self._groups = self._pages = self._messages = self._clips = self._rows = 0
        self._commit_seconds = 0.0
        self._commit_times = [0] * (len(COMMIT_BOUNDS_S) + 1)
        self._last_commit_s: float | None = None

    async def commit(self, page: PageResult) -> PageChanges:
        """Returns when the page is committed, and what it changed; only then comes the next one.

        Raises LeaseLost if its fence, its channel's epoch or its run's state is no longer the
        page's, DataRejected if the database refuses this page's data, and DatabaseUnavailable if
        the writers end before it is known to be in. When cancelled, a page that was not taken up
        yet is dropped; one that was may or may not be in, which its next delivery finds out.
        """
        if self._has_ended:
            raise self._ended()
        ticket = _Ticket(page)
        self._tickets.add(ticket)
        try:
            await self._send.send(ticket)
            await ticket.settled.wait()
        except trio.BrokenResourceError:
            raise self._ended() from None
        finally:
            ticket.is_wanted = False
            self._tickets.discard(ticket)
        if isinstance(ticket.fate, ClipsaverError):
            raise ticket.fate
        return ticket.fate

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serves `commit` until cancelled; what is then not settled gets DatabaseUnavailable."""
        try:
            async with trio.open_nursery() as nursery:
                for _ in range(self._writers):
                    nursery.start_soon(self._write)
                task_status.started()
        finally:
            self._has_ended = True
            self._receive.close()
            for ticket in self._tickets:
                ticket.settle(self._ended())

    def waiting(self) -> frozenset[str]:
        """Runs whose page is handed in and not settled."""
        return frozenset(ticket.page.run_id for ticket in self._tickets)

    def statistics(self) -> WriterStatistics:
        """Counts of now and since the writers were made."""
        return WriterStatistics(
            groups=self._groups,
            pages=self._pages,
            messages=self._messages,
            clips=self._clips,
            rows=self._rows,
            commit_seconds=self._commit_seconds,
            commit_times=tuple(self._commit_times),
            last_commit_ms=None
            if (last_s := self._last_commit_s) is None
            else round(last_s * 1000, 2),
            waiting=len(self._tickets),
            is_away=self._outage.is_on,
        )

    def _ended(self) -> DatabaseUnavailable:
        return DatabaseUnavailable(
            f"the writers to {self._database.place} have ended; whether the page is in is seen "
            "when its run is delivered again"
        )

    async def _write(self) -> None:
        session = Session(self._database)
        held_back: deque[_Ticket] = deque()
        try:
            while True:
                first = held_back.popleft() if held_back else await self._receive.receive()
                await self._settle(session, self._gather(first, held_back))
        finally:
            session.drop()

    def _gather(self, first: _Ticket, held_back: deque[_Ticket]) -> list[_Ticket]:
        """What waits now, as one group, without the pages that have to come after it."""
        group = _Group()
        waiting = [first, *held_back]
        held_back.clear()
        while True:
            for ticket in waiting:
                if not ticket.is_wanted:
                    continue
                if not group.take(ticket):
                    held_back.append(ticket)
            if group.is_full:
                break
            try:
                waiting = [self._receive.receive_nowait()]
            except trio.WouldBlock:
                break
        return group.tickets

    async def _settle(self, session: Session, group: Sequence[_Ticket]) -> None:
        """Commits the group; where its data is refused, each half alone, down to the bad page."""
        if not group:
            return
        try:
            fates = await self._commit(session, [ticket.page for ticket in group])
        except DataRejected as error:
            if len(group) == 1:
                group[0].settle(error)
                return
            middle = len(group) // 2
            await self._settle(session, group[:middle])
            await self._settle(session, group[middle:])
            return
        self._groups += 1
        for ticket, fate in zip(group, fates, strict=True):
            if isinstance(fate, PageChanges):
                self._pages += 1
                self._messages += ticket.page.messages_read
                self._clips += len(ticket.page.clips)
                self._rows += ticket.rows
            ticket.settle(fate)

    async def _commit(
        self, session: Session, pages: Sequence[PageResult]
    ) -> list[PageChanges | LeaseLost]:
        """One transaction, repeated until it is in. Raises DataRejected if it never can be."""
        failures = 0
        while True:
            started = trio.current_time()
            try:
                fates = await commit_pages(await session.connection(), pages)
            except psycopg.Error as error:
                await trio.sleep(self._judge(session, error, failures))
                failures += 1
            else:
                took_s = trio.current_time() - started
                self._commit_seconds += took_s
                self._last_commit_s = took_s
                self._commit_times[bisect_left(COMMIT_BOUNDS_S, took_s)] += 1
                self._outage.ended()
                return fates

    def _judge(self, session: Session, error: psycopg.Error, failures: int) -> float:
        """After how many seconds to repeat; raises DataRejected, or the error if it is a bug."""
        ours = translate(error, self._database.place)
        if ours is None:
            raise error
        if isinstance(error, psycopg.errors.ForeignKeyViolation) and not failures:
            return 0.0  # an author can be deleted between our look and our insert
        match verdict(error):
            case Verdict.DATA:
                assert isinstance(ours, DataRejected)
                raise ours from error
            case Verdict.REPEAT if failures < _QUIET_REPEATS:
                return delay_s(failures, self._dice(), first_s=_FIRST_REPEAT_S, longest_s=1.0)
        session.drop()
        if not failures:
            return 0.0  # a connection breaks, a server restarts: a new one will mostly do
        self._outage.began(ours)
        return delay_s(failures, self._dice())
