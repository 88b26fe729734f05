"""The two tasks that ask the source, and what a person asks it for once; no widget waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import structlog

from clipsaver.errors import ClipsaverError, RedisUnavailable
from clipsaver.queue.operating.trees import TaskTree
from clipsaver.tui.looking.pace import Pace
from clipsaver.tui.looking.pages import joined, same_list
from clipsaver.tui.looking.progress import with_progress
from clipsaver.tui.looking.state import Looking
from clipsaver.tui.sources.protocol import Source
from clipsaver.tui.sources.wanted import View, Wanted

_LONGEST_LOOK_S: Final = 10.0
"""A server that takes a connection and says nothing is away, too."""
_PROGRESS_S: Final = 0.35
"""At most four times a second, and within 600 ms of what a worker says."""

log = structlog.get_logger()


class Looker:
    """Looks for the visible screen, again and again, and holds what came of it."""

    def __init__(
        self,
        source: Source,
        wanted: Callable[[], Wanted],
        told: Callable[[], None],
        *,
        clock: Callable[[], float],
        tick_s: float = 1.0,
    ) -> None:
        """`wanted` is asked before each look; `told` is called when there is something new."""
        self.state = Looking()
        self.pace = Pace(tick_s)
        self._source = source
        self._wanted = wanted
        self.told = told
        self._clock = clock
        self._wake = asyncio.Event()
        self._clips_wanted: Wanted | None = None
        """What the clips that are held were asked for by."""

    def look_now(self) -> None:
        """Do not wait for the next tick or try; a look that is on its way is finished first."""
        self._wake.set()

    def set_pace(self, pace: Pace) -> None:
        """Takes effect at once; a shorter wait is not waited for in full."""
        self.pace = pace
        self._wake.set()

    async def look_forever(self) -> None:
        """Ends only by being cancelled."""
        while True:
            self._wake.clear()
            await self._look()
            self.told()
            await self._wait()

    async def follow_progress(self, runs: Callable[[], Sequence[str]]) -> None:
        """Asks how far these runs are, between the looks; ends only by being cancelled."""
        asked_s = self._clock()
        while True:
            await asyncio.sleep(self._progress_in_s(asked_s))
            if self._progress_in_s(asked_s) > 0:
                continue
            asked_s = self._clock()
            if self.state.is_down or self.pace.is_paused or not self.pace.is_watched:
                continue
            try:
                await self._ask_progress(self._wanted().view, runs())
            except (RedisUnavailable, TimeoutError):
                continue  # the next look finds it as well, and says so
            except Exception as error:  # noqa: BLE001 - a mistake of ours ends no application
                self.stumble(error)

    def _progress_in_s(self, asked_s: float) -> float:
        """Seconds until nobody has asked or looked for so long: a look tells of progress, too."""
        return max(asked_s, self.state.latest_s) + _PROGRESS_S - self._clock()

    async def _ask_progress(self, view: View, run_ids: Sequence[str]) -> None:
        if not run_ids:
            return
        asked_s = self._clock()
        async with asyncio.timeout(_LONGEST_LOOK_S):
            progress = await self._source.progress(run_ids)
        seen = self.state.by_view.get(view)
        if self.state.latest_s > asked_s:
            return  # a look has come meanwhile, and knows better
        told = with_progress(seen, progress) if seen is not None else None
        if told is not None and told != seen:
            self.state = self.state.with_body(view, told)
            self.told()

    async def task_tree(self, worker: str) -> TaskTree:
        """Asks a worker what its tasks are; see `Source`."""
        return await self._source.task_tree(worker)

    def stumble(self, error: Exception) -> None:
        """Say and log what went wrong and was not foreseen."""
        log.error("tui_mistake", exc_info=error)
        self.state = self.state.stumbled(f"{type(error).__name__}: {error}")

    async def _look(self) -> None:
        try:
            wanted = self._paged(self._wanted())
            async with asyncio.timeout(_LONGEST_LOOK_S):
                seen = await self._source.look(wanted)
        except RedisUnavailable as error:
            self.state = self.state.failed(str(error), self._clock())
        except TimeoutError:
            words = f"no answer within {_LONGEST_LOOK_S:g} s"
            self.state = self.state.failed(words, self._clock())
        except ClipsaverError as error:  # words for a person, such as a rejected schema
            self.state = self.state.failed(str(error), self._clock())
        except Exception as error:  # noqa: BLE001 - it goes on looking, and says that it is ours
            self.stumble(error)
        else:
            if wanted.view is View.CLIPS:
                known = self.state.by_view.get(View.CLIPS)
                is_same = same_list(self._clips_wanted, wanted)
                seen = joined(known if is_same else None, wanted, seen)
                self._clips_wanted = wanted if seen.body is not None else self._clips_wanted
            seen = replace(seen, is_narrowed=wanted.is_narrowed)
            self.state = self.state.answered(wanted.view, seen, self._clock())

    def _paged(self, wanted: Wanted) -> Wanted:
        """A page goes on only in the list that it is of; another one begins at the newest."""
        if wanted.before is None or same_list(self._clips_wanted, wanted):
            return wanted
        return replace(wanted, before=None)

    async def _wait(self) -> None:
        wait_s = self.state.next_in_s(self.pace.interval_s, self._clock())
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            return
