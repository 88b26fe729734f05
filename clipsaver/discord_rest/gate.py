"""The Trio driver of the limits: requests go through the gate, and sleep there exactly as long
as the limits say.

`Gate` keeps the limits of one token in this process. What the client needs of it is `Permits`, so
that limits kept elsewhere can stand in its place.

    async with gate.permit(request, live=False, deadline=...) as permit:
        ...                       # send
        permit.answered(answer)   # without it, the answer counts as unknown
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol

import structlog
import trio

from clipsaver.discord_rest.bucket_log import Admission
from clipsaver.discord_rest.guard import ASK_AGAIN_S, INVALID_HOLD, Guard
from clipsaver.discord_rest.limiter import Limits
from clipsaver.discord_rest.line import NEVER, Line, Ticket
from clipsaver.discord_rest.outcomes import Answer, Scope
from clipsaver.discord_rest.routes import Request
from clipsaver.discord_rest.statistics import LimitStatistics, Waiting
from clipsaver.errors import RateLimited, TokenRejected

log = structlog.get_logger(__name__)


class Permit(Protocol):
    """One request's permission to be sent, as an async context."""

    async def __aenter__(self) -> Permit: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def answered(self, answer: Answer) -> None:
        """Tells what came of it."""


class Permits(Protocol):
    """Where permits come from."""

    def permit(self, request: Request, *, live: bool, deadline: float, trial: bool) -> Permit:
        """A permit to enter; entering waits until the request may be sent.

        `live` goes before backfill. Raises RateLimited if it would have to wait beyond `deadline`
        (Trio's clock), and TokenRejected while the token is held, unless this is its `trial`.
        """

    async def may_ask_again(self) -> bool:
        """Whether a held token is due for a trial, which the caller must then make."""

    @property
    def held_since(self) -> float | None:
        """Since when the token is held as rejected (Trio's clock)."""

    def waiting(self) -> tuple[Waiting, ...]:
        """Who waits, for what and until when."""

    def statistics(self) -> LimitStatistics:
        """What was learnt and used up."""


