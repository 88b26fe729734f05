"""Tries what thumbnails need: stores a few bytes, and starts decoders."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from clipsaver.config import Config
from clipsaver.doctor.facts import ThumbnailFacts
from clipsaver.errors import ClipsaverError
from clipsaver.thumbnails.decoder.decoders import open_decoders
from clipsaver.thumbnails.decoder.layers.probe import Isolation
from clipsaver.thumbnails.decoder.warm_process import PRODUCTION
from clipsaver.worker.thumbnailing.kit import open_configured_storage

STORAGE_S = 20.0
DECODERS_S = 60.0


async def look_at_thumbnails(
    config: Config, *, command: Sequence[str] = PRODUCTION
) -> ThumbnailFacts:
    """Both at the same time; what they meet is told, and not raised.

    `command` is what the parent of the decoders runs: production's, or what a test brings.
    """
    look = _Look(config, command)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(look.at_storage)
        nursery.start_soon(look.at_decoders)
    return ThumbnailFacts(
        place=look.place,
        storage_obstacle=look.storage_obstacle,
        isolation=look.isolation,
        decoders_obstacle=look.decoders_obstacle,
    )


class _Look:
    def __init__(self, config: Config, command: Sequence[str]) -> None:
        self._config = config
        self._command = command
        self.place = ""
        self.isolation: Isolation | None = None
        self.storage_obstacle = f"it gave no answer in {STORAGE_S:.0f} s"
        self.decoders_obstacle = f"none was ready in {DECODERS_S:.0f} s"

    async def at_storage(self) -> None:
        with trio.move_on_after(STORAGE_S):
            try:
                async with open_configured_storage(self._config) as storage:
                    self.place = storage.place
                    await storage.prove()
                    self.storage_obstacle = ""
            except ClipsaverError as error:
                self.storage_obstacle = str(error)

    async def at_decoders(self) -> None:
        with trio.move_on_after(DECODERS_S):
            try:
                async with open_decoders(command=self._command) as decoders:
                    self.isolation = await decoders.start()
                    self.decoders_obstacle = ""
            except ClipsaverError as error:
                self.decoders_obstacle = str(error)
