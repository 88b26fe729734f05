"""Makes a gallery, or brings one up to date: pictures first, the page last.

Until the new page is in its place the old one stays, with all of its pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import trio

from clipsaver.database import Database
from clipsaver.database.clip_filter import ClipFilter
from clipsaver.database.clip_list import ListedClip, read_clips
from clipsaver.database.thumbnails.results import StoredPicture
from clipsaver.errors import UsageError
from clipsaver.gallery.entries import Entries
from clipsaver.gallery.folder import GalleryFolder
from clipsaver.gallery.page import block_text, page
from clipsaver.thumbnails.storage import Storage

_PER_PAGE = 500
_AT_ONCE = 8
"""Pictures that are copied at once."""


@dataclass(frozen=True, slots=True)
class Made:
    """What is in a gallery, and what was done for it."""

    clips: int = 0
    pictures: int = 0
    """Clips that are shown with one."""
    copied: int = 0
    """Pictures that were not there from the last time."""
    lost: int = 0
    """Pictures that the storage should have and has not."""
    removed: int = 0
    """Pictures that the page before this one showed and this one does not."""
    is_cut: bool = False
    """There are more clips than were asked for at most."""


async def make_gallery(
    database: Database,
    storage: Storage,
    folder: GalleryFolder,
    chosen: ClipFilter,
    *,
    limit: int,
    made_at: datetime,
    tell: Callable[[Made], None],
) -> Made:
    """Writes the newest `limit` clips of the filter into the folder; `tell` hears how far it is.

    Raises DatabaseUnavailable, StorageDenied, StorageUnavailable and UsageError; the page that was
    there is then as it was.
    """
    made, entries, blocks, shown = Made(), Entries(), list[str](), set[str]()
    before = None
    while True:
        async with database.connection() as connection:
            # One more than are wanted says whether there are more.
            wanted = min(_PER_PAGE, limit + 1 - made.clips)
            clips = await read_clips(connection, chosen, limit=wanted, before=before)
        is_last = len(clips) < wanted
        if made.clips + len(clips) > limit:
            clips, is_last = clips[:-1], True
            made = replace(made, is_cut=True)
        copies = _Copies(storage, folder)
        await copies.bring(clips)
        blocks.append(block_text(entries.block(clips, copies.there)))
        shown |= copies.there
        made = replace(
            made,
            clips=made.clips + len(clips),
            pictures=made.pictures + len(copies.there),
            copied=made.copied + copies.copied,
            lost=made.lost + copies.lost,
        )
        tell(made)
        if is_last:
            break
        before = clips[-1].key
    text = page(blocks, entries.guild_names, made_at, left_out=made.is_cut)
    await trio.to_thread.run_sync(folder.write_page, text)
    removed = await trio.to_thread.run_sync(folder.remove_others, shown)
    return replace(made, removed=removed)


class _Copies:
    """Brings pictures from the storage into the folder."""

    def __init__(self, storage: Storage, folder: GalleryFolder) -> None:
        self._storage = storage
        self._folder = folder
        self.there: set[str] = set()
        """Keys of those that are in the folder."""
        self.copied = 0
        self.lost = 0

    async def bring(self, clips: Sequence[ListedClip]) -> None:
        """The small pictures of the clips, as far as there are any."""
        wanted = [clip.small for clip in clips if clip.small is not None]
        missing = []
        for picture in wanted:
            if self._folder.has(picture.storage_key, picture.size_bytes):
                self.there.add(picture.storage_key)
            else:
                missing.append(picture)
        async with trio.open_nursery() as nursery:
            for _ in range(min(_AT_ONCE, len(missing))):
                nursery.start_soon(self._copy, missing)

    async def _copy(self, left: list[StoredPicture]) -> None:
        """One after the other, until none is left."""
        while left:
            key = left.pop().storage_key
            try:
                content = await self._storage.read(key)
            except ValueError as error:
                raise UsageError(f"the database names a picture that is none: {error}") from error
            if content is None:  # made anew since the clips were read, or gone
                self.lost += 1
                continue
            await trio.to_thread.run_sync(self._folder.write_picture, key, content)
            self.there.add(key)
            self.copied += 1
