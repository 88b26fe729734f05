"""A connection and the names of its keys: what every function of this room is given."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from clipsaver.queue.lua import script
from clipsaver.queue.names import Names
from clipsaver.redis_calls.scripts import RedisCommands, Value
from clipsaver.redis_calls.unavailable import translated


@dataclass(frozen=True, slots=True)
class Link:
    """One stream on one server; raises RedisUnavailable in place of redis-py's errors."""

    redis: RedisCommands
    names: Names
    server: str
    """The server as errors name it: its URL without the password."""

    async def command(self, *words: Value) -> Any:
        """Send one command."""
        with translated(self.server):
            return await self.redis.execute_command(*words)

    async def together(self, commands: Sequence[Sequence[Value]]) -> list[Any]:
        """Send commands in one round trip; each stands alone (no transaction)."""
        with translated(self.server):
            pipeline = self.redis.pipeline(transaction=False)
            for words in commands:
                pipeline.execute_command(*words)
            return list(await pipeline.execute())

    async def uptime_s(self) -> float:
        """Seconds since the server started."""
        info = await self.command("INFO", "server")
        return float(info["uptime_in_seconds"])

    async def run(self, name: str, keys: Sequence[Value], arguments: Sequence[Value] = ()) -> Any:
        """Run the script `scripts/<name>.lua`."""
        with translated(self.server):
            return await script(name).run(self.redis, keys, arguments)


@dataclass(frozen=True, slots=True)
class Consumer:
    """One worker as a member of the stream's group."""

    link: Link
    name: str
    """Unique among living workers; the pending list knows it by this."""
    host: str
    """Where it runs, for those who read dead letters."""
    lease_ms: int
    """An entry whose holder has been silent for so long may be taken over."""
    instance: str = field(default_factory=lambda: secrets.token_hex(8))
    """A value of this process alone: two workers can be given the same name."""
    on_stream_lost: Callable[[], None] = lambda: None
    """Told when the stream or its group was found missing, and made anew."""

    @property
    def names(self) -> Names:
        return self.link.names
