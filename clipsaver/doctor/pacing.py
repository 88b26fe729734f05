"""Discord's limits while Redis, which keeps them for all workers, is away.

A check must not wait for what it is to check. Its own requests are few: they go one by one and
slowly, within what workers leave of Discord's allowance, and wait as long as a 429 asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import trio

from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.discord_rest.limits.statistics import LimitStatistics, Waiting
from clipsaver.discord_rest.outcomes import Answer
from clipsaver.discord_rest.routes import Request
from clipsaver.errors import RateLimited

SPACING_S = 0.2


@dataclass(slots=True)
class Slowly:
    """Permits for one short-lived process; see `Permits`."""

    held_since: float | None = None
    """Never: a rejected token ends the check."""
    _turn: trio.Lock = field(default_factory=trio.Lock)
    _free_at: float = float("-inf")

    def permit(self, request: Request, *, turn: Turn, deadline: float, trial: bool) -> SlowPermit:  # noqa: ARG002 - as `Permits` has it
        """Entering raises RateLimited where a 429 asks for a wait beyond `deadline`."""
        return SlowPermit(self, request, deadline)

    async def may_ask_again(self) -> bool:
        """Nothing is held, so nothing is tried."""
        return False

    def waiting(self) -> tuple[Waiting, ...]:
        """Nobody watches."""
        return ()

    def statistics(self) -> LimitStatistics:
        """Nothing is kept."""
        return LimitStatistics(on_their_way=0, waiting=0, learnt={}, invalid_requests=0)

    async def enter(self, request: Request, deadline: float) -> None:
        """Returns when the request may go; `leave` must follow."""
        await self._turn.acquire()
        if self._free_at > deadline:
            self._turn.release()
            raise RateLimited(
                "not sent, since Discord asks for a longer pause",
                route=str(request),
                retry_after_s=self._free_at - trio.current_time(),
                status=None,
            )
        try:
            await trio.sleep_until(self._free_at)
        except BaseException:
            self._turn.release()
            raise

    def leave(self, pause_s: float) -> None:
        """The request has been answered or given up; the next may go after the pause."""
        self._free_at = trio.current_time() + max(SPACING_S, pause_s)
        self._turn.release()


@dataclass(slots=True)
class SlowPermit:
    """One request's way through."""

    _limits: Slowly
    _request: Request
    _deadline: float
    _pause_s: float = 0.0

    async def __aenter__(self) -> SlowPermit:
        await self._limits.enter(self._request, self._deadline)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._limits.leave(self._pause_s)

    def answered(self, answer: Answer) -> None:
        """See `Permit.answered`."""
        if answer.refusal is not None:
            self._pause_s = answer.refusal.retry_after_s
