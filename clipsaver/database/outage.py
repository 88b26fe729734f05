"""A database that is away: how long to wait before asking again, and saying so once."""

from __future__ import annotations

import structlog
import trio

_log = structlog.get_logger()

LONGEST_DELAY_S = 10.0
_FIRST_DELAY_S = 0.1
_FIRST_REPEAT_S = 0.01


def delay_s(failures: int, dice: float) -> float:
    """Seconds until the next try after so many failures in a row; full jitter.

    `dice` is from 0 up to 1. Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
    """
    return dice * min(LONGEST_DELAY_S, _FIRST_DELAY_S * 2.0 ** min(failures, 16))


def repeat_delay_s(failures: int, dice: float) -> float:
    """The same where two transactions were in each other's way: that passes quickly."""
    return dice * min(1.0, _FIRST_REPEAT_S * 2.0 ** min(failures, 16))


class Outage:
    """Says once why a database cannot serve, another reason once more, and when it can again.

    Several tasks may share one: it ends when any of them was served.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._said: set[type[BaseException]] = set()

    @property
    def is_on(self) -> bool:
        return self._since is not None

    def began(self, problem: BaseException, cause: BaseException) -> None:
        """`problem` is for a person; another class of `cause` is another reason."""
        if self._since is None:
            self._since = trio.current_time()
        if type(cause) not in self._said:
            self._said.add(type(cause))
            _log.warning("database_away", problem=str(problem))

    def ended(self) -> None:
        if self._since is not None:
            _log.info("database_back", after_s=round(trio.current_time() - self._since, 1))
            self._since = None
            self._said.clear()
