"""The Lua scripts as files: loaded once, run by their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import Any, Protocol

from redis.exceptions import NoScriptError

Value = str | bytes | int
"""What a key, an argument or a field's value may be on its way to the server."""


class RedisCommands(Protocol):
    """What this room needs of a client: replies as bytes, in redis-py's RESP3 shape.

    `redis.asyncio.Redis(protocol=3)` is one, and so is what `clipsaver.trio_io.redis` opens.
    """

    async def execute_command(self, *args: Any, **options: Any) -> Any: ...

    def pipeline(self, transaction: bool = ...) -> Any: ...  # noqa: FBT001 - redis-py's signature


@dataclass(frozen=True, slots=True)
class Script:
    """One script, known to the server by its digest."""

    name: str
    source: bytes
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.source, usedforsecurity=False).hexdigest()
        object.__setattr__(self, "digest", digest)

    async def run(
        self, redis: RedisCommands, keys: Sequence[Value], arguments: Sequence[Value]
    ) -> Any:
        """Run it; sends its text only where the server does not know it (first use, restart)."""
        call = (len(keys), *keys, *arguments)
        try:
            return await redis.execute_command("EVALSHA", self.digest, *call)
        except NoScriptError:
            return await redis.execute_command("EVAL", self.source, *call)


def joined(name: str, folder: Traversable, parts: Sequence[str]) -> Script:
    """The script that the files `PART.lua` make, one after the other."""
    return Script(name, b"\n".join((folder / f"{part}.lua").read_bytes() for part in parts))
