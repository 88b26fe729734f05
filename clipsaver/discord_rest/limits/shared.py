"""The limits of one token for all workers, kept in Redis: the Trio side of the script `turn`.

One task talks to Redis. What others ask and tell meanwhile goes along in the next call, so there is
at most one round trip per request, and under load less. Whoever has to wait is told for how long,
sleeps just so long and asks again; who waits for a channel is woken when it becomes free.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import trio

from clipsaver.discord_rest.limits import wire
from clipsaver.discord_rest.limits.conversation import Conversation, Question
from clipsaver.discord_rest.limits.permits import ON_BEHALF_OF, Turn, Why
from clipsaver.discord_rest.limits.standing import Standing
from clipsaver.discord_rest.limits.statistics import LimitStatistics, Waiting
from clipsaver.discord_rest.limits.tickets import Ticket
from clipsaver.discord_rest.outcomes import Answer
from clipsaver.discord_rest.routes import Request
from clipsaver.errors import RateLimited, TokenRejected
from clipsaver.records import LearntLimit

UNNOTICED_S = 0.002
"""A request that leaves no later than that needs no word: the margin of the pace is for it."""
TOO_LATE_S = 0.25
"""A permit that was not used for so long (the process stood still) is given back."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A ticket that may be sent."""

    ticket: Ticket
    mark: str
    """What the log in Redis knows it by."""


class SharedLimits:
    """The limits of one token as one worker sees them. Made by `open_limits`."""

    def __init__(self, conversation: Conversation, name: str, token_hash: str) -> None:
        self.token_hash = token_hash
        """Names the token where it may be seen."""
        self._conversation = conversation
        self._name = name
        self._count = 0
        self._waiting: dict[str, Ticket] = {}
        self._on_their_way: dict[str, Grant] = {}
        self._standing = Standing()
        self._waits, self._waited_s = 0, 0.0

    def permit(
        self, request: Request, *, turn: Turn = Turn.BACKFILL, deadline: float, trial: bool = False
    ) -> SharedPermit:
        """See `Permits.permit`."""
        self._count += 1
        name, now = f"{self._name}-{self._count}", trio.current_time()
        ticket = Ticket(request, turn, trial, deadline, now, name, ON_BEHALF_OF.get())
        return SharedPermit(self, ticket)

    async def may_ask_again(self) -> bool:
        """See `Permits.may_ask_again`."""
        return bool((await self._conversation.ask(wire.Try()))[0])

    @property
    def held_since(self) -> float | None:
        """See `Permits.held_since`."""
        return self._standing.held_since

    def waiting(self) -> tuple[Waiting, ...]:
        """See `Permits.waiting`."""
        now = trio.current_time()
        is_cut_off = self._conversation.is_cut_off
        return tuple(
            one.shown(now, is_cut_off=is_cut_off)
            for one in sorted(self._waiting.values(), key=lambda one: (one.turn, one.joined))
        )

    def statistics(self) -> LimitStatistics:
        """See `Permits.statistics`."""
        return LimitStatistics(
            on_their_way=len(self._on_their_way),
            waiting=len(self._waiting),
            learnt={one.route: (one.count, one.window_s) for one in self._conversation.learnt},
            invalid_requests=self._standing.invalid,
            waits=self._waits,
            waited_s=self._waited_s,
        )

    async def enter(self, ticket: Ticket) -> Grant:
        """Waits until the ticket's request may be sent; its owner must `leave` afterwards."""
        self._waiting[ticket.id] = ticket
        try:
            while True:
                ticket.is_woken = False
                question = self._conversation.put(self._take(ticket))
                reply = await question.answer()
                if reply[0] == "go":
                    grant = Grant(ticket, str(reply[2]))
                    if (late_s := trio.current_time() - question.sent_at) <= TOO_LATE_S:
                        break
                    self._conversation.tell(_said(wire.Returned, grant))
                else:
                    await self._wait(ticket, reply, question.answered_at)
        except BaseException:
            self._abandon(ticket, question)
            raise
        finally:
            del self._waiting[ticket.id]
        self._on_their_way[ticket.id] = grant
        if ticket.has_waited:
            self._waits += 1
            self._waited_s += trio.current_time() - ticket.joined
        if late_s > UNNOTICED_S:
            self._conversation.mention(wire.Sent(ticket.id, float(reply[1]) + late_s))
        return grant

    def leave(self, grant: Grant, answer: Answer | None) -> None:
        """Ends a request; `answer` is None if what came of it is unknown."""
        del self._on_their_way[grant.ticket.id]
        if answer is None:
            self._conversation.tell(_said(wire.Lost, grant))
            return
        told = wire.answered(*_names(grant), answer, at_once=grant.ticket.request.route.at_once)
        is_news = answer.status != 200 or self.held_since is not None
        if is_news or self._is_awaited(grant.ticket.request.major):
            self._conversation.tell(told)
        else:
            self._conversation.mention(told)

    @property
    def learnt(self) -> frozenset[LearntLimit]:
        """Limits that only 429s have shown."""
        return self._conversation.learnt

    def remember(self, known: Iterable[LearntLimit]) -> None:
        """Brings in what was learnt in earlier lives, where Redis does not know better."""
        self._conversation.remember(known)

    @property
    def lesson(self) -> trio.Event:
        """Set when `learnt` changes from now on."""
        return self._conversation.lesson

    async def pulse(self) -> None:
        """Renews what is on its way, and learns what happened to the token elsewhere."""
        for grant in self._on_their_way.values():
            self._conversation.tell(_said(wire.Keep, grant))
        await self._conversation.ask(wire.Look())

    def woken(self, ticket_ids: Sequence[str]) -> None:
        """The channels of these tickets have become free."""
        for one in ticket_ids:
            if (ticket := self._waiting.get(one)) is not None:
                ticket.wake()

    def heard(self, outcome: wire.Outcome, now: float) -> None:
        """Takes note of the token's state."""
        if self._standing.heard(outcome, now):
            for ticket in self._waiting.values():
                ticket.wake()  # to be told that the token is rejected

    def _take(self, ticket: Ticket) -> wire.Take:
        request = ticket.request
        return wire.Take(
            ticket.id,
            request.route.name,
            request.major,
            str(request),
            int(ticket.turn),
            self._conversation.redis_time(ticket.joined),
            seq=ticket.seq,
            trial=ticket.trial,
            at_once=request.route.at_once,
        )

    async def _wait(self, ticket: Ticket, reply: wire.Reply, answered_at: float) -> None:
        """Until the ticket should ask again, or may be told more than it was."""
        if reply[0] == "held":
            raise _rejected(ticket)
        ticket.until = answered_at + float(reply[1])
        ticket.why, ticket.seq = Why(str(reply[2])), int(reply[3])
        ticket.has_waited = True
        now = trio.current_time()
        # Who waits for a channel may be woken any time: what it was told is the longest wait.
        known = ticket.why is not Why.CHANNEL
        if now >= ticket.deadline or (known and ticket.until > ticket.deadline):
            raise _too_long(ticket, now)
        if ticket.is_woken:
            return
        with trio.CancelScope(deadline=min(ticket.until, ticket.deadline)) as ticket.nap:
            await trio.sleep_forever()
        ticket.nap = None

    def _is_awaited(self, major: str) -> bool:
        """Whether another request of this process waits for the channel; of others Redis knows."""
        return any(
            one.why is Why.CHANNEL and one.request.major == major for one in self._waiting.values()
        )

    def _abandon(self, ticket: Ticket, question: Question) -> None:
        """Its owner does not want it any more; it may have been granted just now, or still be."""

        def give_up(reply: wire.Reply) -> None:
            if reply[0] == "go":
                grant = Grant(ticket, str(reply[2]))
                self._conversation.tell(_said(wire.Returned, grant))
            elif reply[0] == "wait":
                request = ticket.request
                left = wire.Leave(
                    ticket.id,
                    request.route.name,
                    request.major,
                    int(reply[3]),
                    at_once=request.route.at_once,
                )
                self._conversation.tell(left)

        question.once_answered(give_up)


