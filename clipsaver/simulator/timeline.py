"""When the messages of a channel were posted, as a function that can be turned around.

The n-th message gets its id by arithmetic and an id gives its place back the same way, so a
channel of a million messages costs no more memory than an empty one.

Discord's ids (documentation, "Snowflakes"): milliseconds since 2015 in the bits above 22.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from clipsaver.simulator.dice import nth

EPOCH_MS = 1_420_070_400_000
_LOW_BITS = (1 << 22) - 1


def snowflake(unix_ms: int, low: int = 0) -> int:
    """The id of something made at that time; `low` tells apart what was made together."""
    return ((unix_ms - EPOCH_MS) << 22) | (low & _LOW_BITS)


def unix_ms(snowflake_id: int) -> int:
    """When the thing with this id was made."""
    return (snowflake_id >> 22) + EPOCH_MS


def iso(milliseconds: int) -> str:
    """A time as Discord writes it: ISO 8601 with microseconds and offset."""
    seconds = milliseconds // 1000
    return (
        f"{_iso_hour(seconds // 3600)}{_IN_AN_HOUR[seconds % 3600]}{milliseconds % 1000:03}"
        "000+00:00"
    )


# `datetime.isoformat` takes a quarter of the time that a message takes: hence in two parts, of
# which messages of one page share the first.
@lru_cache(maxsize=256)
def _iso_hour(hour: int) -> str:
    return f"{datetime.fromtimestamp(hour * 3600, UTC):%Y-%m-%dT%H:}"


_IN_AN_HOUR = tuple(f"{minute:02}:{second:02}." for minute in range(60) for second in range(60))


@dataclass(frozen=True, slots=True)
class Timeline:
    """`length` messages, one in each `gap_ms`, at a random moment of it.

    Since each has a millisecond of its own, ids grow strictly with the index.
    """

    seed: int
    start_ms: int
    gap_ms: int
    length: int

    def __post_init__(self) -> None:
        if self.gap_ms < 1 or self.length < 0 or self.start_ms < EPOCH_MS:
            raise ValueError(
                f"no timeline has gap_ms={self.gap_ms}, length={self.length}, "
                f"start_ms={self.start_ms}: gaps last at least 1 ms and time starts in 2015"
            )

    @classmethod
    def ending(cls, *, seed: int, end_ms: int, gap_ms: int, length: int) -> Timeline:
        """A timeline whose messages are all older than `end_ms`; gaps shrink to fit after 2015."""
        room_ms = end_ms - EPOCH_MS
        gap_ms = max(1, min(gap_ms, room_ms // max(1, length)))
        return cls(seed=seed, start_ms=end_ms - gap_ms * length, gap_ms=gap_ms, length=length)

    def id_at(self, index: int) -> int:
        """The id of the message at this index (0 is the oldest)."""
        noise = nth(self.seed, index)
        moment_ms = self.start_ms + index * self.gap_ms + (noise >> 22) % self.gap_ms
        return ((moment_ms - EPOCH_MS) << 22) | (noise & _LOW_BITS)

    def count_below(self, snowflake_id: int) -> int:
        """How many messages have a smaller id: also the index of the first that has not."""
        slot = (unix_ms(snowflake_id) - self.start_ms) // self.gap_ms
        if slot < 0:
            return 0
        if slot >= self.length:
            return self.length
        return slot + 1 if self.id_at(slot) < snowflake_id else slot
