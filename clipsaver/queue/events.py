"""What happened lately to runs and workers, as the scripts tell it: a capped stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from clipsaver.queue.link import Link


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    event_id: str
    """Read on from here."""
    at_ms: int
    """Unix time, by the clock of Redis."""
    name: str
    """done, retry, wait, slice, handed_back, dead, cancelled, gone, restored, reclaimed,
    worker_started, worker_stopped; later versions may know more."""
    run: str
    """Empty where it is no run that it happened to."""
    worker: str
    """Who did it; of `reclaimed`, who had fallen silent."""
    detail: Mapping[str, Any]


async def read_events(link: Link, *, after: str = "", count: int = 100) -> list[Event]:
    """The next ones after an event id, or without one the latest; the oldest of them first."""
    stream = link.names.events
    if after:
        rows = await link.command("XRANGE", stream, f"({after}", "+", "COUNT", count)
    else:
        rows = await link.command("XREVRANGE", stream, "+", "-", "COUNT", count)
        rows = rows[::-1]
    return [_event(event_id.decode(), fields) for event_id, fields in rows]


def _event(event_id: str, fields: Mapping[bytes, bytes]) -> Event:
    text = {name.decode("utf-8", "replace"): value for name, value in fields.items()}

    def word(name: str) -> str:
        return text.get(name, b"").decode("utf-8", "replace")

    return Event(
        event_id,
        int(event_id.partition("-")[0]),
        word("event"),
        word("run"),
        word("worker"),
        _detail(text.get("detail", b"")),
    )


def _detail(raw: bytes) -> Mapping[str, Any]:
    try:
        detail = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return detail if isinstance(detail, dict) else {}
