"""psycopg on Trio: a connection whose waiting is Trio's.

psycopg's protocol code is generators that yield what they wait for; `TrioConnection` drives them
with Trio and leaves the rest alone: cursors, COPY, pipelines, server cursors, `notifies()` and
transactions are psycopg's own. `AsyncQueuedLibpqWriter` and `psycopg_pool` use
asyncio inside and do not work with it.

Cancelling a query asks the server to stop it, then waits for the end of the exchange, at most
`CANCEL_LIMIT_S` for both: the connection is usable again, or closed if the server did not answer.
In a pipeline the connection is always closed, as nobody can tell which results are still to come.
A cancelled COMMIT may or may not have happened, as with any lost answer.

psycopg names that are not documented; `psycopg~=3.3.9` is pinned and a contract test holds each:
`AsyncConnection._connect_gen`, `._cancel_gen`, `._try_cancel`, `._adapters`, `errors._WaitTimeout`,
`conninfo.conninfo_attempts`, `conninfo.timeout_from_conninfo`, `waiting.Ready`, `waiting.Wait`,
and that `AsyncConnection.wait`, `.lock`, `.cancel_safe` and `.transaction` are the only places
where it touches an event loop once it is connected.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

import psycopg
import trio
from psycopg import AsyncConnection, AsyncTransaction
from psycopg.adapt import AdaptersMap
from psycopg.conninfo import (
    conninfo_attempts,
    conninfo_to_dict,
    make_conninfo,
    timeout_from_conninfo,
)
from psycopg.errors import _WaitTimeout
from psycopg.pq import PipelineStatus, TransactionStatus
from psycopg.rows import Row
from psycopg.waiting import Ready

from clipsaver.trio_io.postgres_waiting import drive, drive_all

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from psycopg import AsyncCursor
    from psycopg.abc import AdaptContext, ConnDict, ConnParam, PQGen
    from psycopg.pq.abc import PGconn
    from psycopg.rows import AsyncRowFactory

CANCEL_LIMIT_S = 5.0
"""How long a cancelled query may take to end, request and answer together."""
FAREWELL_LIMIT_S = 1.0
"""How long to ask the server to stop what runs on a connection that is given up anyway."""
ROLLBACK_LIMIT_S = 3.0
"""How long a rollback after an error or a cancellation may take."""
BUSY_LIMIT_S = 0.005
"""How long steps that never wait (COPY rows) may go on before other tasks get a turn."""

_logger = logging.getLogger(__name__)
_T = TypeVar("_T")


class TrioTransaction(AsyncTransaction):
    """A transaction block whose rollback also happens when its task is cancelled."""

    def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> Coroutine[Any, Any, bool]:
        return self._leave(exc_type, exc_val, exc_tb)

    async def _leave(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> bool:
        if exc_type is None:
            try:
                return await super().__aexit__(None, None, None)
            except trio.Cancelled as cancelled:
                if self.status is self.Status.ACTIVE:  # before COMMIT was sent
                    with trio.move_on_after(ROLLBACK_LIMIT_S, shield=True):
                        await super().__aexit__(type(cancelled), cancelled, None)
                raise
        with trio.move_on_after(ROLLBACK_LIMIT_S, shield=True):
            return await super().__aexit__(exc_type, exc_val, exc_tb)
        return False  # too late: the connection was closed on the way


class TrioConnection(AsyncConnection[Row]):
    """psycopg's AsyncConnection for Trio tasks; `lock` belongs to one task at a time."""

    def __init__(self, pgconn: PGconn, *args: Any) -> None:
        super().__init__(pgconn, *args)
        self.lock = trio.Lock()  # type: ignore[assignment]  # used with `async with` only
        self._last_turn = trio.current_time()

    @classmethod
    async def connect(
        cls,
        conninfo: str = "",
        *,
        autocommit: bool = False,
        prepare_threshold: int | None = 5,
        context: AdaptContext | None = None,
        row_factory: AsyncRowFactory[Row] | None = None,
        cursor_factory: type[AsyncCursor[Row]] | None = None,
        **kwargs: ConnParam,
    ) -> Self:
        """Connect as psycopg does; raises psycopg.OperationalError or ConnectionTimeout.

        `connect_timeout` (seconds, psycopg's default 130) is per address that the host has.
        """
        connection = await cls._connect_any(conninfo_to_dict(conninfo, **kwargs))
        connection.prepare_threshold = prepare_threshold
        try:
            await connection.set_autocommit(autocommit)
        except BaseException:
            connection.close_now()
            raise
        if row_factory is not None:
            connection.row_factory = row_factory
        if cursor_factory is not None:
            connection.cursor_factory = cursor_factory
        if context is not None:
            connection._adapters = AdaptersMap(context.adapters)  # noqa: SLF001 - as psycopg does
        return connection

    @classmethod
    async def _connect_any(cls, params: ConnDict) -> Self:
        """Connect to the first address that answers."""
        timeout = timeout_from_conninfo(params)
        failures: list[tuple[str, psycopg.Error]] = []
        for attempt in await trio.to_thread.run_sync(  # it resolves names
            conninfo_attempts, params, abandon_on_cancel=True
        ):
            try:
                return await drive_all(cls._connect_gen(make_conninfo("", **attempt)), timeout)
            except _WaitTimeout:
                error: psycopg.Error = psycopg.errors.ConnectionTimeout(
                    f"no answer within {timeout} s"
                )
            except psycopg.Error as refused:
                error = refused
            place = ", ".join(f"{k} {attempt[k]}" for k in ("host", "port") if attempt.get(k))
            failures.append((place, error))
        last = failures[-1][1]
        if len(failures) == 1:
            raise last
        tried = "\n".join(f"- {place}: {error}" for place, error in failures)
        raise type(last)(f"no address of the database answered:\n{tried}")

    async def wait(
        self,
        gen: PQGen[_T],
        interval: float = 0.0,  # noqa: ARG002 - psycopg's signature; Trio needs no polling
        timeout: float | None = None,
    ) -> _T:
        """Drive one exchange with the server; what every psycopg operation waits in.

        The generator is always started before anything can be cancelled: psycopg's transaction
        blocks count on it.
        """
        try:
            try:
                state = next(gen)
            except StopIteration as stop:
                await self._give_others_a_turn()
                return cast(_T, stop.value)
            self._last_turn = trio.current_time()
            return await drive(gen, state, fd=self.pgconn.socket, limit_s=timeout)
        except (trio.Cancelled, KeyboardInterrupt):
            with trio.CancelScope(shield=True):
                await self._interrupt(gen)
            raise

    async def _give_others_a_turn(self) -> None:
        now = trio.current_time()
        if now - self._last_turn < BUSY_LIMIT_S:
            return
        self._last_turn = now
        if self.pgconn.transaction_status == TransactionStatus.ACTIVE:  # between two COPY rows
            await trio.lowlevel.checkpoint()
        else:  # the result is there: losing it to a cancellation helps nobody
            await trio.lowlevel.cancel_shielded_checkpoint()

    async def _interrupt(self, gen: PQGen[Any]) -> None:
        """End the exchange that `gen` is in the middle of, or close the connection. Bounded."""
        if self.pgconn.pipeline_status != PipelineStatus.OFF:
            with contextlib.suppress(psycopg.Error):
                await self.cancel_safe(timeout=FAREWELL_LIMIT_S)
            self.close_now()
            return
        if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
            return
        reason = f"no end of it within {CANCEL_LIMIT_S} s"
        with trio.move_on_after(CANCEL_LIMIT_S):
            try:
                await self.cancel_safe(timeout=CANCEL_LIMIT_S)
                state = gen.send(Ready.NONE)
                await drive(gen, state, fd=self.pgconn.socket, limit_s=None)
                return
            except (StopIteration, psycopg.errors.QueryCanceled):
                return
            except psycopg.Error as error:
                reason = str(error)
        _logger.warning("a cancelled query did not end, its connection is closed: %s", reason)
        self.close_now()

    async def _try_cancel(self, *, timeout: float = CANCEL_LIMIT_S) -> None:
        """What psycopg calls to end a COPY TO, also where the reason is a cancellation."""
        with trio.CancelScope(shield=True):  # bounded by `timeout`
            await super()._try_cancel(timeout=timeout)

    async def cancel_safe(self, *, timeout: float = 30.0) -> None:
        """Ask the server to stop what runs; raises psycopg's CancellationTimeout."""
        if self.closed:
            return
        try:
            if psycopg.capabilities.has_cancel_safe():
                await drive_all(self._cancel_gen(), timeout)
            else:  # libpq before 17
                with trio.fail_after(timeout):
                    await trio.to_thread.run_sync(self.cancel, abandon_on_cancel=True)
        except (_WaitTimeout, trio.TooSlowError) as error:
            raise psycopg.errors.CancellationTimeout(
                f"the server took no cancel request in {timeout} s"
            ) from error

    @asynccontextmanager
    async def transaction(
        self,
        savepoint_name: str | None = None,
        force_rollback: bool = False,  # noqa: FBT001, FBT002 - psycopg's signature
    ) -> AsyncIterator[AsyncTransaction]:
        """psycopg's transaction block; see TrioTransaction."""
        block = TrioTransaction(self, savepoint_name, force_rollback)
        if self.pgconn.pipeline_status == PipelineStatus.OFF:
            async with block:
                yield block
        else:
            async with self.pipeline(), block, self.pipeline():
                yield block

    async def close(self) -> None:
        """Close; a task that waits for an answer gets psycopg.OperationalError."""
        if not self.closed:
            trio.lowlevel.notify_closing(self.pgconn.socket)
        await super().close()

    def close_now(self) -> None:
        """`close` for where nothing may be awaited; it waits for nothing anyway."""
        if not self.closed:
            trio.lowlevel.notify_closing(self.pgconn.socket)
        self.pgconn.finish()
