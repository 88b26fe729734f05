"""Carries a purge out: one bounded step after the other, from wherever it stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TypeVar

import psycopg
import trio
from psycopg.rows import TupleRow

from clipsaver.database import Database
from clipsaver.database.errors import Verdict, verdict
from clipsaver.database.purging import steps
from clipsaver.database.purging.authors import clear_the_way
from clipsaver.database.purging.counting import Counting
from clipsaver.database.purging.files import FileWalk
from clipsaver.database.purging.looks import ClipWalk
from clipsaver.database.purging.place import Part
from clipsaver.database.purging.purges import hold_purge, let_go, note_trouble
from clipsaver.database.purging.standing import Passed, standing_of
from clipsaver.records import Purge, PurgeStage
from clipsaver.thumbnails.errors import StorageTrouble
from clipsaver.thumbnails.outbox import delete_taken
from clipsaver.thumbnails.storage import Storage
from clipsaver.thumbnails.storage.keys import key_ranges
from clipsaver.trio_io.postgres import TrioConnection

DRIVING_S = 60.0
"""For so long after a step the others leave a purge to who did it, unless he lets go of it."""
_HOLD_EVERY_S = DRIVING_S / 4
_CLIPS_AT_ONCE, _MOST_CLIPS_AT_ONCE = 100, 150
"""More gain little, and take long where the machine is busy."""
_FILES_AT_ONCE = 200
_REPEATS = 5

OpenStorage = Callable[[], AbstractAsyncContextManager[Storage]]
_T = TypeVar("_T")


async def carry_out(
    database: Database,
    open_storage: OpenStorage,
    purge: Purge,
    *,
    driver: str,
    dice: Callable[[], float],
    after_step: Callable[[Purge], Awaitable[bool]],
) -> Purge:
    """Goes on with a purge until it is over, and returns it as it then stands.

    Earlier than that where `after_step` says True, where the storage is in trouble, which
    `Purge.error` tells, and where files are left that may still arrive: their stage is FILES, and
    `files_left` says how many. Going on at once would then find the same. May be cancelled or die
    at any point, and several may do it at once. `dice` gives numbers from 0 up to 1. Raises what
    the database raises.
    """
    async with AsyncExitStack() as stack:
        drive = _Drive(database, open_storage, stack, driver, dice)
        if not await drive.begin(purge.purge_id):
            return purge
        while await drive.step():
            if await after_step(drive.purge):
                await drive.let_go()
                break
    return drive.purge


class _Drive:
    """One carrying out: where the purge stands, and what was learnt of how much a look may take."""

    def __init__(
        self,
        database: Database,
        open_storage: OpenStorage,
        stack: AsyncExitStack,
        driver: str,
        dice: Callable[[], float],
    ) -> None:
        self._database = database
        self._open_storage = open_storage
        self._stack = stack
        self._driver = driver
        self._dice = dice
        self._storage: Storage | None = None
        self._held_at = -float("inf")
        self._can_clear = True

    @property
    def purge(self) -> Purge:
        return self._at.purge

    async def begin(self, purge_id: int) -> bool:
        """Finds out where it stands; False = there is no such purge any more."""
        at = await self._do(lambda conn: standing_of(conn, purge_id))
        if at is None:
            return False
        self._at = at
        self._clips = ClipWalk(at.purge.target, rows=_CLIPS_AT_ONCE, most_rows=_MOST_CLIPS_AT_ONCE)
        self._counting = Counting(at.purge.target)
        self._files = FileWalk(purge_id, rows=_FILES_AT_ONCE)
        self._has_deleted = False
        return True

    async def let_go(self) -> None:
        await self._do(lambda conn: let_go(conn, self.purge.purge_id, driver=self._driver))

    async def step(self) -> bool:
        """Gets on by one step; False = it is over, or cannot get on now."""
        if self.purge.stage is PurgeStage.DONE:
            return False
        await self._hold()
        try:
            return await self._step()
        except Passed:
            return await self.begin(self.purge.purge_id)

    async def _hold(self) -> None:
        now = trio.current_time()
        if now - self._held_at >= _HOLD_EVERY_S:
            await self._do(
                lambda conn: hold_purge(
                    conn, self.purge.purge_id, driver=self._driver, lease_s=DRIVING_S
                )
            )
            self._held_at = now

    async def _step(self) -> bool:
        match self.purge.stage, self._at.place.part:
            case PurgeStage.FENCE, _:
                self._at = await self._do(lambda conn: steps.raise_epochs(conn, self._at))
            case PurgeStage.COUNT, _:
                await self._count()
            case PurgeStage.ROWS, Part.CLIPS:
                await self._delete_clips()
            case PurgeStage.ROWS, Part.AUTHORS:
                self._at = await self._do(lambda conn: steps.look_at_authors(conn, self._at))
            case PurgeStage.ROWS, Part.CHANNELS:
                self._at = await self._do(lambda conn: steps.strip_channels(conn, self._at))
            case PurgeStage.ROWS, Part.CHECK:
                await self._count()
            case _:
                return await self._delete_files()
        return True

    async def _count(self) -> None:
        counts, behind = await self._do(lambda conn: self._counting.look(conn, self._at.place))
        self._at = await self._do(lambda conn: steps.record_counts(conn, self._at, counts, behind))

    async def _delete_clips(self) -> None:
        seen, behind = await self._do(lambda conn: self._clips.clips(conn, self._at.place))
        authors = {clip.author_id for clip in seen if clip.is_meant}
        if authors and self._can_clear:
            self._can_clear = await self._do(lambda conn: clear_the_way(conn, authors))
        self._at, took_s = await self._do(
            lambda conn: steps.delete_seen(conn, self._at, seen, behind, key_ranges=key_ranges)
        )
        self._clips.took(took_s)

    async def _delete_files(self) -> bool:
        """Files that are due; when none is, those that somebody took who may have died."""
        storage = self._storage
        if storage is None and not await self._do(self._files.is_any_left):
            return await self._end_files()
        try:
            if storage is None:
                storage = await self._stack.enter_async_context(self._open_storage())
                self._storage = storage
            files = await self._do(self._files.take)
            deleted = await delete_taken(self._database, storage, files, dice=self._dice)
            trouble = deleted.trouble
        except StorageTrouble as problem:
            files, trouble = [], problem
        if files or trouble is not None:
            self._has_deleted = True
            await self._tell(trouble)
        if trouble is not None:
            return False
        return await self._end_files() if self._files.is_over else True

    async def _tell(self, trouble: StorageTrouble | None) -> None:
        """What keeps the files, if anything, and how many are left."""
        words = None if trouble is None else str(trouble)
        purge_id = self.purge.purge_id
        if words != self.purge.error:
            await self._do(lambda conn: note_trouble(conn, purge_id, words))
        at = await self._do(lambda conn: standing_of(conn, purge_id))
        if at is None or at.purge.stage is not PurgeStage.FILES:
            raise Passed
        self._at = at

    async def _end_files(self) -> bool:
        """The walk came to the last file: over, or once more, or there are some to wait for."""
        if not await self._do(self._files.is_any_left):
            self._at = await self._do(lambda conn: steps.end_purge(conn, self._at))
            return True
        if not self._has_deleted and self._files.takes_all:
            return False
        self._files.again(all_stored=not self._has_deleted)
        self._has_deleted = False
        return True

    async def _do(self, do: Callable[[TrioConnection[TupleRow]], Awaitable[_T]]) -> _T:
        """On a connection, and again where two transactions were in each other's way."""
        failures = 0
        async with self._database.connection() as conn:
            while True:
                try:
                    return await do(conn)
                except psycopg.Error as error:
                    failures += 1
                    if verdict(error) is not Verdict.REPEAT or failures == _REPEATS:
                        raise
