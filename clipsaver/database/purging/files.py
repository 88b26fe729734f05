"""Files that a purge gave up: the entries of `file_outbox` that name it, in their order."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import AsyncConnection

from clipsaver.database.purging.bounded import bounded
from clipsaver.database.purging.stretches import LAST_ID, Stretch
from clipsaver.database.thumbnails.files import DELETING_MINUTES, DueFile

_WAITING = """
    select file_id, %(all)s and stored or due_at <= now() from file_outbox
    where purge_id = %(purge)s and file_id > %(after)s and file_id <= %(end)s
    order by file_id limit %(rows)s
"""
_TAKE = f"""
    with mine as materialized (
        select file_id from file_outbox where file_id = any(%s) order by file_id
        for update skip locked
    )
    update file_outbox f
    set attempts = f.attempts + 1, due_at = now() + interval '{DELETING_MINUTES} minutes'
    from mine where f.file_id = mine.file_id
    returning f.file_id, f.storage_key, f.attempts
"""  # noqa: S608 -- a constant


class FileWalk:
    """Goes along a purge's files from the first, a bounded look at a time."""

    def __init__(self, purge_id: int, *, rows: int) -> None:
        self._purge_id = purge_id
        self._stretch = Stretch(rows, rows)
        self._after = 0
        self.takes_all = False

    @property
    def is_over(self) -> bool:
        """Whether it has come to the last one."""
        return self._after == LAST_ID

    def again(self, *, all_stored: bool = False) -> None:
        """From the first, also those that somebody else took who may have died, or failed."""
        self._after, self.takes_all = 0, all_stored

    async def take(self, conn: AsyncConnection[Any]) -> list[DueFile]:
        """Files to delete now, from the next look. Say of each what came of it."""
        seen = await self._look(conn)
        due = [file_id for file_id, is_due in seen if is_due]
        if not due:
            return []
        found = await conn.execute(_TAKE, [due])
        return [DueFile(*row) for row in await found.fetchall()]

    async def is_any_left(self, conn: AsyncConnection[Any]) -> bool:
        """Whether a file waits, due or not. Goes on from the first afterwards."""
        self._after, is_any = 0, False
        while not is_any and not self.is_over:
            is_any = bool(await self._look(conn))
        self._after = 0
        return is_any

    async def _look(self, conn: AsyncConnection[Any]) -> list[Any]:
        while True:
            end, rows = self._stretch.end(self._after), self._stretch.rows
            values = {"purge": self._purge_id, "all": self.takes_all}
            values |= {"after": self._after, "end": end, "rows": rows}
            try:
                seen = await bounded(conn, _WAITING, values)
            except psycopg.errors.QueryCanceled:
                if not self._stretch.took_too_long(self._after):
                    raise
                continue
            self._stretch.rows = self._stretch.most_rows
            self._stretch.went_well()
            self._after = end if len(seen) < rows else seen[-1][0]
            return seen
