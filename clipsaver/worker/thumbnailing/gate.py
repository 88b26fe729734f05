"""Whether what thumbnails need serves: the storage, and the process that decodes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from clipsaver.errors import ClipsaverError
from clipsaver.outage import Outage, delay_s
from clipsaver.thumbnails.errors import DecoderUnavailable, StorageTrouble

TROUBLE = (StorageTrouble, DecoderUnavailable)
"""They say nothing of the clip: it goes back as it was, and no more are claimed until it passed."""
_LONGEST_S = 30.0


class Gate:
    """Open while it serves. Starts closed; `run` opens it, and again after each trouble."""

    def __init__(
        self, outage: Outage, prove: Callable[[], Awaitable[object]], dice: Callable[[], float]
    ) -> None:
        """`prove` raises one of TROUBLE while it does not serve; `outage` says so, once."""
        self._outage = outage
        self._prove = prove
        self._dice = dice
        self._opened = trio.Event()
        self._closed = trio.Event()
        self._closed.set()

    @property
    def is_open(self) -> bool:
        return self._opened.is_set()

    @property
    def away_since(self) -> float | None:
        """Since when it does not serve (Trio's clock); None = it does, or was not asked yet."""
        return self._outage.since

    def close(self, problem: ClipsaverError) -> None:
        """It refused to serve."""
        self._outage.began(problem)
        if self._opened.is_set():
            self._opened = trio.Event()
        self._closed.set()

    async def opened(self) -> None:
        """Returns when it serves."""
        await self._opened.wait()

    async def run(self) -> None:
        """Asks it until it serves, whenever it is closed; until cancelled."""
        while True:
            await self._closed.wait()
            await self._until_it_serves()
            self._closed = trio.Event()
            self._opened.set()

    async def _until_it_serves(self) -> None:
        failures = 0
        while True:
            if self._outage.is_on:
                await trio.sleep(delay_s(failures, self._dice(), longest_s=_LONGEST_S))
            try:
                await self._prove()
            except TROUBLE as problem:
                self._outage.began(problem)
                failures += 1
            else:
                self._outage.ended()
                return
