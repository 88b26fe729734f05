"""What holds for a folder and for a bucket alike."""

from __future__ import annotations

from clipsaver.thumbnails.storage import Storage, key_of

KEY = key_of("14-15", "small", 0x1F)


async def test_what_was_put_can_be_read_until_it_is_deleted(storage: Storage) -> None:
    assert await storage.read(KEY) is None
    await storage.put(KEY, b"picture", "image/webp")
    assert await storage.read(KEY) == b"picture"
    await storage.delete(KEY)
    assert await storage.read(KEY) is None


async def test_deleting_what_is_not_there_is_no_failure(storage: Storage) -> None:
    await storage.delete(KEY)
    await storage.put(KEY, b"picture", "image/webp")
    await storage.delete(key_of("14-15", "large", 0x1F))
    assert await storage.read(KEY) == b"picture"


async def test_it_proves_that_it_serves_and_leaves_nothing(storage: Storage) -> None:
    await storage.prove()


async def test_a_large_picture_is_whole(storage: Storage) -> None:
    content = bytes(range(256)) * 24_000
    await storage.put(KEY, content, "image/webp")
    assert await storage.read(KEY) == content


async def test_it_says_where_a_picture_is(storage: Storage) -> None:
    assert storage.where(KEY) == f"{storage.place}/{KEY}"
