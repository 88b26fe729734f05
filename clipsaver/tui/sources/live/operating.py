"""Does what a person asks for, each deed by the code that its command uses."""

from __future__ import annotations

from typing import Protocol

from clipsaver.operating.connecting import Connections
from clipsaver.queue.link import Link
from clipsaver.queue.operating.verdicts import Rules
from clipsaver.tui.sources.live.deeds.clips import ClipDeeds
from clipsaver.tui.sources.live.deeds.entries import EntryDeeds
from clipsaver.tui.sources.live.deeds.letters import LetterDeeds
from clipsaver.tui.sources.live.deeds.new_job import NewJobDeeds
from clipsaver.tui.sources.live.deeds.workers import WorkerDeeds
from clipsaver.tui.sources.wishes import Deed, Preview, Result, Wish


class _Kind(Protocol):
    async def preview(self, wish: Wish) -> Preview: ...

    async def do(self, wish: Wish) -> Result: ...


class LiveOperator:
    """An `Operator` over Redis and PostgreSQL; made by `open_live`."""

    def __init__(self, link: Link, database: Connections, rules: Rules) -> None:
        self._letters = LetterDeeds(link)
        entries = EntryDeeds(link, database, rules)
        workers = WorkerDeeds(link, rules)
        self._kinds: dict[Deed, _Kind] = {
            Deed.NEW_JOB: NewJobDeeds(link, database),
            **dict.fromkeys((Deed.CANCEL, Deed.RELEASE, Deed.RELEASE_WORKER), entries),
            **dict.fromkeys((Deed.BURY, Deed.DROP_ENTRY), entries),
            **dict.fromkeys((Deed.RETRY, Deed.DROP_LETTER), self._letters),
            **dict.fromkeys((Deed.PAUSE, Deed.RESUME, Deed.DRAIN), workers),
            Deed.REMAKE: ClipDeeds(link, database),
        }

    async def preview(self, wish: Wish) -> Preview:
        """See `Operator`."""
        return await self._kind_of(wish).preview(wish)

    async def do(self, wish: Wish) -> Result:
        """See `Operator`."""
        return await self._kind_of(wish).do(wish)

    def _kind_of(self, wish: Wish) -> _Kind:
        return self._letters if "undo" in wish.options else self._kinds[wish.deed]
