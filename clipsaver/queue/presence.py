"""Who works on the stream: names with heartbeats that expire, and consumers that nobody uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from clipsaver.queue.intake import make_anew
from clipsaver.queue.link import Consumer
from clipsaver.redis_calls.scripts import Value
from clipsaver.redis_calls.unavailable import GroupMissing

BEAT_EVERY_S = 5.0
"""How often a worker shows that it lives."""
_SILENT_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that has a name; fields are empty where it does not say."""

    instance: str
    host: str
    pid: str
    since: str
    """Unix time in seconds."""
    beat: str
    """Unix time in ms of its last heartbeat, by the clock of Redis."""


async def claim_name(me: Consumer, facts: Mapping[str, Value], *, expires_ms: int) -> Holder | None:
    """Become the worker of this name; returns who has it, None where it is ours now."""
    detail = msgspec.json.encode({"host": me.host, **facts})
    arguments: list[Value] = [me.instance, expires_ms, me.name, detail]
    arguments += ["host", me.host, *_flat(facts)]
    keys = [me.names.worker(me.name), me.names.events]
    known = await me.link.run("claim_name", keys, arguments)
    return Holder(*(each.decode("utf-8", "replace") for each in known)) if known else None


async def beat(me: Consumer, facts: Mapping[str, Value], *, expires_ms: int) -> bool:
    """Show that this worker lives, with what it says of itself (pid, version, slots, statistics).

    False where the name is another process's by now.
    """
    known: list[Value] = [expires_ms, me.instance, me.names.group, me.name]
    keys = [me.names.worker(me.name), me.names.stream]
    said: list[Value] = ["host", me.host, *_flat(facts)]
    return bool(await me.link.run("heartbeat", keys, [*known, *said]))


async def has_name(me: Consumer) -> bool:
    """Whether the name is ours, or nobody's."""
    instance = await me.link.command("HGET", me.names.worker(me.name), "instance")
    return instance is None or instance.decode() == me.instance


async def leave(me: Consumer) -> None:
    """Take the heartbeat away at a clean end, and the consumer too where it holds nothing."""
    keys = [me.names.worker(me.name), me.names.events]
    if await me.link.run("leave", keys, [me.instance, me.name]):
        await _reap(me, silent_ms=0, only=me.name)


async def reap_silent(me: Consumer, *, silent_ms: int = _SILENT_MS) -> list[str]:
    """Delete consumers that hold nothing and did nothing for so long; returns their names."""
    return await _reap(me, silent_ms=silent_ms, only="")


async def _reap(me: Consumer, *, silent_ms: int, only: str) -> list[str]:
    arguments: list[Value] = [me.names.group, silent_ms, only]
    try:
        names = await me.link.run("reap_consumers", [me.names.stream], arguments)
    except GroupMissing:
        await make_anew(me)
        return []
    return [name.decode() for name in names]


def _flat(facts: Mapping[str, Value]) -> list[Value]:
    return [word for pair in facts.items() for word in pair]
