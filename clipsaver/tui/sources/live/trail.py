"""The events of the stream and of the audit, as far as they were wanted: each is read but once.

The stream of events holds some ten thousand. Who wants those of one run or worker wants them as far
back as they go, which would be too much to read in one look: each goes a page further back, and
what is new since the last is read first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clipsaver.queue.events import Event, read_events
from clipsaver.queue.link import Link
from clipsaver.queue.operating import audit
from clipsaver.queue.operating.audit import AuditEvent

_PAGE = 500
_MOST = 12_000
"""A little more than the stream keeps."""


@dataclass(frozen=True, slots=True)
class About:
    """Which events are meant; empty = all of them."""

    run: str = ""
    worker: str = ""

    def fits(self, event: Event) -> bool:
        """Whether the event is one of them."""
        return (not self.run or event.run == self.run) and (
            not self.worker or event.worker == self.worker
        )


ALL = About()


class EventTrail:
    """The events from some point on, the oldest first."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._events: deque[Event] = deque(maxlen=_MOST)
        self._is_whole = False
        """Whether they reach back to the first that the stream holds."""
        self._about = ALL
        self._meant: deque[Event] = deque(maxlen=_MOST)
        """Those of `_about`, which a look after the other wants."""

    async def follow(self, *, back: bool) -> None:
        """Reads what is new and, where `back` says so, one page of what is older.

        Raises RedisUnavailable.
        """
        if not self._events:
            await self._begin()
        else:
            await self._go_on()
        if back and not self._is_whole and 0 < len(self._events) < _MOST:
            older = await read_events(self._link, before=self._events[0].event_id, count=_PAGE)
            self._is_whole = len(older) < _PAGE
            fitting = older[len(self._events) - _MOST :]
            self._events.extendleft(reversed(fitting))
            self._meant.extendleft(filter(self._about.fits, reversed(fitting)))

    def latest(self, count: int, about: About = ALL) -> tuple[Event, ...]:
        """The newest that are meant, the oldest of them first."""
        if about == ALL:
            return tuple(self._events)[-count:]
        if about != self._about:
            self._about = about
            self._meant = deque(filter(about.fits, self._events), maxlen=_MOST)
        return tuple(self._meant)[-count:]

    async def _begin(self) -> None:
        events = await read_events(self._link, count=_PAGE)
        self._is_whole = len(events) < _PAGE
        self._add(events)

    async def _go_on(self) -> None:
        new = await read_events(self._link, after=self._events[-1].event_id, count=_PAGE)
        self._add(new)
        if len(new) == _PAGE:  # it was not followed for long, or very much happens: begin anew
            self._events.clear()
            self._meant.clear()
            await self._begin()

    def _add(self, events: Sequence[Event]) -> None:
        self._events.extend(events)
        self._meant.extend(filter(self._about.fits, events))


class AuditTrail:
    """What people did lately. The copies of what they dropped are left out: those are for
    `clipsaver audit`, and an event may have a megabyte of them.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._events: deque[AuditEvent] = deque()

    async def latest(self, count: int) -> tuple[AuditEvent, ...]:
        """The newest, the oldest of them first. Raises RedisUnavailable."""
        if not (self._events and await self._goes_on(count)):
            newest = await audit.read(self._link, count=count)
            self._events = deque(map(_without_copies, newest[::-1]), maxlen=count)
        return tuple(self._events)[-count:]

    async def _goes_on(self, count: int) -> bool:
        """Reads what is new; False where that is too much, or more is wanted than before."""
        if count > (self._events.maxlen or 0):
            return False
        new = await audit.read_new(self._link, self._events[-1].event_id, count=_PAGE)
        self._events.extend(map(_without_copies, new))
        return len(new) < _PAGE


def _without_copies(event: AuditEvent) -> AuditEvent:
    return replace(event, raw_copies=b"")
