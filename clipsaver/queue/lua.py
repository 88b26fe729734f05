"""The Lua scripts as files: loaded once, run by their digest."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Protocol

from redis.exceptions import NoScriptError

Value = str | bytes | int
"""What a key, an argument or a field's value may be on its way to the server."""


class RedisCommands(Protocol):
    """What this room needs of a client: replies as bytes, in redis-py's RESP3 shape.

    `redis.asyncio.Redis(protocol=3)` is one, and so is `clipsaver.trio_io.redis.TrioRedis`.
    """

    async def execute_command(self, *args: Any, **options: Any) -> Any: ...

    def pipeline(self, transaction: bool = ...) -> Any: ...  # noqa: FBT001 - redis-py's signature


@dataclass(frozen=True, slots=True)
class Script:
    """One script with what all of them share (`scripts/held.lua`) in front."""

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


@functools.cache
def script(name: str) -> Script:
    """The script in `scripts/<name>.lua`."""
    folder = resources.files("clipsaver.queue") / "scripts"
    parts = [(folder / f"{part}.lua").read_bytes() for part in ("held", name)]
    return Script(name, b"\n".join(parts))
