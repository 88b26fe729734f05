"""The last minutes of the workers: those that are over are read once."""

from __future__ import annotations

from clipsaver.queue.link import Link
from clipsaver.queue.series import Minute, read_minutes

_OPEN = 2
"""Minutes before the running one that a late heartbeat may still change."""


class History:
    """What workers did in the last minutes, the running one last."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._known: dict[int, Minute] = {}

    async def last(self, count: int, now_ms: int) -> tuple[Minute, ...]:
        """`count` minutes up to that time by the clock of Redis. Raises RedisUnavailable."""
        now = now_ms // 60_000
        wanted = range(now - count + 1, now + 1)
        missing = [one for one in wanted if one not in self._known]
        found = dict(zip(missing, await read_minutes(self._link, missing), strict=True))
        minutes = tuple(self._known.get(one) or found[one] for one in wanted)
        kept = {**self._known, **found}
        self._known = {one: kept[one] for one in kept if now - 2 * count < one < now - _OPEN}
        return minutes
