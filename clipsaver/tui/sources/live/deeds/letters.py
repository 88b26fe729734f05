"""Retrying and dropping dead letters, and undoing a retry."""

from __future__ import annotations

from collections import Counter

from clipsaver.queue.entries import is_entry_id
from clipsaver.queue.link import Link
from clipsaver.queue.operating.dead_letters import dead
from clipsaver.queue.operating.dead_letters.dead_actions import (
    Fate,
    drop,
    retries_of,
    retry,
    undo_retry,
)
from clipsaver.queue.operating.dead_letters.wanted import Wanted
from clipsaver.tui.sources import facts
from clipsaver.tui.sources.live.deeds.acting import act_of, unique
from clipsaver.tui.sources.outcomes import sentence, things, took_back
from clipsaver.tui.sources.twins import twin
from clipsaver.tui.sources.wishes import Deed, Preview, Result, Wish

_MOST_LOOKED_AT = 2_000
"""Letters whose facts a dialog tells; an action on a group takes all of it."""


class LetterDeeds:
    """Keys are ids of letters, run ids, or fingerprints, each of which means a whole group."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def preview(self, wish: Wish) -> Preview:
        """See `Operator`."""
        if "undo" in wish.options:
            return await self._preview_of_undo(wish)
        ids, missing = await self._meant(wish)
        letters = await dead.letters_of(self._link, ids[:_MOST_LOOKED_AT])
        preview = facts.of_letters(wish, letters, missing=missing)
        more = len(ids) - _MOST_LOOKED_AT
        if more <= 0:
            return preview
        told = (*preview.facts, ("and", f"{more:,} more, which were not looked at"))
        return Preview(wish, preview.count + more, told, preview.twin, preview.is_risky)

    async def do(self, wish: Wish) -> Result:
        """See `Operator`."""
        if "undo" in wish.options:
            return await self._undo(wish)
        ids, missing = await self._meant(wish)
        is_retry = wish.deed is Deed.RETRY
        handled = await (retry if is_retry else drop)(self._link, ids, act_of(wish))
        fates = Counter(one.fate for one in handled)
        gone = fates[Fate.GONE] + len(missing)
        done = [one.letter_id for one in handled if one.fate in (Fate.RETRIED, Fate.DROPPED)]
        words = sentence(
            f"{'retried' if is_retry else 'dropped'} {things(len(done), 'dead letter')}",
            f"{fates[Fate.CUT]:,} cannot be retried: only their beginning was kept"
            if fates[Fate.CUT]
            else "",
            f"{gone:,} {'was' if gone == 1 else 'were'} gone" if gone else "",
        )
        undo = None
        if is_retry and done:
            undo = Wish(Deed.BURY, tuple(done), {"undo": Deed.RETRY.value}, "undo")
        is_whole = not gone and not fates[Fate.CUT]
        return Result(words, twin(wish), is_whole, undo)

    async def _meant(self, wish: Wish) -> tuple[list[str], list[str]]:
        """Ids of the letters, and the keys that are nobody's."""
        keys = unique(wish.keys)
        named = [key for key in keys if "/" in key or is_entry_id(key)]
        prints = frozenset(keys) - frozenset(named)
        selection, missing = await dead.select_named(self._link, named)
        ids = list(selection.ids)
        if prints:
            found = await dead.select(self._link, Wanted(fingerprint=prints))
            known = set(ids)
            ids += [one for one in found.ids if one not in known]
        return ids, missing

    async def _preview_of_undo(self, wish: Wish) -> Preview:
        runs = await retries_of(self._link, wish.keys)
        late = len(wish.keys) - len(runs)
        told: list[tuple[str, str]] = []
        if runs:
            told.append(("letters", f"{len(runs):,} that were retried"))
            told.append(("effect", "dead letters again; what a worker has begun with goes on"))
        if late:
            told.append(("too late", f"{late:,}: over, or retried more than ten minutes ago"))
        return Preview(wish, len(runs), tuple(told), twin(wish))

    async def _undo(self, wish: Wish) -> Result:
        handled = await undo_retry(self._link, wish.keys, act_of(wish))
        fates = Counter(one.fate for one in handled)
        undone, begun, gone = fates[Fate.UNDONE], fates[Fate.BEGUN], fates[Fate.GONE]
        words = took_back(undone, begun, gone)
        return Result(words, twin(wish), is_whole=undone == len(handled))
