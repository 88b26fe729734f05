"""Who works on the stream: heartbeats that expire, and consumers that nobody uses any more."""

from __future__ import annotations

from collections.abc import Mapping

from clipsaver.queue.intake import ensure_group
from clipsaver.queue.link import Consumer
from clipsaver.queue.lua import Value
from clipsaver.queue.unavailable import GroupMissing

_SILENT_MS = 3_600_000


async def beat(me: Consumer, facts: Mapping[str, Value], *, expires_ms: int) -> None:
    """Show that this worker lives, with what it says of itself (pid, version, slots, running)."""
    pairs = [word for pair in facts.items() for word in pair]
    arguments: list[Value] = [expires_ms, "host", me.host, *pairs]
    await me.link.run("heartbeat", [me.names.worker(me.name)], arguments)


async def leave(me: Consumer) -> None:
    """Take the heartbeat away at a clean end, and the consumer too where it holds nothing."""
    await me.link.command("DEL", me.names.worker(me.name))
    await _reap(me, silent_ms=0, only=me.name)


async def reap_silent(me: Consumer, *, silent_ms: int = _SILENT_MS) -> list[str]:
    """Delete consumers that hold nothing and did nothing for so long; returns their names."""
    return await _reap(me, silent_ms=silent_ms, only="")


async def _reap(me: Consumer, *, silent_ms: int, only: str) -> list[str]:
    arguments: list[Value] = [me.names.group, silent_ms, only]
    try:
        names = await me.link.run("reap_consumers", [me.names.stream], arguments)
    except GroupMissing:
        await ensure_group(me.link)
        return []
    return [name.decode() for name in names]
