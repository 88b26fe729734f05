"""Orders to workers: pause, go on, drain."""

from __future__ import annotations

from clipsaver.queue.control import Order
from clipsaver.queue.link import Link
from clipsaver.queue.operating.control import order, workers_meant
from clipsaver.queue.operating.verdicts import Rules
from clipsaver.queue.operating.workers import WorkerState, list_workers
from clipsaver.tui.sources import facts
from clipsaver.tui.sources.live.deeds.acting import act_of, unique
from clipsaver.tui.sources.outcomes import sentence, things
from clipsaver.tui.sources.twins import twin
from clipsaver.tui.sources.wishes import Deed, Preview, Result, Wish

_ORDERS = {Deed.PAUSE: Order.PAUSE, Deed.DRAIN: Order.DRAIN, Deed.RESUME: None}
_DONE = {Deed.PAUSE: "paused", Deed.DRAIN: "told to drain:", Deed.RESUME: "resumed"}
_CAN_RESUME = (Deed.PAUSE, Deed.DRAIN)


class WorkerDeeds:
    """Keys are workers' names."""

    def __init__(self, link: Link, rules: Rules) -> None:
        self._link = link
        self._rules = rules

    async def preview(self, wish: Wish) -> Preview:
        """See `Operator`."""
        known = await list_workers(self._link, lease_ms=self._rules.lease_ms)
        alive = {one.name: one for one in known if one.state is not WorkerState.GONE}
        keys = unique(wish.keys)
        found = [alive[key] for key in keys if key in alive]
        missing = [key for key in keys if key not in alive]
        return facts.of_workers(wish, found, len(alive) - len(found), missing)

    async def do(self, wish: Wish) -> Result:
        """See `Operator`."""
        meant = await workers_meant(self._link, wish.keys)
        await order(self._link, act_of(wish), meant.names, _ORDERS[wish.deed])
        missing = len(meant.missing)
        words = sentence(
            f"{_DONE[wish.deed]} {things(len(meant.names), 'worker')}",
            f"{missing:,} not alive" if missing else "",
        )
        undo = None
        if meant.names and wish.deed in _CAN_RESUME:
            undo = Wish(Deed.RESUME, tuple(meant.names), why="undo")
        return Result(words, twin(wish), not missing, undo)
