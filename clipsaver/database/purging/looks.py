"""Bounded looks at what a purge is about; they lock nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection

from clipsaver.database.purging.bounded import bounded
from clipsaver.database.purging.place import Place
from clipsaver.database.purging.scopes import (
    channels_after,
    clips_after,
    has_lanes,
    is_in_order,
    values_of,
)
from clipsaver.database.purging.stretches import LAST_ID, Stretch
from clipsaver.records import PurgeTarget

_CHANNELS_AT_ONCE = 200
_AFTER_ALL = "~"
"""Sorts after the clips of a message."""


@dataclass(frozen=True, slots=True)
class SeenClip:
    """A clip that a look found."""

    clip_id: str
    message_id: int
    author_id: int
    is_meant: bool
    """Whether it is the target's; the others lie between."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a look counted."""

    clips: int = 0
    messages: int = 0
    """Each counts where its first clip is seen."""
    pictures: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.clips + other.clips,
            self.messages + other.messages,
            self.pictures + other.pictures,
        )


class ClipWalk:
    """Goes along the clips of a target, a bounded look at a time.

    It begins with looks at `rows` clips, and comes to `most_rows` where that is quick.
    """

    def __init__(self, target: PurgeTarget, *, rows: int, most_rows: int) -> None:
        self._target = target
        self._values = values_of(target)
        self._stretch = Stretch(rows, most_rows)
        self._clips = clips_after(target)
        self._counts = _counted(self._clips)

    def took(self, seconds: float) -> None:
        """What was done with the clips of the last look took the server so long."""
        self._stretch.took(seconds)

    async def clips(
        self, conn: AsyncConnection[Any], place: Place
    ) -> tuple[list[SeenClip], Place | None]:
        """The next clips behind the place, and the place behind them; None = there is no more.

        A stretch may hold none: it goes on behind it.
        """
        lane = await self._lane(conn, place)
        if lane is None:
            return [], None
        rows, end, limit = await self._look(conn, self._clips, lane)
        seen = [SeenClip(*row) for row in rows]
        if len(seen) >= limit:
            return seen, lane.at(message=seen[-1].message_id, clip=seen[-1].clip_id)
        return seen, lane.at(message=end, clip=_AFTER_ALL)

    async def counts(self, conn: AsyncConnection[Any], place: Place) -> tuple[Tally, Place | None]:
        """The same, but only how many."""
        lane = await self._lane(conn, place)
        if lane is None:
            return Tally(), None
        rows, end, limit = await self._look(conn, self._counts, lane)
        ((*counts, number, message, clip, took_s),) = rows
        self._stretch.took(took_s)
        if number >= limit:
            return Tally(*counts), lane.at(message=message, clip=clip)
        return Tally(*counts), lane.at(message=end, clip=_AFTER_ALL)

    async def _look(
        self, conn: AsyncConnection[Any], query: str, place: Place
    ) -> tuple[list[Any], int, int]:
        """Rows of the query, where its stretch ends, and how many rows cut it short of that."""
        while True:
            start, limit = place.message, self._stretch.rows
            end = self._stretch.end(start)
            values = {"lane": place.channel, "message": start, "clip": place.clip}
            values |= {"end": end, "rows": limit, **self._values}
            try:
                rows = await bounded(conn, query, values, may_sort=not is_in_order(self._target))
            except psycopg.errors.QueryCanceled:
                if not self._stretch.took_too_long(start):
                    raise
                continue
            self._stretch.went_well()
            return rows, end, limit

    async def _lane(self, conn: AsyncConnection[Any], place: Place) -> Place | None:
        """The place, or the beginning of the next channel that has clips; None = there is none."""
        if place.message < LAST_ID and (place.channel or not has_lanes(self._target)):
            return place
        return await self._next_channel(conn, place) if has_lanes(self._target) else None

    async def _next_channel(self, conn: AsyncConnection[Any], place: Place) -> Place | None:
        after, rows = place.channel, _CHANNELS_AT_ONCE
        listing = channels_after(self._target)
        while True:
            values = {**self._values, "after": after, "rows": rows}
            try:
                channels = await bounded(conn, _with_clips(listing), values, may_sort=True)
            except psycopg.errors.QueryCanceled:
                if rows > 1:
                    rows = max(rows // 4, 1)
                    continue
                # So much of it is gone that only shorter looks tell whether something is left.
                ((channel_id,),) = await bounded(conn, listing, values, may_sort=True)
                channels = [(channel_id, True)]
            for channel_id, has_clips in channels:
                if has_clips:
                    return place.at(channel=channel_id, message=0, clip="")
            if len(channels) < rows:
                return None
            after = channels[-1][0]


def _counted(clips: str) -> str:
    """A query for how many rows another one has, and for how long the server was at it."""
    return f"""
        select count(*) filter (where is_meant),
               count(distinct message_id) filter (where is_meant and message_id <> %(message)s),
               coalesce(sum(pictures), 0)::bigint, count(*), max(message_id),
               (array_agg(clip_id order by message_id desc, clip_id desc))[1],
               extract(epoch from clock_timestamp() - statement_timestamp())::float8
        from (select s.*, case when is_meant then (
                  select count(*) from thumbnails t where t.clip_id = s.clip_id) end as pictures
              from ({clips}) s) one
    """  # noqa: S608 -- constants


def _with_clips(channels: str) -> str:
    """A query for the same channels, and whether each has a clip."""
    return f"""
        select n.channel_id, c.one is not null from ({channels}) n
        left join lateral (select 1 as one from clips k where k.channel_id = n.channel_id
                           limit 1) c on true
        order by n.channel_id
    """  # noqa: S608 -- constants
