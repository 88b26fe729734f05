"""What all deeds share: the act for the audit, and words for what came of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from clipsaver.queue.operating.audit import Act, who
from clipsaver.tui.sources.wishes import Wish

_MOST = 1000
"""Characters of what was asked for."""


def act_of(wish: Wish, what: str | None = None) -> Act:
    """For the audit: who, of what, and why; `what` is the keys where nothing else is said."""
    words = " ".join(wish.keys) if what is None else what
    return Act(who(), what=words[:_MOST], why=wish.why)


def things(count: int, one: str, many: str | None = None) -> str:
    """`1 entry`, `3 entries`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def sentence(*parts: str) -> str:
    """The parts that say something, with commas."""
    return ", ".join(part for part in parts if part)


def unique(keys: Sequence[str]) -> list[str]:
    """Each once, in order."""
    return list(dict.fromkeys(keys))
