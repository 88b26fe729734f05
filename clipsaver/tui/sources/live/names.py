"""The names of channels and guilds that rows mention, learnt from the database by their ids."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.channels import channel_places
from clipsaver.snowflake import MAX_ID
from clipsaver.tui.sources.live.asking import Question
from clipsaver.tui.sources.seen import Place

_MOST = 5_000
_AT_ONCE = 500
_KEPT_S = 300.0
"""A channel is seldom called otherwise."""
_UNKNOWN_S = 5.0
"""One that the database does not know may come with its first page."""


class Names:
    """What is known; `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, tuple[Place | None, float]] = {}

    def of(self, channel_ids: Iterable[str]) -> dict[str, Place]:
        """The names of those that are known, by id."""
        found = {one: self._known[one][0] for one in channel_ids if one in self._known}
        return {one: place for one, place in found.items() if place is not None}

    def question(self, channel_ids: Iterable[str]) -> Question | None:
        """What is to be asked to know these; None = nothing."""
        now = self._clock()
        missing = sorted({one for one in channel_ids if self._is_missing(one, now)})[:_AT_ONCE]
        if not missing:
            return None

        async def ask(connection: AsyncConnection[Any]) -> None:
            self._learn(missing, await channel_places(connection, [int(one) for one in missing]))

        return Question(("names", *missing), _UNKNOWN_S, ask)

    def _is_missing(self, channel_id: str, now: float) -> bool:
        if not _is_id(channel_id):
            return False
        place, at = self._known.get(channel_id, (None, float("-inf")))
        return now - at > (_UNKNOWN_S if place is None else _KEPT_S)

    def _learn(
        self, asked: Iterable[str], found: Mapping[int, tuple[str | None, str | None]]
    ) -> None:
        now = self._clock()
        for one in asked:
            names = found.get(int(one))
            self._known.pop(one, None)
            self._known[one] = (None if names is None else Place(*names), now)
        for one in list(self._known)[: max(0, len(self._known) - _MOST)]:
            del self._known[one]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= MAX_ID
