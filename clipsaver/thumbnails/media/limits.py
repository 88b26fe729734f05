"""How long and how much one answer may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one request. Each is there since a server can do without it."""

    connect_s: float = 10.0
    """To a connection, with TLS."""
    first_byte_s: float = 15.0
    """Between two bytes as well: so long a server may be silent."""
    slack_s: float = 20.0
    """What an answer may take beyond what its bytes may."""
    slowest_bytes_per_s: int = 16_384
    """A body takes at most its length by this, so that one that drips does not for ever."""
    retry_pause_s: float = 0.3
    """Before what failed is asked for once more."""
    unsaid_wait_s: float = 5.0
    """After a 429 that does not say how long."""
    max_whole_bytes: int = 16 << 20
    """A file up to this size is kept in memory where the server sends it whole."""
    max_still_bytes: int = 2 << 20
    """A still that is larger is none: a proxy that knew no `format` would send the video."""
    stills_at_once: int = 4
    """Requests for stills; Discord does not tell what the proxy allows."""

    def answer_s(self, size_bytes: int) -> float:
        """How long an answer with a body of this size may take in all."""
        return self.slack_s + size_bytes / self.slowest_bytes_per_s
