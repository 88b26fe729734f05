"""Looks at everything that a screen needs: Redis first, then what of it lives in the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from clipsaver import __version__
from clipsaver.queue.link import Link
from clipsaver.queue.operating.dead_letters.wanted import Wanted as WantedLetters
from clipsaver.queue.operating.find import run_named
from clipsaver.queue.operating.pending import PendingEntry, entries_of
from clipsaver.queue.operating.places import Located
from clipsaver.queue.operating.reports import statuses
from clipsaver.queue.operating.trees import TaskTree, ask_for_tree
from clipsaver.queue.operating.verdicts import Rules
from clipsaver.queue.produce import JobStatus
from clipsaver.tui.sources.live import composing
from clipsaver.tui.sources.live.asking import Desk
from clipsaver.tui.sources.live.exchange import together
from clipsaver.tui.sources.live.names import Names
from clipsaver.tui.sources.live.pictures import Pictures
from clipsaver.tui.sources.live.questions import Questions
from clipsaver.tui.sources.live.reading import Read, RedisReader, chosen_of
from clipsaver.tui.sources.live.shelf import LetterShelf, Meant
from clipsaver.tui.sources.live.sight import CLIPS, Sight
from clipsaver.tui.sources.live.standing import Standing, StandingReader
from clipsaver.tui.sources.live.trail import EventTrail
from clipsaver.tui.sources.seen import Common, Seen, Store
from clipsaver.tui.sources.wanted import View, Wanted

_OF_RUNS = (View.JOBS, View.PENDING)
"""Views whose rows are runs or their entries."""


class LiveSource:
    """A `Source` over Redis, PostgreSQL and the thumbnail storage; made by `open_live`."""

    def __init__(
        self,
        link: Link,
        desk: Desk,
        pictures: Pictures,
        *,
        rules: Rules,
        token: str,
        egress: str,
        config_name: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._desk = desk
        self._pictures = pictures
        self._rules = rules
        self._config_name = config_name
        self._standing = StandingReader(link, token=token, lease_ms=rules.lease_ms, clock=clock)
        self._trail = EventTrail(link)
        self._shelf = LetterShelf(link)
        self._reader = RedisReader(link, self._trail, token=token, egress=egress)
        self._names = Names(clock)
        self._questions = Questions(pictures.where)

    async def look(self, wanted: Wanted) -> Seen:
        """See `Source`."""
        async with together() as group:
            standing_task = group.create_task(self._standing.read())
            read_task = group.create_task(self._reader.read(wanted, self._standing.now_ms()))
        standing, read = standing_task.result(), read_task.result()
        if wanted.view is View.DEAD:
            await self._shelf.follow(standing.dead, standing.newest_dead)
            if not standing.dead:
                read.audit = await self._reader.last_of_the_dead()
        sight = self._sight(wanted, standing, read)
        asked = self._questions.of(sight)
        names = self._names.question(composing.channels_of(sight, self._desk.known(asked)))
        answers = await self._desk.answers([*asked, *([names] if names else ())])
        body = composing.body_of(sight, answers)
        return Seen(standing.now_ms, self._common(sight, answers), body)

    async def progress(self, run_ids: Sequence[str]) -> Mapping[str, JobStatus]:
        """See `Source`."""
        return await statuses(self._link, run_ids)

    async def task_tree(self, worker: str) -> TaskTree:
        """See `Source`."""
        return await ask_for_tree(self._link, worker, sleep=asyncio.sleep)

    async def picture(self, storage_key: str) -> bytes | None:
        """See `Source`."""
        return await self._pictures.read(storage_key)

    def _sight(self, wanted: Wanted, standing: Standing, read: Read) -> Sight:
        is_of_letters = wanted.view is View.DEAD
        chosen = self._chosen(read, wanted, standing)
        return Sight(
            wanted=wanted,
            standing=standing,
            read=read,
            entries=self._described(read, read.first.entries, standing),
            chosen=chosen,
            chosen_run=self._chosen_run(wanted, chosen),
            trail=self._trail,
            letters=self._shelf.meant(WantedLetters(type=wanted.types))
            if is_of_letters
            else Meant(),
            looked_at=len(self._shelf) if is_of_letters else 0,
        )

    def _described(
        self, read: Read, found: Sequence[Located], standing: Standing
    ) -> tuple[PendingEntry, ...]:
        return entries_of(found, read.reports, standing.beats, self._rules, standing.now_ms)

    def _chosen(self, read: Read, wanted: Wanted, standing: Standing) -> PendingEntry | None:
        located = chosen_of(read, wanted.chosen) if wanted.view in _OF_RUNS else None
        return None if located is None else self._described(read, [located], standing)[0]

    def _chosen_run(self, wanted: Wanted, chosen: PendingEntry | None) -> str | None:
        if chosen is not None:
            return chosen.run_id
        if wanted.chosen is None or wanted.view not in _OF_RUNS:
            return None
        return run_named(self._link, wanted.chosen)

    def _common(self, sight: Sight, answers: Mapping[Any, Any]) -> Common:
        standing, desk = sight.standing, self._desk
        away_s = desk.away_for_s
        return Common(
            redis=Store(latency_ms=standing.latency_ms),
            database=Store(
                latency_ms=None if desk.error else desk.latency_ms,
                error=desk.error,
                since_ms=None if away_s is None else standing.now_ms - round(away_s * 1000),
            ),
            workers=standing.workers,
            counts=standing.counts,
            dead=standing.dead,
            oldest_dead_ms=standing.oldest_dead_ms,
            allowance=standing.allowance,
            sent=standing.sent,
            limit_waits=standing.limit_waits,
            clips=answers.get(CLIPS),
            version=__version__,
            stream=self._link.names.stream,
            group=self._link.names.group,
            config=self._config_name,
            places=self._names.of(composing.channels_of(sight, answers)),
        )
