"""One request that wants to be sent, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass, field

import trio

from clipsaver.discord_rest.limits.permits import Turn, Why
from clipsaver.discord_rest.limits.statistics import Waiting
from clipsaver.discord_rest.routes import Request

_NEVER = float("inf")


@dataclass(eq=False, slots=True)
class Ticket:
    """One request that wants to be sent."""

    request: Request
    turn: Turn
    trial: bool
    deadline: float
    joined: float
    id: str
    asker: str = ""
    """On whose behalf; see `ON_BEHALF_OF`."""
    seq: int = 0
    why: Why = Why.PACE
    until: float = _NEVER
    """When it asks again (Trio's clock)."""
    has_waited: bool = False
    """It was not let through when it first asked."""
    is_woken: bool = False
    """Asking again is worth while, whatever the reply that is still on its way says."""
    nap: trio.CancelScope | None = field(default=None, repr=False)

    def wake(self) -> None:
        self.is_woken = True
        if self.nap is not None:
            self.nap.cancel()

    def shown(self, now: float, *, is_cut_off: bool) -> Waiting:
        """As it is told to whoever looks; `is_cut_off` while nobody can be asked for permits."""
        why = Why.REDIS if is_cut_off else self.why
        major = f" of {self.request.major}" if self.request.major else ""
        is_known = self.until < _NEVER and not is_cut_off
        return Waiting(
            request=str(self.request),
            turn=self.turn.name.lower(),
            why=why.words,
            for_s=now - self.joined,
            left_s=max(0.0, self.until - now) if is_known else None,
            obstacle=why.value,
            limit=f"{self.request.route.name}{major}" if why.is_local else "",
            asker=self.asker,
        )
