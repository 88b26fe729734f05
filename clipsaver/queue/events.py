"""What happened lately to runs and workers, and what workers say: a capped stream.

Outcomes are told by the scripts that carry them out, log lines by the workers themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from clipsaver.queue.link import Link

LINE = "log"
"""The name of an event that is a line of a worker's log."""
LONGEST_DETAIL = 2048
"""Bytes of JSON that a log line may take: ten thousand of them are kept."""
_MOST = 10_000
"""About so many events are kept, as in held.lua."""
_LEVELS = {
    "dead": "error",
    **dict.fromkeys(("retry", "gone", "reclaimed", "restored"), "warning"),
}
_OF_THE_LINE = ("level", "event", "time")
_OF_THE_JOB = ("type", "guild_id", "channel_id", "job_id", "clip_id", "attempt")
_SHORTER = (600, 200, 60)
"""Characters of a text in a line that is too long, until it is short enough."""
_FEWER = 8
"""Elements of a list there."""
_LEAST = 30
"""Characters of what names a line and its job, where nothing else will do."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, or that a worker said."""

    event_id: str
    """Read on from here."""
    at_ms: int
    """Unix time, by the clock of Redis."""
    name: str
    """done, retry, wait, slice, handed_back, dead, cancelled, gone, restored, reclaimed,
    worker_started, worker_stopped, log; later versions may know more."""
    run: str
    """Empty where it is no run that it happened to."""
    worker: str
    """Who did or said it; of `reclaimed`, who had fallen silent."""
    detail: Mapping[str, Any]

    @property
    def level(self) -> str:
        """How much it matters: info, warning, error or critical."""
        return self._word("level") if self.name == LINE else _LEVELS.get(self.name, "info")

    @property
    def said(self) -> str:
        """What to call it: of a log line the line's own name."""
        return self._word("event") if self.name == LINE else self.name

    @property
    def fields(self) -> Mapping[str, Any]:
        """What else there is to say, beside `level` and `said`."""
        if self.name != LINE:
            return self.detail
        return {name: value for name, value in self.detail.items() if name not in _OF_THE_LINE}

    def _word(self, name: str) -> str:
        return str(self.detail.get(name, ""))


async def read_events(
    link: Link, *, after: str = "", before: str = "", count: int = 100
) -> list[Event]:
    """The next ones after an event id, the last before one, or the latest; the oldest first."""
    stream = link.names.events
    if after:
        rows = await link.command("XRANGE", stream, f"({after}", "+", "COUNT", count)
    else:
        end = f"({before}" if before else "+"
        rows = await link.command("XREVRANGE", stream, end, "-", "COUNT", count)
        rows = rows[::-1]
    return [_event(event_id.decode(), fields) for event_id, fields in rows]


async def tell_lines(link: Link, worker: str, lines: Sequence[Mapping[str, Any]]) -> None:
    """Adds what a worker's log says, in one round trip. Raises RedisUnavailable.

    A line has the fields of the log, masked as there.
    """
    begin = ("XADD", link.names.events, "MAXLEN", "~", _MOST, "*", "event", LINE)
    await link.together(
        [
            (*begin, "run", str(line.get("run", "")), "worker", worker, "detail", detail_of(line))
            for line in lines
        ]
    )


def detail_of(line: Mapping[str, Any], longest: int = LONGEST_DETAIL) -> bytes:
    """A line's fields as JSON, without `run`: level, name and time first, then those of its job.

    What takes more than `longest` bytes is shortened, which `cut` says.
    """
    first = {name: line[name] for name in _OF_THE_LINE + _OF_THE_JOB if name in line}
    fields = first | {name: value for name, value in line.items() if name != "run"}
    detail = _json(fields)
    for most in _SHORTER:
        if len(detail) <= longest:
            return detail
        shorter = {name: _shortened(name, value, most) for name, value in fields.items()}
        detail = _json({**shorter, "cut": True})
    if len(detail) <= longest:
        return detail
    least = {
        name: value if isinstance(value, int) else str(value)[:_LEAST]
        for name, value in first.items()
    }
    return _json({**least, "cut": True})


def _json(fields: Mapping[str, Any]) -> bytes:
    # A stranger's name can hold half of a surrogate pair, which no encoding takes.
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _shortened(name: str, value: Any, most: int) -> Any:
    if isinstance(value, str):
        if len(value) <= most:
            return value
        # What was raised is at the end of a traceback.
        return f"…{value[-most:]}" if name == "exception" else f"{value[:most]}…"
    if isinstance(value, Mapping):
        return _shortened(name, json.dumps(value, ensure_ascii=False), most)
    if isinstance(value, list):
        few = [_shortened(name, each, most) for each in value[:_FEWER]]
        return [*few, f"… and {len(value) - _FEWER} more"] if len(value) > _FEWER else few
    return value


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
