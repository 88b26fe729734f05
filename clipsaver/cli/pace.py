"""How much of many scans is done, and when the rest will be. Pure: `now` is an argument.

Nobody tells how many messages a channel holds. A thread's count is told; of a scan that has begun,
the share of its channel's ids that it has passed is known, and ids grow with time; and a channel
that waits is taken for an average one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

_LEAST_SHARE = 0.02
"""Of a scan that has passed less, the whole cannot be told from the part."""
_WINDOW_S = 60.0
_LEAST_S = 3.0
"""For a rate worth the name."""


@dataclass(frozen=True, slots=True)
class Part:
    """One scan."""

    messages: int = 0
    """Read by now."""
    share: float | None = None
    """How much of its ids it has passed, 0 to 1; None = it has not begun."""
    told: int | None = None
    """About how many messages there are, where Discord tells."""
    is_over: bool = False

    @property
    def total(self) -> float | None:
        """About how many messages it will have read at its end; None where that cannot be told."""
        if self.is_over:
            return self.messages
        if self.share is not None and self.share >= _LEAST_SHARE and self.messages:
            return self.messages / self.share
        return None if self.told is None else max(self.told, self.messages)


def total_of(parts: Iterable[Part]) -> float | None:
    """About how many messages all of them read in the end; None where no part's can be told."""
    totals = [part.total for part in parts]
    known = [total for total in totals if total is not None]
    if not known:
        return None
    return sum(known) + (len(totals) - len(known)) * sum(known) / len(known)


@dataclass(slots=True)
class Pace:
    """How fast messages are read, by what was noted within the last minute."""

    _noted: deque[tuple[float, int]] = field(default_factory=deque)

    def note(self, now: float, messages: int) -> None:
        """So many were read by now (in seconds, of any clock)."""
        self._noted.append((now, messages))
        while self._noted[0][0] < now - _WINDOW_S:
            self._noted.popleft()

    @property
    def messages_per_s(self) -> float | None:
        """None until it can be told."""
        if not self._noted:
            return None
        (began, first), (now, last) = self._noted[0], self._noted[-1]
        return (last - first) / (now - began) if now - began >= _LEAST_S else None

    def left_s(self, messages: float) -> float | None:
        """For how long so many messages will take; None where nothing moves."""
        rate = self.messages_per_s
        return messages / rate if rate else None


def in_words(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h 20 min`: no more exact than it can be."""
    if seconds < 55:
        return f"{max(5, round(seconds / 5) * 5)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(round(seconds / 600) * 10, 60)
    return f"{hours} h {minutes} min" if minutes and hours < 24 else f"{hours} h"
