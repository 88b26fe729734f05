"""What the sentinels say of their primary. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SentinelView:
    """What the sentinels of a URL answer; the first that answers tells what it sees."""

    service: str
    asked: int
    """Sentinels that the URL names."""
    answered: int
    """Those that know the service."""
    primary: str = ""
    """Its host and port; empty = nobody told."""
    is_up: bool = False
    replicas: int = 0
    """Replicas that are up."""
    sentinels: int = 0
    """How many there are, by what they know of each other."""
    quorum: int = 0
    """How many of them have to agree that the primary is down."""
    problems: tuple[str, ...] = ()
    """Why the others did not answer."""
    obstacle: str = ""
    """Why no connection can be had now; empty = one can."""
