"""The messages of one channel: those of its timeline, and what happened to them at run time."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from clipsaver.simulator.files.links import Links
from clipsaver.simulator.writing.draft import Written
from clipsaver.simulator.writing.kinds.mix import TEXT_KINDS
from clipsaver.simulator.writing.scribe import Recipe, Scribe, Starter


@dataclass(slots=True)
class History:
    """A channel's messages in order of their ids. Memory grows only with changes at run time.

    Every message ever posted has a place, counted from 0 at the oldest. A place is where a message
    is found without a search; the methods that give places leave deleted messages out.
    """

    scribe: Scribe
    revision: int = 0
    """Raised by every change; what was rendered under an older one is stale."""
    _posted: list[Recipe] = field(default_factory=list)
    _edited: dict[int, Recipe] = field(default_factory=dict)
    """By place."""
    _deleted: set[int] = field(default_factory=set)
    """Places."""

    def __len__(self) -> int:
        return self._end - len(self._deleted)

    @property
    def last_message_id(self) -> int | None:
        """The newest message ever posted, deleted or not, as Discord's field of this name."""
        return self.id_at(self._end - 1) if self._end else None

    def before(self, cursor: int | None, limit: int) -> Sequence[int]:
        """Places of the newest `limit` ids below the cursor (None: of all), newest first."""
        end = self._end if cursor is None else self._count_below(cursor)
        return self._take(range(end - 1, -1, -1), limit)

    def after(self, cursor: int, limit: int) -> Sequence[int]:
        """Places of the oldest `limit` ids above the cursor, newest first all the same."""
        oldest_first = self._take(range(self._count_below(cursor + 1), self._end), limit)
        return oldest_first[::-1]

    def around(self, cursor: int, limit: int) -> Sequence[int]:
        """Up to half of `limit` ids below the cursor and the rest from it on, newest first."""
        older = self.before(cursor, limit // 2)
        return [*self.after(cursor - 1, limit - len(older)), *older]

    def places(self) -> Iterator[int]:
        """The place of every message, oldest first."""
        return (place for place in range(self._end) if place not in self._deleted)

    def places_beyond_text(self) -> Iterator[int]:
        """The places of messages that may be more than text, oldest first."""
        kind_at, generated = self.scribe.kind_at, self.scribe.timeline.length
        return (
            place
            for place in self.places()
            if place >= generated or place in self._edited or kind_at(place).name not in TEXT_KINDS
        )

    def place_of(self, message_id: int) -> int | None:
        """Where this message is; None if it does not exist or was deleted."""
        place = self.place_once_of(message_id)
        return None if place in self._deleted else place

    def place_once_of(self, message_id: int) -> int | None:
        """The same of a message that may have been deleted; None if there never was one."""
        place = self._count_below(message_id)
        exists = place < self._end and self.id_at(place) == message_id
        return place if exists else None

    def starter(self, message_id: int) -> Starter:
        """A message as what a thread grows from; KeyError if there is none."""
        place = self._existing(message_id)
        recipe = self._edited.get(place)
        if recipe is None and place >= self.scribe.timeline.length:
            recipe = self._posted[place - self.scribe.timeline.length]
        return Starter(self.scribe, place, recipe)

    def id_at(self, place: int) -> int:
        """The id of the message at this place, deleted or not."""
        timeline = self.scribe.timeline
        if place < timeline.length:
            return timeline.id_at(place)
        return self._posted[place - timeline.length].message_id

    def read(self, place: int, links: Links) -> Written:
        """The message at this place, deleted or not."""
        edited = self._edited.get(place) if self._edited else None
        if edited is not None:
            return self.scribe.follow(edited, links)
        generated = self.scribe.timeline.length
        if place < generated:
            return self.scribe.write(place, links)
        return self.scribe.follow(self._posted[place - generated], links)

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
        self._edited[self._existing(recipe.message_id)] = recipe
        self.revision += 1

    def delete(self, message_id: int) -> int:
        """Takes a message away and gives its place; KeyError if there is none."""
        place = self._existing(message_id)
        self._deleted.add(place)
        self.revision += 1
        return place

    @property
    def _end(self) -> int:
        return self.scribe.timeline.length + len(self._posted)

    def _existing(self, message_id: int) -> int:
        place = self.place_of(message_id)
        if place is None:
            raise KeyError(message_id)
        return place

    def _count_below(self, snowflake_id: int) -> int:
        posted = bisect.bisect_left(self._posted, snowflake_id, key=lambda r: r.message_id)
        return self.scribe.timeline.count_below(snowflake_id) + posted

    def _take(self, places: range, limit: int) -> Sequence[int]:
        if not self._deleted:
            return places[:limit]
        left = (place for place in places if place not in self._deleted)
        return list(itertools.islice(left, limit))