class SharedPermit:
    """A request's way through the limits."""

    __slots__ = ("_answer", "_grant", "_limits", "_ticket")

    def __init__(self, limits: SharedLimits, ticket: Ticket) -> None:
        self._limits = limits
        self._ticket = ticket
        self._grant: Grant | None = None
        self._answer: Answer | None = None

    async def __aenter__(self) -> SharedPermit:
        self._grant = await self._limits.enter(self._ticket)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._grant is not None
        self._limits.leave(self._grant, self._answer)

    def answered(self, answer: Answer) -> None:
        """See `Permit.answered`."""
        self._answer = answer


def _names(grant: Grant) -> tuple[str, str, str, str]:
    request = grant.ticket.request
    return grant.ticket.id, grant.mark, request.route.name, request.major


def _said(
    kind: type[wire.Keep] | type[wire.Lost] | type[wire.Returned], grant: Grant
) -> wire.Thing:
    return kind(*_names(grant), at_once=grant.ticket.request.route.at_once)


def _rejected(ticket: Ticket) -> TokenRejected:
    return TokenRejected(
        "not sent: Discord rejects the bot token, which is tried again each 5 minutes; "
        "set a valid one (Developer Portal, Bot, Reset Token) and start again",
        route=str(ticket.request),
        status=401,
    )


def _too_long(ticket: Ticket, now: float) -> RateLimited:
    left_s = max(ticket.until - now, 1.0) if ticket.why is not Why.CHANNEL else 1.0
    return RateLimited(
        f"not sent, since it would wait for more than {left_s:.1f} s: {ticket.why.words}",
        route=str(ticket.request),
        retry_after_s=left_s,
    )
