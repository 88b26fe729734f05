"""Acts on a made-up fleet as the live operator does on a real one."""

from __future__ import annotations

from collections.abc import Callable

from clipsaver.errors import UsageError
from clipsaver.tui.sources.simulated.deeds import Deeds
from clipsaver.tui.sources.simulated.finding import check_reach, find, preview
from clipsaver.tui.sources.simulated.scenes import Begun
from clipsaver.tui.sources.wishes import Deed, Preview, Result, Wish

_HEEDED_S = 0.4
"""Until workers notice what a person did."""


class SimulatedOperator:
    """An `Operator`. `arrive` lets the world be as it is by now."""

    def __init__(self, begun: Begun, arrive: Callable[[], None]) -> None:
        self._world = begun.world
        self._working = begun.working
        self._deeds = Deeds(begun)
        self._arrive = arrive

    async def preview(self, wish: Wish) -> Preview:
        """See the protocol."""
        self._arrive()
        return preview(self._world, wish)

    async def do(self, wish: Wish) -> Result:
        """See the protocol."""
        self._arrive()
        check_reach(self._world, wish)
        planned = preview(self._world, wish)
        if planned.refused:
            raise UsageError(planned.refused)
        found = find(self._world, wish)
        outcome = self._deeds.do(wish, found)
        left = max(0, found.count - outcome.count) + len(found.missing)
        words = f"{outcome.verb} {outcome.count:,} {_things(wish.deed, outcome.count)}"
        words += outcome.tail + (f", {left:,} had moved on or was gone" if left else "")
        words = outcome.words or words
        self._world.later(_HEEDED_S, self._working.dispatch)
        return Result(words, planned.twin, is_whole=not left, undo=outcome.undo)


def _things(deed: Deed, count: int) -> str:
    kind = deed.value.partition(".")[0]
    one = {"job": "job", "pending": "entry", "dead": "dead letter", "worker": "worker"}
    word = one.get(kind, "thumbnail")
    many = "entries" if word == "entry" else f"{word}s"
    return word if count == 1 else many
