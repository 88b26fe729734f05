"""Which workers live: what their heartbeats say."""

from __future__ import annotations

from collections.abc import Sequence

from clipsaver.queue.link import Link
from clipsaver.queue.produce import text_of
from clipsaver.redis_calls.unavailable import GroupMissing


async def consumers(link: Link) -> dict[str, dict[str, int]]:
    """Everybody whom the group knows, with `pending` and `idle` (ms since it last asked)."""
    try:
        rows = await link.command("XINFO CONSUMERS", link.names.stream, link.names.group)
    except GroupMissing:
        return {}
    return {
        row["name"].decode(): {"pending": int(row["pending"]), "idle": int(row["idle"])}
        for row in sorted(rows, key=lambda row: row["name"])
    }


async def heartbeats(link: Link, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """What each of these workers last said; the dead and the unknown are left out."""
    if not names:
        return {}
    answers = await link.together([("HGETALL", link.names.worker(name)) for name in names])
    return {name: text_of(fields) for name, fields in zip(names, answers, strict=True) if fields}
