"""The writers: pages of all running jobs, committed in groups.

While one transaction commits, the pages that arrive meanwhile form the next group: nothing waits on
purpose, and the busier the worker the larger the groups. A database that is away is a state: the
writers keep the pages, ask again with backoff, and say so once.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import psycopg
import structlog
import trio
from psycopg.rows import TupleRow

from clipsaver.database.connections import Database
from clipsaver.database.errors import Verdict, translate, verdict
from clipsaver.database.opt_outs import KeyChanged, Marks, read_marks
from clipsaver.database.page_groups import Group, Ticket
from clipsaver.database.pages import commit_pages
from clipsaver.database.search_pages import check_parts, commit_search_page, refused_parts
from clipsaver.database.sessions import Session
from clipsaver.database.writer_statistics import COMMIT_BOUNDS_S, WriterStatistics
from clipsaver.errors import ClipsaverError, DatabaseUnavailable, DataRejected, LeaseLost
from clipsaver.outage import delay_s, tell
from clipsaver.records import PageChanges, PageResult
from clipsaver.trio_io.postgres import TrioConnection

_T = TypeVar("_T")
_log = structlog.get_logger()

_QUEUED_PAGES = 256
"""Jobs beyond these wait to hand in their page, which bounds memory."""
_QUIET_REPEATS = 5
"""Transactions get in each other's way now and then; more in a row is worth a word."""
_FIRST_REPEAT_S = 0.01


class PageWriters:
    """`run` is the service; `commit` and `commit_parts` are what jobs call.

    `dice` gives the jitter of waits: numbers from 0 up to 1. `opt_out_key` is that of the
    configuration, or empty for the database's own.
    """

    def __init__(
        self,
        database: Database,
        *,
        writers: int,
        dice: Callable[[], float] = random.random,
        opt_out_key: str = "",
    ) -> None:
        self._opt_out_key = opt_out_key
        self._marks: Marks | None = None
        self._database = database
        self._writers = writers
        self._dice = dice
        self._send, self._receive = trio.open_memory_channel[Ticket](_QUEUED_PAGES)
        self._tickets: set[Ticket] = set()
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
        return await self.commit_parts((page,))

    async def commit_parts(self, parts: Sequence[PageResult]) -> PageChanges:
        """Commits one page of a search, whose hits lie in several channels: a part for each.

        The run is counted once; a part without rows is for a page that shows no clip, and its
        channel is not looked at. Left out are parts whose data the database refuses, which is
        logged. Raises as `commit`, and ValueError where they are not parts of one page.
        """
        if len(parts) != 1:
            check_parts(parts)
        if self._has_ended:
            raise self._ended()
        ticket = Ticket(parts)
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
        held_back: deque[Ticket] = deque()
        try:
            while True:
                first = held_back.popleft() if held_back else await self._receive.receive()
                await self._settle(session, self._gather(first, held_back))
        finally:
            session.drop()

    def _gather(self, first: Ticket, held_back: deque[Ticket]) -> list[Ticket]:
        """What waits now, as one group, without the pages that have to come after it."""
        group = Group()
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

    async def _settle(self, session: Session, group: Sequence[Ticket]) -> None:
        """Commits the group; where its data is refused, each half alone, down to the bad page."""
        if not group:
            return
        if group[0].page.by_search:
            await self._settle_search(session, group[0])
            return
        pages = [ticket.page for ticket in group]
        try:
            fates = await self._insist(
                session, lambda conn, marks: commit_pages(conn, marks, pages)
            )
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
            self._is_in(ticket, fate)

    async def _settle_search(self, session: Session, ticket: Ticket) -> None:
        """Commits a page of a search, without the parts whose data is refused."""
        parts, refused = ticket.parts, dict[int, psycopg.Error]()
        try:
            try:
                fate = await self._insist(
                    session, lambda conn, marks: commit_search_page(conn, marks, parts)
                )
            except DataRejected:
                refused = await self._insist(
                    session, lambda conn, marks: refused_parts(conn, marks, parts)
                )
                fate = await self._insist(
                    session,
                    lambda conn, marks: commit_search_page(conn, marks, parts, without=refused),
                )
        except DataRejected as error:
            ticket.settle(error)
            return
        self._groups += 1
        for place, why in refused.items():
            tell(
                _log.warning,
                "search_hit_not_stored",
                run=ticket.page.run_id,
                channel=parts[place].channel_id,
                error=str(translate(why, self._database.place)),
            )
        self._is_in(ticket, fate)

    def _is_in(self, ticket: Ticket, fate: PageChanges | LeaseLost) -> None:
        """Counts the page unless it was refused, and tells who waits for it."""
        if isinstance(fate, PageChanges):
            self._pages += 1
            self._messages += sum(part.messages_read for part in ticket.parts)
            self._clips += sum(len(part.clips) for part in ticket.parts)
            self._rows += ticket.rows
        ticket.settle(fate)

    async def _insist(
        self, session: Session, do: Callable[[TrioConnection[TupleRow], Marks], Awaitable[_T]]
    ) -> _T:
        """One transaction, repeated until it is in. Raises DataRejected if it never can be.

        UsageError where people opted out under another key: nothing may be stored here any more.
        """
        failures = 0
        while True:
            started = trio.current_time()
            try:
                conn = await session.connection()
                self._marks = self._marks or await read_marks(conn, self._opt_out_key)
                result = await do(conn, self._marks)
            except KeyChanged:
                self._marks = None
                pause_s = delay_s(failures, self._dice(), first_s=_FIRST_REPEAT_S, longest_s=1.0)
                await trio.sleep(pause_s)
                failures += 1
            except psycopg.Error as error:
                await trio.sleep(self._judge(session, error, failures))
                failures += 1
            else:
                took_s = trio.current_time() - started
                self._commit_seconds += took_s
                self._last_commit_s = took_s
                self._commit_times[bisect_left(COMMIT_BOUNDS_S, took_s)] += 1
                self._outage.ended()
                return result

    def _judge(self, session: Session, error: psycopg.Error, failures: int) -> float:
        """After how many seconds to repeat; raises DataRejected, or the error if it is a bug."""
        ours = translate(error, self._database.place)
        if ours is None:
            raise error
        if isinstance(error, psycopg.errors.ForeignKeyViolation) and failures < _QUIET_REPEATS:
            return 0.0  # an author can be deleted between our look and our insert, and then another
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
