"""Two workers of one name would take each other's jobs for their own: the second is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

import structlog
import trio

from clipsaver.errors import NameTaken
from clipsaver.queue import presence
from clipsaver.queue.link import Consumer
from clipsaver.queue.presence import Holder
from clipsaver.redis_calls.scripts import Value

_log = structlog.get_logger()

_LOOK_EVERY_S = 0.5


async def claim_name(
    me: Consumer,
    facts: Mapping[str, Value],
    *,
    expires_ms: int,
    with_redis: Callable[[Callable[[], Awaitable[Holder | None]]], Awaitable[Holder | None]],
) -> None:
    """Returns when this worker is the one of its name. Raises NameTaken if another lives.

    One that was killed still has the name until its last heartbeat expires, which is waited for:
    only a heartbeat of now proves a life.
    """

    async def claim() -> Holder | None:
        return await presence.claim_name(me, facts, expires_ms=expires_ms)

    first: Holder | None = None
    while holder := await with_redis(claim):
        if first is None:
            first = holder
            _log.warning(
                "name_in_use",
                consumer=me.name,
                **_shown(holder),
                hint="it beats again if it lives; if it was killed, its name is free in "
                f"{expires_ms / 1000:g} s at most",
            )
        elif (holder.instance, holder.beat) != (first.instance, first.beat):
            raise name_taken(me, holder)
        await trio.sleep(_LOOK_EVERY_S)


def name_taken(me: Consumer, holder: Holder) -> NameTaken:
    """The error that names who has it, and what to do."""
    who = _shown(holder)
    return NameTaken(
        f"another worker has the name {me.name!r} (redis.consumer): process {who['pid']} on "
        f"{who['host']}, since {who['since']}; leave redis.consumer empty, or give each worker a "
        "name of its own"
    )


def _shown(holder: Holder) -> dict[str, str]:
    since = "unknown"
    if holder.since.isdecimal():
        since = datetime.fromtimestamp(int(holder.since), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return {"host": holder.host or "unknown", "pid": holder.pid or "unknown", "since": since}
