"""Something that we need is away: how long to wait before asking again, and saying so once.

The database, Redis and Discord have one `Outage` each, which all who need them share.
"""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
import trio

from clipsaver.errors import DependencyError

_T = TypeVar("_T")
_log = structlog.get_logger()

LONGEST_DELAY_S = 10.0
_FIRST_DELAY_S = 0.1


def delay_s(
    failures: int,
    dice: float,
    *,
    first_s: float = _FIRST_DELAY_S,
    longest_s: float = LONGEST_DELAY_S,
) -> float:
    """Seconds until the next try after so many failures in a row; full jitter.

    `dice` is from 0 up to 1. Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
    """
    return dice * min(longest_s, first_s * 2.0 ** min(failures, 16))


def tell(log: Callable[..., object], event: str, **facts: object) -> None:
    """Logs without what is bound to the job that happens to notice: it concerns all."""
    contextvars.Context().run(functools.partial(log, event, **facts))


class Outage:
    """Says once why something cannot serve, another reason once more, and when it can again.

    Whoever was refused and then is served ends it.
    """

    def __init__(self, of: str) -> None:
        """`of` begins its events: `database` makes `database_away` and `database_back`."""
        self._of = of
        self.has_been = False
        """It was away at least once since this worker began, and may be so now."""
        self._since: float | None = None
        self._said: set[str] = set()

    @property
    def is_on(self) -> bool:
        return self._since is not None

    @property
    def since(self) -> float | None:
        """When it began (Trio's clock); None = it serves."""
        return self._since

    def began(self, problem: Exception) -> None:
        """It refused somebody, now or again."""
        self.has_been = True
        if self._since is None:
            self._since = trio.current_time()
        reason = problem.obstacle if isinstance(problem, DependencyError) else str(problem)
        if reason not in self._said:
            self._said.add(reason)
            tell(_log.warning, f"{self._of}_away", error=str(problem))

    def ended(self) -> None:
        """It served somebody whom it had refused."""
        if self._since is not None:
            after_s = round(trio.current_time() - self._since, 1)
            tell(_log.info, f"{self._of}_back", after_s=after_s)
            self._since = None
            self._said.clear()


async def insist(
    do: Callable[[], Awaitable[_T]],
    outage: Outage,
    away: type[Exception],
    *,
    dice: Callable[[], float],
    longest_s: float = LONGEST_DELAY_S,
) -> _T:
    """Does it, again with backoff while it raises `away`; it must bear repeating.

    `dice` gives numbers from 0 up to 1.
    """
    failures = 0
    while True:
        try:
            result = await do()
        except away as problem:
            outage.began(problem)
            await trio.sleep(delay_s(failures, dice(), longest_s=longest_s))
            failures += 1
        else:
            if failures:
                outage.ended()
            return result
