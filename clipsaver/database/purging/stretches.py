"""How much one look may take in, so that none takes long. Pure.

A look is bounded by rows. That is not enough: rows that are gone stay in an index until they are
cleared away, and a look that begins before a million of them reads them all to find nothing. So it
is bounded by time too, which PostgreSQL watches; one that took too long is repeated over a shorter
stretch of ids, and after one that did not the stretch grows again.
"""

from __future__ import annotations

from dataclasses import dataclass

LAST_ID = 2**63 - 1
"""No id is greater."""


@dataclass(slots=True)
class Stretch:
    """Of ids, from where a look begins."""

    most_rows: int
    """That one look may return."""
    _width: int = LAST_ID
    _rows: int = 0

    def __post_init__(self) -> None:
        self._rows = self.most_rows

    @property
    def rows(self) -> int:
        return self._rows

    def end(self, start: int) -> int:
        """The last id of a stretch that begins at `start`."""
        return min(start + self._width, LAST_ID)

    def took_too_long(self, start: int) -> bool:
        """Takes less from now on; False = it was as little as can be."""
        taken = self.end(start) - start
        if taken <= 1 and self._rows == 1:
            return False
        self._width, self._rows = max(taken // 2, 1), max(self._rows // 2, 1)
        return True

    def took_not_long(self) -> None:
        """Dares more from now on."""
        self._width = min(self._width * 2, LAST_ID)
        self._rows = min(self._rows * 2, self.most_rows)
