"""A few bytes that go in and come out again: whether a storage serves."""

from __future__ import annotations

import secrets
from typing import Protocol

from clipsaver.thumbnails.errors import StorageUnavailable
from clipsaver.thumbnails.storage.keys import key_of

_CONTENT = b"clipsaver looks whether pictures can be stored here"


class _Probed(Protocol):
    @property
    def place(self) -> str: ...
    async def put(self, key: str, content: bytes, content_type: str) -> None: ...
    async def read(self, key: str) -> bytes | None: ...
    async def delete(self, key: str) -> None: ...


async def prove(storage: _Probed) -> None:
    """Raises what stands in the way."""
    key = key_of("probe", "small", secrets.randbits(62))
    await storage.put(key, _CONTENT, "image/webp")
    found = await storage.read(key)
    await storage.delete(key)
    if found != _CONTENT:
        raise StorageUnavailable(
            f"{storage.place}: what was stored did not come back; see whether it is one place, and "
            "not several that are copied to each other"
        )
