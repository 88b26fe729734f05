"""The pictures that were looked at last, and the one that is wanted now."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from clipsaver.errors import ClipsaverError
from clipsaver.tui.pictures.decoding import Pixels, Undecodable, decode

_KEPT: Final = 64

Wanted = tuple[str, int, int]
"""The key in the storage, and the pixels that there is room for."""


@dataclass(frozen=True, slots=True)
class NoPicture:
    """Why there is none to show."""

    words: str


class Gallery:
    """Fetches and decodes one picture at a time: the one that is wanted when that is over."""

    def __init__(
        self, fetch: Callable[[str], Awaitable[bytes | None]], told: Callable[[], None]
    ) -> None:
        """`told` is called when a picture that was wanted is there."""
        self._fetch = fetch
        self._told = told
        self._kept: OrderedDict[Wanted, Pixels | NoPicture] = OrderedDict()
        self._wanted: Wanted | None = None
        self._changed = asyncio.Event()

    def want(self, key: str, width: int, height: int) -> Pixels | NoPicture | None:
        """The picture in at most so many pixels; None = it comes."""
        wanted = (key, width, height)
        if wanted in self._kept:
            self._kept.move_to_end(wanted)
            return self._kept[wanted]
        self._wanted = wanted
        self._changed.set()
        return None

    async def fetch_forever(self) -> None:
        """Ends only by being cancelled; what cannot be had is kept as such."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._wanted is None:
                continue
            wanted, self._wanted = self._wanted, None
            self._kept[wanted] = await self._have(*wanted)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            self._told()

    async def _have(self, key: str, width: int, height: int) -> Pixels | NoPicture:
        try:
            data = await self._fetch(key)
            if data is None:
                return NoPicture("the storage has no picture of this name")
            return await asyncio.to_thread(decode, data, width, height)
        except (ClipsaverError, Undecodable) as error:
            return NoPicture(str(error))
