"""The newest dead letters, parsed once: a letter never changes, it only goes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from clipsaver.queue.link import Link
from clipsaver.queue.operating.dead_letters import dead
from clipsaver.queue.operating.dead_letters.dead import Group, grouped
from clipsaver.queue.operating.dead_letters.letter import DeadLetter, parse_letter
from clipsaver.queue.operating.dead_letters.wanted import Wanted

_MOST = 1_000
"""Letters that are looked at."""
_MOST_BYTES = 16 * 1024 * 1024
"""Of their jobs together: one may have 64 KB."""
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Meant:
    """The letters of a filter, the newest first, and by their causes."""

    letters: tuple[DeadLetter, ...] = ()
    groups: tuple[Group, ...] = ()


class LetterShelf:
    """The newest letters, the newest first."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._letters: deque[DeadLetter] = deque(maxlen=_MOST)
        self._count = 0
        """How many there were in all."""
        self._meant: tuple[Wanted, Meant] | None = None

    def __len__(self) -> int:
        return len(self._letters)

    def meant(self, wanted: Wanted) -> Meant:
        """Those that are meant; asked for the same again, it looks at none of them again."""
        if self._meant is None or self._meant[0] != wanted:
            letters = tuple(one for one in self._letters if wanted.matches(one))
            self._meant = (wanted, Meant(letters, tuple(grouped(letters))))
        return self._meant[1]

    async def follow(self, count: int, newest: str | None) -> None:
        """Reads what is new, or all where letters went; `count` and `newest` are of all letters.

        Ids only grow: where the newest is the same and so is the count, nothing has changed.
        Raises RedisUnavailable.
        """
        last = self._letters[0].letter_id if self._letters else None
        if (count, newest) == (self._count, last):
            return
        self._meant = None
        if last is not None and await self._add_newer(last):
            return
        await self._read_all()

    async def _add_newer(self, last: str) -> bool:
        """Whether that was all that had happened."""
        dead_ = self._link.names.dead
        count, rows = await self._link.together(
            [("XLEN", dead_), ("XRANGE", dead_, f"({last}", "+", "COUNT", _PAGE)]
        )
        if len(rows) == _PAGE or self._count + len(rows) != count:
            return False
        self._letters.extendleft(parse_letter(*row) for row in rows)
        self._count = int(count)
        return True

    async def _read_all(self) -> None:
        found: list[DeadLetter] = []
        cursor, size = None, 0
        while len(found) < _MOST and size < _MOST_BYTES:
            page = await dead.look(self._link, count=_PAGE, cursor=cursor)
            found += page.letters
            size += _size(page.letters)
            cursor = page.cursor
            if cursor is None:
                break
        self._letters = deque(found, maxlen=_MOST)
        self._count = await dead.count(self._link)


def _size(letters: Iterable[DeadLetter]) -> int:
    return sum(len(letter.job or b"") for letter in letters)
