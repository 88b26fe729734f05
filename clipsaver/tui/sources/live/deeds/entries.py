"""Cancelling, releasing, burying and dropping what is not over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clipsaver.operating import cancelling
from clipsaver.operating.connecting import Connections
from clipsaver.queue.link import Link
from clipsaver.queue.operating import pending
from clipsaver.queue.operating.bury import Fate as BuryFate
from clipsaver.queue.operating.cancel import Fate as CancelFate
from clipsaver.queue.operating.find import last_heard_of, run_named
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.places import Located, Part
from clipsaver.queue.operating.release import Fate as ReleaseFate
from clipsaver.queue.operating.release import release
from clipsaver.queue.operating.selection import Selection
from clipsaver.queue.operating.verdicts import Rules
from clipsaver.tui.sources import facts
from clipsaver.tui.sources.live.deeds.acting import act_of, unique
from clipsaver.tui.sources.live.exchange import together
from clipsaver.tui.sources.outcomes import sentence, things
from clipsaver.tui.sources.twins import twin
from clipsaver.tui.sources.wishes import Deed, Preview, Result, Wish


@dataclass(frozen=True, slots=True)
class _Found:
    entries: list[PendingEntry]
    missing: list[str]
    """Keys that are nobody's any more."""


class EntryDeeds:
    """Keys are run ids or the ids of entries, and workers' names for RELEASE_WORKER."""

    def __init__(self, link: Link, database: Connections, rules: Rules) -> None:
        self._link = link
        self._database = database
        self._rules = rules

    async def preview(self, wish: Wish) -> Preview:
        """See `Operator`."""
        found = await self._find(wish)
        return facts.of_entries(wish, found.entries, found.missing)

    async def do(self, wish: Wish) -> Result:
        """See `Operator`."""
        found = await self._find(wish)
        match wish.deed:
            case Deed.CANCEL | Deed.DROP_ENTRY:
                return await self._end(wish, found)
            case Deed.BURY:
                return await self._bury(wish, found)
            case _:
                return await self._release(wish, found)

    async def _find(self, wish: Wish) -> _Found:
        if wish.deed is Deed.RELEASE_WORKER:
            held: list[PendingEntry] = []
            selection = Selection(worker=frozenset(wish.keys))
            await pending.each(
                self._link, self._rules, selection.matches, held.append, parts=[Part.HELD]
            )
            return _Found(held, [])
        keys = unique(wish.keys)
        async with together() as group:
            tasks = [group.create_task(self._located(key)) for key in keys]
        located = dict(zip(keys, (task.result() for task in tasks), strict=True))
        missing = [key for key, one in located.items() if one is None]
        there = {one.entry.run_id: one for one in located.values() if one is not None}
        entries = await pending.described(self._link, self._rules, list(there.values()))
        return _Found(list(entries), missing)

    async def _located(self, key: str) -> Located | None:
        """Where it was last heard of: what is shown was just there."""
        run_id = run_named(self._link, key)
        found = await last_heard_of(self._link, run_id, key) if run_id else []
        return found[0] if found else None

    async def _end(self, wish: Wish, found: _Found) -> Result:
        is_drop = wish.deed is Deed.DROP_ENTRY
        end = cancelling.drop if is_drop else cancelling.cancel
        fates = await end(self._link, self._database, act_of(wish), found.entries)
        count = sum(fate in list(CancelFate) for fate in fates.values())
        held = sum(fate == CancelFate.HELD for fate in fates.values())
        over = [fate for fate in fates.values() if fate not in list(CancelFate)]
        verb = "dropped" if is_drop else "cancelled"
        words = sentence(
            f"{verb} {things(count, 'job')}",
            f"{held:,} of them stopped while they ran" if held else "",
            _over(over),
            _gone(found.missing),
        )
        return Result(words, twin(wish), is_whole=not over and not found.missing)

    async def _bury(self, wish: Wish, found: _Found) -> Result:
        act = act_of(wish)
        buried, over = await cancelling.bury(self._link, self._database, act, found.entries)
        letters = tuple(one.letter_id for one in buried if one.letter_id)
        fates = Counter(one.fate for one in buried)
        words = sentence(
            f"buried {things(len(letters), 'entry', 'entries')}",
            _moved(fates[BuryFate.MOVED], "whoever takes it buries it"),
            f"{fates[BuryFate.GONE]:,} had no body any more" if fates[BuryFate.GONE] else "",
            _over(list(over.values())),
            _gone(found.missing),
        )
        is_whole = len(letters) == len(found.entries) and not found.missing
        undo = Wish(Deed.RETRY, letters, why="undo") if letters else None
        return Result(words, twin(wish), is_whole, undo)

    async def _release(self, wish: Wish, found: _Found) -> Result:
        what = None
        if wish.deed is Deed.RELEASE_WORKER:
            what = " ".join(f"--worker={name}" for name in wish.keys)
        fates = Counter(await release(self._link, act_of(wish, what), found.entries))
        count = fates[ReleaseFate.RELEASED]
        waiting = fates[ReleaseFate.NOT_HELD]
        bodiless = fates[ReleaseFate.GONE]
        words = sentence(
            f"released {things(count, 'entry', 'entries')}",
            _moved(fates[ReleaseFate.MOVED], ""),
            f"{waiting:,} held by nobody" if waiting else "",
            f"{bodiless:,} had no body any more" if bodiless else "",
            _gone(found.missing),
        )
        is_whole = count == len(found.entries) and not found.missing
        return Result(words, twin(wish), is_whole)


def _moved(count: int, then: str) -> str:
    return f"{count:,} had moved on{f' ({then})' if then else ''}" if count else ""


def _over(states: Sequence[str]) -> str:
    counts: Mapping[str, int] = Counter(states)
    return sentence(*(f"{count:,} had ended before: {state}" for state, count in counts.items()))


def _gone(missing: Sequence[str]) -> str:
    return f"{len(missing):,} over, or moved on" if missing else ""
