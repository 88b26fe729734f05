"""The messages of one channel: those of its timeline, and what happened to them at run time."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from clipsaver.simulator.files.links import Links
from clipsaver.simulator.writing.draft import Written
from clipsaver.simulator.writing.scribe import Recipe, Scribe


@dataclass(slots=True)
class History:
    """A channel's messages in order of their ids. Memory grows only with changes at run time."""

    scribe: Scribe
    revision: int = 0
    """Raised by every change; what was rendered under an older one is stale."""
    _posted: list[Recipe] = field(default_factory=list)
    _edited: dict[int, Recipe] = field(default_factory=dict)
    _deleted: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return self._end - len(self._deleted)

    @property
    def last_message_id(self) -> int | None:
        """The newest message ever posted, deleted or not, as Discord's field of this name."""
        return self._id_at(self._end - 1) if self._end else None

    def before(self, cursor: int | None, limit: int) -> list[int]:
        """The newest `limit` ids below the cursor (None: of all), newest first."""
        position = self._end if cursor is None else self._count_below(cursor)
        return self._take(range(position - 1, -1, -1), limit)

    def after(self, cursor: int, limit: int) -> list[int]:
        """The oldest `limit` ids above the cursor, newest first all the same, as Discord does."""
        oldest_first = self._take(range(self._count_below(cursor + 1), self._end), limit)
        return oldest_first[::-1]

    def around(self, cursor: int, limit: int) -> list[int]:
        """Up to half of `limit` ids below the cursor and the rest from it on, newest first."""
        older = self.before(cursor, limit // 2)
        return self.after(cursor - 1, limit - len(older)) + older

    def ids(self) -> Iterator[int]:
        """Every id, oldest first."""
        for position in range(self._end):
            message_id = self._id_at(position)
            if message_id not in self._deleted:
                yield message_id

    def read(self, message_id: int, links: Links) -> Written | None:
        """The message with this id, or None."""
        if message_id in self._deleted:
            return None
        edited = self._edited.get(message_id)
        if edited is not None:
            return self.scribe.follow(edited, links)
        index = self.scribe.timeline.index_of(message_id)
        if index is not None:
            return self.scribe.write(index, links)
        posted = self._posted_at(message_id)
        return None if posted is None else self.scribe.follow(posted, links)

    def post(self, recipe: Recipe) -> Recipe:
        """Adds a message; its id is moved up if it is not greater than all before it."""
        newest = self.last_message_id
        if newest is not None and recipe.message_id <= newest:
            recipe = replace(recipe, message_id=newest + 1)
        self._posted.append(recipe)
        self.revision += 1
        return recipe

    def edit(self, recipe: Recipe) -> None:
        """Replaces a message by another with the same id; KeyError if there is none."""
        if not self.holds(recipe.message_id):
            raise KeyError(recipe.message_id)
        self._edited[recipe.message_id] = recipe
        self.revision += 1

    def delete(self, message_id: int) -> None:
        """Takes a message away; KeyError if there is none."""
        if not self.holds(message_id):
            raise KeyError(message_id)
        self._deleted.add(message_id)
        self.revision += 1

    def holds(self, message_id: int) -> bool:
        """Whether the message exists and was not deleted."""
        if message_id in self._deleted:
            return False
        known = self.scribe.timeline.index_of(message_id) is not None
        return known or self._posted_at(message_id) is not None

    @property
    def _end(self) -> int:
        return self.scribe.timeline.length + len(self._posted)

    def _id_at(self, position: int) -> int:
        timeline = self.scribe.timeline
        if position < timeline.length:
            return timeline.id_at(position)
        return self._posted[position - timeline.length].message_id

    def _count_below(self, snowflake_id: int) -> int:
        posted = bisect.bisect_left(self._posted, snowflake_id, key=lambda r: r.message_id)
        return self.scribe.timeline.count_below(snowflake_id) + posted

    def _posted_at(self, message_id: int) -> Recipe | None:
        place = bisect.bisect_left(self._posted, message_id, key=lambda r: r.message_id)
        if place < len(self._posted) and self._posted[place].message_id == message_id:
            return self._posted[place]
        return None

    def _take(self, positions: range, limit: int) -> list[int]:
        taken: list[int] = []
        for position in positions:
            if len(taken) == limit:
                break
            message_id = self._id_at(position)
            if message_id not in self._deleted:
                taken.append(message_id)
        return taken
