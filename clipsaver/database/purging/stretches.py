"""How much one look or step may take in, so that none takes long. Pure.

It is bounded by rows, as many as were handled quickly before. That is not enough: rows that are
gone stay in an index until they are cleared away, and a look that begins before a million of them
reads them all to find nothing. So it is bounded by time too, which PostgreSQL watches. One that
took too long is repeated over a shorter stretch of ids, which then grows again.
"""

from __future__ import annotations

from dataclasses import dataclass

LAST_ID = 2**63 - 1
"""No id is greater."""
QUICK_S, SLOW_S = 0.03, 0.09
"""What takes less is done with more rows next time, and what takes more with fewer."""
_LEAST_ROWS = 10


@dataclass(slots=True)
class Stretch:
    """Of ids, from where a look begins; `rows` are what it begins with."""

    rows: int
    """That the next look may return."""
    most_rows: int
    _width: int = LAST_ID

    def end(self, start: int) -> int:
        """The last id of a stretch that begins at `start`."""
        return min(start + self._width, LAST_ID)

    def took_too_long(self, start: int) -> bool:
        """The look was given up: less from now on. False = it was as little as can be."""
        taken = self.end(start) - start
        if taken <= 1 and self.rows == 1:
            return False
        self._width, self.rows = max(taken // 2, 1), max(self.rows // 2, 1)
        return True

    def went_well(self) -> None:
        """The look came to an end: a longer stretch from now on."""
        self._width = min(self._width * 2, LAST_ID)

    def took(self, seconds: float) -> None:
        """What was done with the rows took so long."""
        if seconds < QUICK_S:
            self.rows = min(self.rows * 2, self.most_rows)
        elif seconds > SLOW_S:
            self.rows = max(self.rows // 2, min(_LEAST_ROWS, self.rows))
