"""What making thumbnails takes beside the stores: CDN, fresh links, decoders, a place for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from clipsaver.config import Config, ThumbnailsConfig, storage_of
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.thumbnails.decoder.decoders import Decoders, limits_for, open_decoders
from clipsaver.thumbnails.media.client import MediaClient, open_media
from clipsaver.thumbnails.media.signing import Links
from clipsaver.thumbnails.picture.wanted import Box, Budgets, Wanted
from clipsaver.thumbnails.storage import Storage, open_storage, open_to_delete
from clipsaver.thumbnails.storage.access import access_of


@dataclass(frozen=True, slots=True)
class Kit:
    """All that is open for the life of a worker that makes thumbnails."""

    media: MediaClient
    links: Links
    decoders: Decoders
    storage: Storage


@asynccontextmanager
async def open_kit(config: Config, discord: DiscordClient) -> AsyncIterator[Kit]:
    """Everything open; asks nothing of anybody yet. Raises StorageUnavailable where a library is
    missing."""
    async with (
        open_media(
            config.discord.media_hosts, max_connections=2 * config.thumbnails.concurrency
        ) as media,
        open_decoders(limits_for(wanted_of(config.thumbnails))) as decoders,
        open_configured_storage(config) as storage,
    ):
        yield Kit(media, Links(discord), decoders, storage)


@asynccontextmanager
async def open_configured_storage(config: Config) -> AsyncIterator[Storage]:
    """Where the configuration has thumbnails stored."""
    async with open_storage(storage_of(config), access_of(config.s3)) as storage:
        yield storage


@asynccontextmanager
async def open_to_delete_in(config: Config) -> AsyncIterator[Storage]:
    """The same for who deletes: raises StorageUnavailable where it is not on this machine."""
    async with open_to_delete(storage_of(config), access_of(config.s3)) as storage:
        yield storage


def wanted_of(config: ThumbnailsConfig) -> Wanted:
    """The pictures that the configuration asks for."""
    small, large = (Box(width, height, config.quality) for width, height in config.sizes)
    half = config.max_bytes // 2
    budgets = Budgets(total_bytes=config.max_bytes, index_bytes=half, picture_bytes=half)
    return Wanted(small=small, large=large, budgets=budgets)
