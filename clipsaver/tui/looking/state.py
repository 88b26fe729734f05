"""What is known of the looks so far, and what a look changes of it. Pure: `now_s` is an argument.

What was seen stays until it is seen anew: a store that is away takes nothing off the screen.
Seconds are those of a clock that only goes forward; what is in `Seen` is by the clock of Redis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from clipsaver.terminal_text import in_cells
from clipsaver.tui.sources.seen import Seen
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.connection import Connection, Link

_BACKOFF_S: Final = (1.0, 2.0, 4.0, 8.0)
_LONGEST_BACKOFF_S: Final = 10.0
_BACK_IS_NEWS_S: Final = 10.0
"""For so long it is said that Redis is back."""
_OLD_MS: Final = 15_000
"""What was seen of another screen so long before the latest look is shown as old."""


def wait_after(tries: int) -> float:
    """Seconds to the next try, after so many that failed: 1, 2, 4, 8, then 10 for ever."""
    return _BACKOFF_S[tries - 1] if tries <= len(_BACKOFF_S) else _LONGEST_BACKOFF_S


@dataclass(frozen=True, slots=True)
class Looking:
    """All that the looks so far have come to."""

    latest: Seen | None = None
    """The last look that succeeded, at whatever screen."""
    latest_s: float = 0.0
    """When it came."""
    by_view: Mapping[View, Seen] = field(default_factory=dict)
    """The last one of each screen that told anything of it."""
    without_body: frozenset[View] = frozenset()
    """Screens of which the last look told nothing, since the store that they live in is away."""
    error: str = ""
    """Why the last try failed; empty = it did not."""
    failed_since_s: float = 0.0
    tries: int = 0
    """That failed since then."""
    tried_s: float = 0.0
    away_s: float | None = None
    """How long the last time took in which Redis was away."""
    back_s: float = 0.0
    mistake: str = ""
    """Of ours, in the last look or in showing what it saw."""

    @property
    def is_down(self) -> bool:
        return bool(self.error)

    def answered(self, view: View, seen: Seen, now_s: float) -> Looking:
        """A look succeeded. Where it told nothing of the screen, what was seen before stays."""
        back = {"away_s": now_s - self.failed_since_s, "back_s": now_s} if self.error else {}
        is_lost = seen.body is None
        kept = self.by_view.get(view, seen) if is_lost else seen
        return replace(
            self,
            latest=seen,
            latest_s=now_s,
            by_view={**self.by_view, view: kept},
            without_body=self.without_body | {view} if is_lost else self.without_body - {view},
            error="",
            tries=0,
            mistake="",
            **back,
        )

    def failed(self, error: str, now_s: float) -> Looking:
        """Redis did not answer."""
        return replace(
            self,
            error=in_cells(error) or "no answer",
            failed_since_s=self.failed_since_s if self.error else now_s,
            tries=self.tries + 1,
            tried_s=now_s,
            mistake="",
        )

    def stumbled(self, mistake: str) -> Looking:
        """Something of ours broke; what was seen before stays."""
        return replace(self, mistake=in_cells(mistake))

    def with_body(self, view: View, seen: Seen) -> Looking:
        """What was seen of this screen is now known better; the look itself is no newer."""
        latest = seen if self.latest is self.by_view.get(view) else self.latest
        return replace(self, latest=latest, by_view={**self.by_view, view: seen})

    def of(self, view: View) -> Seen | None:
        """The latest of this screen, in the frame of the latest of all."""
        seen = self.by_view.get(view)
        if seen is None or self.latest is None or seen is self.latest:
            return seen
        return replace(seen, common=self.latest.common)

    def is_stale(self, view: View) -> bool:
        """Whether what is shown of this screen must not be taken for what is so now."""
        seen = self.by_view.get(view)
        if seen is None or self.latest is None:
            return False
        is_away = bool(self.error or self.mistake) or view in self.without_body
        return is_away or self.is_old(view)

    def is_old(self, view: View) -> bool:
        """Whether other screens were seen since, and this one was not for a while."""
        seen = self.by_view.get(view)
        if seen is None or self.latest is None:
            return False
        return self.latest.at_ms - seen.at_ms > _OLD_MS

    def now_ms(self, now_s: float) -> int:
        """The clock of Redis, carried on since the latest look; 0 before the first."""
        if self.latest is None:
            return 0
        return self.latest.at_ms + round((now_s - self.latest_s) * 1000)

    def next_in_s(self, interval_s: float | None, now_s: float) -> float | None:
        """Until the next look is due, 0 where it is; None = it is not until somebody asks."""
        if self.error:
            return max(0.0, self.tried_s + wait_after(self.tries) - now_s)
        if interval_s is None:
            return None
        return max(interval_s, 1.0) if self.mistake else interval_s

    def connection(self, now_s: float) -> Connection:
        """What the frame says of all this."""
        if self.error:
            return Connection(
                Link.DOWN,
                self.error,
                down_for_s=max(0.0, now_s - self.failed_since_s),
                try_number=self.tries,
                next_try_in_s=self.next_in_s(None, now_s) or 0.0,
            )
        is_news = self.away_s is not None and now_s - self.back_s < _BACK_IS_NEWS_S
        return Connection(
            Link.OK if self.latest else Link.FIRST,
            back_after_s=self.away_s if is_news else None,
            mistake=self.mistake,
        )