class Gate:
    """The limits of one token in this process."""

    def __init__(self, requests_per_second: float) -> None:
        self._limits = Limits(requests_per_second)
        self._guard = Guard()
        self._line = Line(self._limits, self._guard)
        self._sleeping: dict[Ticket, trio.CancelScope] = {}

    def permit(
        self, request: Request, *, live: bool = False, deadline: float, trial: bool = False
    ) -> GatePermit:
        """See `Permits.permit`."""
        ticket = Ticket(request, live=live, joined=trio.current_time(), deadline=deadline)
        return GatePermit(self, ticket, trial=trial)

    async def may_ask_again(self) -> bool:
        """See `Permits.may_ask_again`."""
        return self._guard.may_ask_again(trio.current_time())

    @property
    def held_since(self) -> float | None:
        """See `Permits.held_since`."""
        return self._guard.held_since

    def waiting(self) -> tuple[Waiting, ...]:
        """See `Permits.waiting`."""
        now = trio.current_time()
        return tuple(
            Waiting(
                request=str(ticket.request),
                live=ticket.live,
                why=ticket.wait.why.value,
                for_s=now - ticket.joined,
                left_s=max(0.0, ticket.wait.until - now) if ticket.wait.until != NEVER else None,
            )
            for ticket in self._line.tickets()
        )

    def statistics(self) -> LimitStatistics:
        """See `Permits.statistics`."""
        return LimitStatistics(
            on_their_way=self._limits.on_their_way,
            waiting=len(self._line),
            learnt=self._limits.learnt,
            invalid_requests=self._guard.invalid(trio.current_time()),
        )

    async def enter(self, ticket: Ticket, *, trial: bool) -> Admission:
        """Waits until the ticket's request may be sent; its owner must `leave` afterwards."""
        self._refuse_held(ticket, trial=trial)
        if not self._line:
            verdict = self._line.admit(ticket.request, ticket.joined)
            if isinstance(verdict, Admission):
                return verdict
        self._line.join(ticket)
        try:
            self._call(ticket.joined)
            while ticket.admission is None:
                await self._sleep(ticket)
                self._refuse_held(ticket, trial=trial)
        except BaseException:
            self._line.leave(ticket)
            if ticket.admission is not None:
                self._limits.returned(ticket.admission)
            self._call(trio.current_time())
            raise
        return ticket.admission

    def leave(self, admission: Admission, answer: Answer | None) -> None:
        """Ends a request; `answer` is None if what came of it is unknown."""
        now = trio.current_time()
        if answer is None:
            self._limits.lost(admission, now)
        else:
            self._limits.answered(admission, answer.headers, answer.refusal, now)
            self._take_note(answer)
        self._call(now)

    async def _sleep(self, ticket: Ticket) -> None:
        """Sleeps until the ticket is admitted or the line is to be called for it."""
        now = trio.current_time()
        if ticket.is_in_vain or now >= ticket.deadline:
            raise _too_long(ticket, now)
        scope = trio.CancelScope(deadline=min(ticket.wait.until, ticket.deadline))
        self._sleeping[ticket] = scope
        try:
            with scope:
                await trio.sleep_forever()
        finally:
            del self._sleeping[ticket]
        if ticket.admission is None:
            self._call(trio.current_time())

    def _call(self, now: float) -> None:
        """Calls the line, wakes whom it admits and sets the others' alarms anew."""
        if not self._line:
            return
        self._line.call(now)
        for ticket, scope in self._sleeping.items():
            if ticket.admission is not None or ticket.is_in_vain:
                scope.cancel()
            elif scope.deadline != (alarm := min(ticket.wait.until, ticket.deadline)):
                scope.deadline = alarm

    def _take_note(self, answer: Answer) -> None:
        guard = self._guard
        if answer.status < 300 and guard.held_since is None:
            return
        was_held = guard.held_since is not None
        guard.answered(answer)
        if guard.held_since is not None and not was_held:
            log.error("token_rejected", asks_again_in_s=ASK_AGAIN_S)
            for scope in self._sleeping.values():
                scope.cancel()
        elif guard.held_since is None and was_held:
            log.info("token_accepted")
        if answer.refusal is not None and answer.refusal.scope is Scope.CLOUDFLARE:
            log.error("blocked", status=answer.status, for_s=answer.refusal.retry_after_s)
        if guard.warns(answer.at):
            count = guard.invalid(answer.at)
            log.warning("invalid_requests", in_10_min=count, held_at=INVALID_HOLD)

    def _refuse_held(self, ticket: Ticket, *, trial: bool) -> None:
        if self._guard.held_since is not None and not trial:
            raise TokenRejected(
                "not sent: Discord rejects the bot token, which is tried again each 5 minutes; "
                "set a valid one (Developer Portal, Bot, Reset Token) and start again",
                route=str(ticket.request),
                status=401,
            )


class GatePermit:
    """A request's way through the gate."""

    __slots__ = ("_admission", "_answer", "_gate", "_ticket", "_trial")

    def __init__(self, gate: Gate, ticket: Ticket, *, trial: bool) -> None:
        self._gate = gate
        self._ticket = ticket
        self._trial = trial
        self._admission: Admission | None = None
        self._answer: Answer | None = None

    async def __aenter__(self) -> GatePermit:
        self._admission = await self._gate.enter(self._ticket, trial=self._trial)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._admission is not None
        self._gate.leave(self._admission, self._answer)

    def answered(self, answer: Answer) -> None:
        """See `Permit.answered`."""
        self._answer = answer


def _too_long(ticket: Ticket, now: float) -> RateLimited:
    wait = ticket.wait
    left_s = max(wait.until - now, 1.0) if wait.until < NEVER else 1.0
    return RateLimited(
        f"not sent, since it would wait for more than {left_s:.1f} s: {wait.why}",
        route=str(ticket.request),
        retry_after_s=left_s,
    )
