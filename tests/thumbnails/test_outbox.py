"""From the outbox to the storage: what is due is deleted, and what cannot be now is later."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from clipsaver.database import Database
from clipsaver.thumbnails.errors import StorageDenied, StorageUnavailable
from clipsaver.thumbnails.outbox import AT_ONCE, Deleted, delete_due_files
from clipsaver.thumbnails.storage import Storage, key_of, open_storage
from tests.database.conftest import database
from tests.database.making import rows

__all__ = ["database"]

KEYS = [key_of(f"{number}-1", "small", 1) for number in range(3)]


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    async with open_storage(str(tmp_path / "root")) as opened:
        yield opened


async def give_up(database: Database, *keys: str) -> None:
    async with database.connection() as conn:
        for key in keys:
            await conn.execute("insert into file_outbox (storage_key) values (%s)", [key])


async def left(database: Database) -> list[tuple[object, ...]]:
    async with database.connection() as conn:
        return await rows(
            conn, "select storage_key, attempts, due_at > now() from file_outbox order by file_id"
        )


async def test_files_that_are_due_are_deleted_with_their_entries(
    database: Database, storage: Storage
) -> None:
    for key in KEYS:
        await storage.put(key, b"picture", "image/webp")
    await give_up(database, *KEYS[:2])
    done = await delete_due_files(database, storage, dice=lambda: 0.0)
    assert (done, done.is_all) == (Deleted(2), True)
    assert [await storage.read(key) for key in KEYS] == [None, None, b"picture"]
    assert await left(database) == []
    assert await delete_due_files(database, storage, dice=lambda: 0.0) == Deleted(0)


async def test_a_file_that_is_gone_already_is_no_failure(
    database: Database, storage: Storage
) -> None:
    await give_up(database, *KEYS)
    assert await delete_due_files(database, storage, dice=lambda: 0.0) == Deleted(3)


async def test_what_the_storage_refuses_waits_and_what_it_took_is_gone(
    database: Database, storage: Storage, tmp_path: Path
) -> None:
    (tmp_path / "root").mkdir()
    # A file where the second one's folder belongs: not even looking for it is possible there.
    (tmp_path / "root" / KEYS[1].partition("/")[0]).write_bytes(b"")
    await give_up(database, *KEYS)
    done = await delete_due_files(database, storage, dice=lambda: 0.0)
    assert done.files == 2
    assert isinstance(done.trouble, StorageDenied)
    assert not done.is_all
    assert await left(database) == [(KEYS[1], 1, True)]


class Sinking:
    """A storage that answers so many questions, of several at once, and then no more."""

    def __init__(self, answers: int) -> None:
        self._answers = answers
        self.asked = self.most_at_once = self._at_once = 0

    async def delete(self, key: str) -> None:
        self.asked += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await trio.testing.wait_all_tasks_blocked()
        self._at_once -= 1
        if self.asked > self._answers:
            raise StorageUnavailable("it sinks")


async def test_several_are_deleted_at_once_and_none_is_begun_in_trouble(
    database: Database,
) -> None:
    await give_up(database, *(key_of(f"{number}-1", "small", 1) for number in range(60)))
    sinking: Any = Sinking(40)
    done = await delete_due_files(database, sinking, dice=lambda: 0.0)
    assert done.trouble is not None
    assert 8 <= sinking.most_at_once <= 16
    assert sinking.asked < 60
    assert len(await left(database)) == 60 - done.files


async def test_a_key_that_is_not_ours_is_forgotten_and_no_file_touched(
    database: Database, storage: Storage, tmp_path: Path
) -> None:
    (tmp_path / "precious").write_bytes(b"")
    await give_up(database, "../precious", KEYS[0])
    assert await delete_due_files(database, storage, dice=lambda: 0.0) == Deleted(2)
    assert (tmp_path / "precious").exists()
    assert await left(database) == []


async def test_more_than_one_round_holds_are_left_for_the_next(
    database: Database, storage: Storage
) -> None:
    await give_up(database, *(key_of(f"{number}-1", "small", 1) for number in range(AT_ONCE + 1)))
    done = await delete_due_files(database, storage, dice=lambda: 0.0)
    assert (done.files, done.is_all) == (AT_ONCE, False)
    assert (await delete_due_files(database, storage, dice=lambda: 0.0)).is_all
