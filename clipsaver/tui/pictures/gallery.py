"""The pictures that were looked at last, and the one that is wanted now."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from clipsaver.errors import ClipsaverError
from clipsaver.terminal_text import in_cells
from clipsaver.tui.pictures.decoding import Pixels, Undecodable, decode

_KEPT: Final = 64
_LONGEST_FETCH_S: Final = 10.0
_FAILURE_S: Final = 10.0
"""After that a picture that could not be had is asked for again: its storage may be back."""

log = structlog.get_logger()

Wanted = tuple[str, int, int]
"""The key in the storage, and the pixels that there is room for."""


@dataclass(frozen=True, slots=True)
class NoPicture:
    """Why there is none to show."""

    words: str
    at_s: float
    """When that was found out, by the clock of the gallery."""


class Gallery:
    """Fetches and decodes one picture at a time: the one that is wanted when that is over."""

    def __init__(
        self,
        fetch: Callable[[str], Awaitable[bytes | None]],
        told: Callable[[], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`told` is called when a picture that was wanted is there. `clock` counts seconds."""
        self._fetch = fetch
        self._told = told
        self._clock = clock
        self._kept: OrderedDict[Wanted, Pixels | NoPicture] = OrderedDict()
        self._wanted: Wanted | None = None
        self._changed = asyncio.Event()

    def want(self, key: str, width: int, height: int) -> Pixels | NoPicture | None:
        """The picture in at most so many pixels; None = it comes."""
        wanted = (key, width, height)
        found = self._kept.get(wanted)
        if found is not None:
            self._kept.move_to_end(wanted)
        if found is None or (
            isinstance(found, NoPicture) and self._clock() - found.at_s > _FAILURE_S
        ):
            self._wanted = wanted
            self._changed.set()
        return found

    async def fetch_forever(self) -> None:
        """Ends only by being cancelled; what cannot be had is kept as such for some seconds."""
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
            async with asyncio.timeout(_LONGEST_FETCH_S):
                data = await self._fetch(key)
            if data is None:
                return self._none("the storage has no picture of this name")
            return await asyncio.to_thread(decode, data, width, height)
        except (ClipsaverError, Undecodable) as error:
            return self._none(str(error))
        except TimeoutError:
            return self._none(f"the storage has not answered within {_LONGEST_FETCH_S:g} s")
        except Exception as error:  # of one picture; the others are still shown
            log.exception("tui_mistake")
            return self._none(f"a mistake of ours: {type(error).__name__}: {error}")

    def _none(self, words: str) -> NoPicture:
        return NoPicture(in_cells(words), self._clock())
