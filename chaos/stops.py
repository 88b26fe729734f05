"""How soon a worker has to be gone that was told to stop. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chaos.plan import Fault, Kind

LAST_WORDS_S = 7.0
"""What a store that is away may add to the grace time: 5 s to hand back, 2 s to leave."""
_ALLOWANCE_S = 1.0
"""What was cut off is handed back in a round trip or two; then the interpreter ends, which takes
some tenths of a second where four workers share two processors."""
_AWAY = frozenset(
    {
        Kind.VALKEY, Kind.POSTGRES, Kind.BOTH, Kind.VALKEY_AT_STOP, Kind.VALKEY_FROZEN,
        Kind.POSTGRES_FROZEN, Kind.FULL, Kind.READ_ONLY, Kind.SILENCE,
    }
)  # fmt: skip
"""While one of these lasts, a store does not serve."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A process that was told to stop, and did."""

    log: str
    asked_s: float
    ended_s: float

    @property
    def took_s(self) -> float:
        return self.ended_s - self.asked_s


def late(
    stops: Iterable[Stop], troubles: Sequence[tuple[float, float, Fault]], grace_s: float
) -> Iterator[str]:
    """Those that took longer than is promised: the grace time, or last words more."""
    for stop in stops:
        was_away = any(
            start < stop.ended_s and end > stop.asked_s and fault.kind in _AWAY
            for start, end, fault in troubles
        )
        limit_s = grace_s + (LAST_WORDS_S if was_away else 0.0)
        if stop.took_s > limit_s + _ALLOWANCE_S:
            where = "with a store away" if was_away else "with both stores there"
            yield f"{stop.log} took {stop.took_s:.1f} s of {limit_s:g} s, {where}"
