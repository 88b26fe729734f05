"""How fast a delivery gets on, and when it will be done. Pure: `now` is an argument.

What counts is the last half minute: a job that has stood still is not slow for ever, and one that
stands still now gets slower as one looks. Of what the run's earlier deliveries did nothing counts.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

_WINDOW_S = 30.0
_LEAST_S = 2.0
"""For a rate worth the name."""
_STEP_S = 1.0
"""What comes sooner after the mark before takes its place, so few marks are kept."""
_LONGEST_S = 366 * 86_400.0
"""What would take longer is as good as standing still."""


@dataclass(frozen=True, slots=True)
class _Mark:
    at: float
    messages: int
    share: float | None


class Pace:
    """Of one delivery; times are seconds of one monotonic clock."""

    def __init__(self, now: float, messages: int) -> None:
        """`messages` is what the run had read when the delivery began."""
        self._marks = deque([_Mark(now, messages, None)])

    def note(self, now: float, messages: int, share: float | None) -> None:
        """The run has read so many by now, and so much of its work is done (0 to 1)."""
        marks = self._marks
        if len(marks) > 1 and marks[-1].at - marks[-2].at < _STEP_S:
            marks.pop()
        marks.append(_Mark(now, messages, share))
        self._first(now)

    def messages_per_s(self, now: float) -> float | None:
        """None until it can be told."""
        first, last = self._first(now), self._marks[-1]
        passed_s = now - first.at
        return (last.messages - first.messages) / passed_s if passed_s >= _LEAST_S else None

    def left_s(self, now: float) -> float | None:
        """For how long it will go on; None where that cannot be told, or where nothing moves."""
        first, last = self._first(now), self._marks[-1]
        if first.share is None:  # what the run had done before is not known as a share
            first = next((mark for mark in self._marks if mark.share is not None), last)
        passed_s = now - first.at
        if first.share is None or last.share is None or passed_s < _LEAST_S:
            return None
        gained = last.share - first.share
        if gained <= 0.0:
            return None
        left_s = (1.0 - last.share) * passed_s / gained
        return left_s if left_s <= _LONGEST_S else None

    def left_messages(self) -> float | None:
        """About how many are still to be read, by how many the work that is done has taken."""
        told = [mark for mark in self._marks if mark.share is not None]
        if not told:
            return None
        first, last = told[0], told[-1]
        assert first.share is not None
        assert last.share is not None
        read, gained = last.messages - first.messages, last.share - first.share
        if read <= 0 or gained <= 0.0:  # one page alone
            read, gained = last.messages, last.share
        return (1.0 - last.share) * read / gained if read > 0 and gained > 0.0 else None

    def _first(self, now: float) -> _Mark:
        """The last mark that is a window old, or the first there is; what was before goes."""
        while len(self._marks) > 1 and self._marks[1].at <= now - _WINDOW_S:
            self._marks.popleft()
        return self._marks[0]
