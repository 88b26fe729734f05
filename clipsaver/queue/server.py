"""What kind of server Redis is: new enough, and does it throw keys away when memory runs short?"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Any

from clipsaver.errors import UsageError
from clipsaver.queue.link import Link
from clipsaver.redis_calls.unavailable import OLDEST_REDIS, too_old


class Hazard(enum.Enum):
    """What a server may throw away."""

    NOTHING = "nothing"
    BOOKKEEPING = "bookkeeping"
    """Keys with an expiry: fences, locks, heartbeats. Costs repeated work, no more."""
    STREAM = "stream"
    """Any key, so also jobs that wait."""


@dataclass(frozen=True, slots=True)
class Memory:
    """How a server deals with its memory."""

    limit: int
    """maxmemory in bytes; 0 = none."""
    policy: str
    """maxmemory-policy."""

    @property
    def hazard(self) -> Hazard:
        if self.limit == 0 or self.policy == "noeviction":
            return Hazard.NOTHING
        return Hazard.BOOKKEEPING if self.policy.startswith("volatile-") else Hazard.STREAM


async def read_memory(link: Link) -> Memory:
    """The limit and the policy as they are now."""
    info = await link.command("INFO", "memory")
    return Memory(int(info.get("maxmemory", 0)), str(info.get("maxmemory_policy", "noeviction")))


async def check_version(link: Link) -> None:
    """Raises UsageError for a server without the commands that are used."""
    version = str((await link.command("INFO", "server")).get("redis_version", ""))
    if not is_new_enough(version):
        raise UsageError(too_old(link.server, version))


def is_new_enough(version: Any) -> bool:
    """Whether a version such as `7.2.4` will do; one that cannot be read is given a try."""
    needed = tuple(map(int, OLDEST_REDIS.split(".")))
    found = re.match(r"(\d+)\.(\d+)", str(version))
    return found is None or (int(found[1]), int(found[2])) >= needed
