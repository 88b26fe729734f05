"""Who works on the stream, and what those that are gone have left."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from clipsaver.queue.intake import WAITING
from clipsaver.queue.link import Link
from clipsaver.queue.operating.heartbeats import consumers, heartbeats
from clipsaver.queue.worker_statistics import WorkerStatistics, decode_statistics

_LONGEST_S = 1e9
"""More than that a worker of another make may say, and it is not worth an error."""


class WorkerState(enum.StrEnum):
    """What a worker does, as it says itself."""

    RUNNING = "running"
    PAUSED = "paused"
    """It takes no new jobs."""
    DRAINING = "draining"
    """It takes no new jobs, and ends when those that it has are over."""
    STOPPING = "stopping"
    GONE = "gone"
    """It does not beat any more."""
    UNKNOWN = "unknown"
    """It beats, and says something that this version does not know."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One member of the group."""

    name: str
    state: WorkerState
    held: int
    """Entries under its name."""
    host: str | None = None
    pid: str | None = None
    version: str | None = None
    up_s: float | None = None
    slots: int | None = None
    reserved: int | None = None
    """Of the slots: for live jobs only."""
    running: int | None = None
    beat_ms_ago: int | None = None
    takeover_in_ms: int | None = None
    """Of one that is gone: until what it holds is taken over; 0 = now."""
    statistics: WorkerStatistics | None = None
    """What its parts say; None where it says nothing that this version understands."""
    idle_ms: int | None = None
    """Since it last asked the stream for anything, as one that lives does all the time."""

    @property
    def done(self) -> int | None:
        """Deliveries since its start that ended well."""
        return self._outcomes("done")

    @property
    def failed(self) -> int | None:
        """Deliveries that failed, whether they are tried again or not."""
        return self._outcomes("retry", "dead")

    def grace_left_ms(self, passed_ms: int = 0) -> int | None:
        """Of one that stops: until it cuts short what it still does, `passed_ms` after this was
        read; 0 = it does, and None where it says nothing of it."""
        if self.state is not WorkerState.STOPPING or self.statistics is None:
            return None
        left_s = min(self.statistics.grace_left_s or 0.0, _LONGEST_S)
        return max(0, round(left_s * 1000) - (self.beat_ms_ago or 0) - passed_ms)

    def _outcomes(self, *names: str) -> int | None:
        said = self.statistics
        return None if said is None else sum(said.outcomes.get(name, 0) for name in names)


async def list_workers(link: Link, *, lease_ms: int) -> list[Worker]:
    """All that are known to the group, by name: a worker is from its start on."""
    known = await consumers(link)
    beats = await heartbeats(link, [name for name in known if name != WAITING])
    seconds, micros = await link.command("TIME")
    now_ms = int(seconds) * 1000 + int(micros) // 1000
    return workers_of(known, beats, now_ms=now_ms, lease_ms=lease_ms)


def workers_of(
    known: Mapping[str, Mapping[str, int]],
    beats: Mapping[str, Mapping[str, str]],
    *,
    now_ms: int,
    lease_ms: int,
) -> list[Worker]:
    """The workers, from what `consumers` and `heartbeats` say."""
    return [
        _worker(name, facts, beats.get(name), now_ms, lease_ms)
        for name, facts in known.items()
        if name != WAITING
    ]


def _worker(
    name: str,
    facts: Mapping[str, int],
    beat: Mapping[str, str] | None,
    now_ms: int,
    lease_ms: int,
) -> Worker:
    held = facts["pending"]
    if beat is None:
        left_ms = max(0, lease_ms - facts["idle"]) if held else None
        return Worker(name, WorkerState.GONE, held, takeover_in_ms=left_ms, idle_ms=facts["idle"])
    said = beat.get("state", WorkerState.RUNNING)
    state = WorkerState(said) if said in list(WorkerState) else WorkerState.UNKNOWN
    seen_at, started_at = _number(beat, "seen_at"), _number(beat, "started_at")
    return Worker(
        name,
        state,
        held,
        host=beat.get("host"),
        pid=beat.get("pid"),
        version=beat.get("version"),
        up_s=None if started_at is None else max(0.0, now_ms / 1000 - started_at),
        slots=_number(beat, "concurrency"),
        reserved=_number(beat, "reserved"),
        running=_number(beat, "running"),
        beat_ms_ago=None if seen_at is None else max(0, now_ms - seen_at),
        statistics=decode_statistics(beat.get("statistics")),
        idle_ms=facts["idle"],
    )


def _number(beat: Mapping[str, str], name: str) -> int | None:
    text = beat.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() else None
