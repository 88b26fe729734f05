"""How the application and what it looks at stand to each other, as the frame shows it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Link(enum.StrEnum):
    """Whether what is shown is of now."""

    FIRST = "first"
    """Nothing was seen yet."""
    OK = "ok"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Connection:
    """The state of looking. Lengths of time are as of the moment that it is shown."""

    state: Link = Link.FIRST
    error: str = ""
    """Why the last try failed, in printable words."""
    down_for_s: float = 0.0
    """Since the first look that failed."""
    try_number: int = 0
    """Of tries that failed since then."""
    next_try_in_s: float = 0.0
    back_after_s: float | None = None
    """How long it was away, for some seconds after it came back; then None."""
    mistake: str = ""
    """What went wrong in a look, or in showing it, that is a mistake of ours; empty = nothing."""
