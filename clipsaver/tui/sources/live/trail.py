"""The events of the stream as far as they were wanted: each is read once, however often one looks.

The stream holds some ten thousand. Who wants those of one run or worker wants them as far back as
they go, which would be too much to read in one look: each goes a page further back, and what is new
since the last is read first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from clipsaver.queue.events import Event, read_events
from clipsaver.queue.link import Link

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
        if back and not self._is_whole and self._events:
            older = await read_events(self._link, before=self._events[0].event_id, count=_PAGE)
            self._is_whole = len(older) < _PAGE
            room = _MOST - len(self._events)
            fitting = older[-room:] if room else []
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
