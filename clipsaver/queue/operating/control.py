"""Orders to workers: pause, drain, and go on."""

from __future__ import annotations

from collections.abc import Sequence

from clipsaver.queue.control import EXPIRES_MS, Order
from clipsaver.queue.link import Link
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.lua import run


async def order(link: Link, act: Act, names: Sequence[str], what: Order | None) -> None:
    """Orders the workers of these names to do it; None = to go on as usual. They heed it within
    moments. May be repeated."""
    if not names:
        return
    action = act.words(f"workers {what.value if what else 'resume'}")
    keys = [link.names.control, link.names.audit]
    await run(link, "order", keys, [*action, EXPIRES_MS, what.value if what else "", *names])
