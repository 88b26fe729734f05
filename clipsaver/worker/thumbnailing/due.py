"""A word from whoever makes thumbnails due to who makes them, so that it need not look so often."""

from __future__ import annotations

import trio


class Due:
    """One for the whole worker; also where it makes no thumbnails."""

    def __init__(self) -> None:
        self._changed = trio.Event()
        self._is_live = False

    def nudge(self, *, is_live: bool = False) -> None:
        """Something is due, or there is room for more; `is_live`: a clip that was just posted."""
        self._is_live = self._is_live or is_live
        self._changed.set()

    def take(self) -> bool:
        """Before looking: whether a live clip is due. Words that come later wake the next wait."""
        is_live, self._is_live = self._is_live, False
        self._changed = trio.Event()
        return is_live

    async def wait(self) -> None:
        """Returns at the first word since `take`."""
        await self._changed.wait()
