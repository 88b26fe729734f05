"""What one look reads from Redis beside what every screen shows: what is wanted, and no more.

What is independent is asked at once; what does not change between looks is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clipsaver.discord_rest.limits.view import LimitsView, read_view
from clipsaver.queue.link import Link
from clipsaver.queue.operating.audit import AuditEvent
from clipsaver.queue.operating.find import last_heard_of, run_named
from clipsaver.queue.operating.pending import reports_on
from clipsaver.queue.operating.places import First, Located, Part, first_entries, oldest_unread
from clipsaver.queue.operating.reports import Told
from clipsaver.queue.series import Minute
from clipsaver.tui.sources.live.exchange import together
from clipsaver.tui.sources.live.history import History
from clipsaver.tui.sources.live.trail import AuditTrail, EventTrail
from clipsaver.tui.sources.seen import STRIP_PARTS
from clipsaver.tui.sources.wanted import View, Wanted

_HOUR = 60
_FEW_MINUTES = 10
_RUNNING = 24
"""Rows of the overview, which shows fewer."""
_AUDIT = 20
_LATEST_ACTIONS = 100


@dataclass(slots=True)
class Read:
    """What was read; parts that were not wanted are empty."""

    first: First = field(default_factory=lambda: First([], is_more=False))
    chosen: Located | None = None
    """The entry whose detail is wanted, where it is none of the list."""
    reports: Mapping[str, Told] = field(default_factory=dict)
    minutes: tuple[Minute, ...] = ()
    limits: LimitsView | None = None
    audit: tuple[AuditEvent, ...] = ()
    """The newest last."""
    oldest_unread_ms: int | None = None


class RedisReader:
    """Reads for one look after the other. `egress` names the address that Discord sees."""

    def __init__(self, link: Link, trail: EventTrail, *, token: str, egress: str) -> None:
        self._link = link
        self._trail = trail
        self._audit = AuditTrail(link)
        self._history = History(link)
        self._token = token
        self._egress = egress

    async def read(self, wanted: Wanted, now_ms: int) -> Read:
        """What the view needs; `now_ms` is the time by the clock of Redis, about.

        Raises RedisUnavailable.
        """
        read = Read()
        match wanted.view:
            case View.OVERVIEW:
                await self._overview(read, now_ms)
            case View.JOBS | View.PENDING:
                await self._entries(read, wanted)
            case View.LIMITS:
                async with together() as group:
                    group.create_task(self._read_limits(read, strip_parts=STRIP_PARTS))
                    group.create_task(self._read_minutes(read, _FEW_MINUTES, now_ms))
            case View.WORKERS:
                await self._workers(read, wanted, now_ms)
            case View.LOGS:
                async with together() as group:
                    group.create_task(self._trail.follow(back=True))
                    group.create_task(self._read_audit(read, wanted.rows))
            case View.DEAD | View.CLIPS:
                pass
        return read

    async def last_of_the_dead(self) -> tuple[AuditEvent, ...]:
        """What a person last did to dead letters, if that is among the latest on record."""
        latest = await self._audit.latest(_LATEST_ACTIONS)
        return tuple(one for one in latest if one.action.startswith("dead "))[-1:]

    async def _overview(self, read: Read, now_ms: int) -> None:
        async with together() as group:
            group.create_task(self._read_minutes(read, _HOUR, now_ms))
            group.create_task(self._read_entries(read, _RUNNING, parts=[Part.HELD]))
            group.create_task(self._read_limits(read))
            group.create_task(self._read_oldest_unread(read))
            group.create_task(self._trail.follow(back=False))
            group.create_task(self._read_audit(read, _AUDIT))

    async def _entries(self, read: Read, wanted: Wanted) -> None:
        async with together() as group:
            group.create_task(
                self._read_entries(
                    read,
                    wanted.rows,
                    chosen=wanted.chosen,
                    worker=wanted.worker,
                    idle_over_ms=wanted.idle_over_ms,
                )
            )
            if wanted.chosen is not None:
                group.create_task(self._trail.follow(back=True))

    async def _workers(self, read: Read, wanted: Wanted, now_ms: int) -> None:
        async with together() as group:
            group.create_task(self._read_minutes(read, _FEW_MINUTES, now_ms))
            if wanted.chosen is not None:
                group.create_task(self._read_entries(read, wanted.rows, worker=wanted.chosen))
                group.create_task(self._trail.follow(back=True))

    async def _read_entries(
        self, read: Read, count: int, *, chosen: str | None = None, **bounds: Any
    ) -> None:
        read.first = await first_entries(self._link, count, **bounds)
        if chosen is not None and not any(key_fits(one, chosen) for one in read.first.entries):
            read.chosen = await self._heard_of(chosen)
        entries = [*read.first.entries, *([read.chosen] if read.chosen else ())]
        read.reports = await reports_on(self._link, entries)

    async def _heard_of(self, chosen: str) -> Located | None:
        run_id = run_named(self._link, chosen)
        found = await last_heard_of(self._link, run_id, chosen) if run_id else ()
        return found[0] if found else None

    async def _read_minutes(self, read: Read, count: int, now_ms: int) -> None:
        read.minutes = await self._history.last(count, now_ms)

    async def _read_limits(self, read: Read, *, strip_parts: int = 0) -> None:
        if self._token:
            read.limits = await read_view(
                self._link.redis,
                server=self._link.server,
                token=self._token,
                egress=self._egress,
                strip_parts=strip_parts,
            )

    async def _read_audit(self, read: Read, count: int) -> None:
        read.audit = await self._audit.latest(count)

    async def _read_oldest_unread(self, read: Read) -> None:
        entry_id = await oldest_unread(self._link)
        read.oldest_unread_ms = int(entry_id.partition("-")[0]) if entry_id else None


def key_fits(one: Located, key: str) -> bool:
    """Whether the key of a row, a run id or an entry's own, is that of the entry."""
    return key in (one.entry.run_id, one.entry.entry_id)


def chosen_of(read: Read, key: str | None) -> Located | None:
    """The entry whose detail is wanted, wherever it was found."""
    if key is None:
        return None
    found: Sequence[Located] = [one for one in read.first.entries if key_fits(one, key)]
    return found[0] if found else read.chosen
