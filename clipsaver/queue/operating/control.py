"""Orders to workers: pause, drain, and go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clipsaver.queue.control import EXPIRES_MS, Order
from clipsaver.queue.intake import WAITING
from clipsaver.queue.link import Link
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.heartbeats import consumers, heartbeats
from clipsaver.queue.operating.lua import run


@dataclass(frozen=True, slots=True)
class Meant:
    """Workers that can be ordered: those that are alive."""

    names: list[str]
    missing: list[str]
    """Named, and not alive."""


async def workers_meant(link: Link, names: Sequence[str] | None) -> Meant:
    """Those of these names, each once and in order, or all (None); changes nothing."""
    known = await consumers(link)
    alive = await heartbeats(link, [name for name in known if name != WAITING])
    if names is None:
        return Meant(list(alive), [])
    asked = list(dict.fromkeys(names))
    return Meant([one for one in asked if one in alive], [one for one in asked if one not in alive])


async def order(link: Link, act: Act, names: Sequence[str], what: Order | None) -> None:
    """Orders the workers of these names to do it; None = to go on as usual. They heed it within
    moments. May be repeated."""
    if not names:
        return
    action = act.words(f"workers {what.value if what else 'resume'}")
    keys = [link.names.control, link.names.audit]
    await run(link, "order", keys, [*action, EXPIRES_MS, what.value if what else "", *names])
