"""What all deeds share: the act for the audit, and keys each once. Pure."""

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


def unique(keys: Sequence[str]) -> list[str]:
    """Each once, in order."""
    return list(dict.fromkeys(keys))
