"""Making thumbnails anew."""

from __future__ import annotations

from clipsaver.database.clips import StoredClip, clips_with_ids
from clipsaver.operating.connecting import Connections
from clipsaver.operating.thumbnails import ask_for_clips
from clipsaver.queue.link import Link
from clipsaver.queue.operating.audit import note
from clipsaver.records import ThumbnailState
from clipsaver.tui.sources import facts
from clipsaver.tui.sources.live.deeds.acting import act_of, unique
from clipsaver.tui.sources.outcomes import sentence, things
from clipsaver.tui.sources.twins import twin
from clipsaver.tui.sources.wishes import Preview, Result, Wish

_MOST_ON_RECORD = 100


class ClipDeeds:
    """Keys are ids of clips."""

    def __init__(self, link: Link, database: Connections) -> None:
        self._link = link
        self._database = database

    async def preview(self, wish: Wish) -> Preview:
        """See `Operator`."""
        found, missing = await self._find(wish)
        return facts.of_clips(wish, found, missing)

    async def do(self, wish: Wish) -> Result:
        """See `Operator`; on record before it is done, since that is in another store."""
        found, missing = await self._find(wish)
        ids = [one.clip_id for one in found]
        if ids:
            act, on_record = act_of(wish), ids[:_MOST_ON_RECORD]
            await note(self._link, act, "thumbnails remake", count=len(ids), ids=on_record)
        named = await ask_for_clips(self._database, ids, with_ready=True)
        lost = len(missing) + len(ids) - len(named.asked)
        words = sentence(
            f"asked for {things(len(named.asked), 'thumbnail')} again",
            f"{lost:,} not there" if lost else "",
        )
        without = {one.clip_id for one in found if one.thumbnail_state != ThumbnailState.READY}
        return Result(words, twin(wish, without_picture=without), not lost)

    async def _find(self, wish: Wish) -> tuple[list[StoredClip], list[str]]:
        keys = unique(wish.keys)
        async with self._database.connection() as connection:
            found = await clips_with_ids(connection, keys)
        there = {one.clip_id for one in found}
        return found, [key for key in keys if key not in there]
