"""Cheap, repeatable randomness: the same seed gives the same throws on every Python version.

`random.Random` promises that only for `random()`, and seeding one costs more than writing a
message does. This is splitmix64 (Steele, Lea and Flood, 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15


def mix(value: int) -> int:
    """A 64-bit number that looks unrelated to `value` and its neighbours."""
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & _MASK
    return value ^ (value >> 31)


def seed_of(*parts: int) -> int:
    """One seed made from several numbers, in which their order counts."""
    seed = 0
    for part in parts:
        seed = mix((seed + part + 1) * _GAMMA & _MASK)
    return seed


class Dice:
    """A stream of throws."""

    __slots__ = ("_state",)

    def __init__(self, *seed: int) -> None:
        self._state = seed_of(*seed)

    def bits(self) -> int:
        """64 random bits."""
        self._state = (self._state + _GAMMA) & _MASK
        return mix(self._state)

    def below(self, bound: int) -> int:
        """0 to bound - 1."""
        return self.bits() % bound

    def between(self, low: int, high: int) -> int:
        """low to high, both possible."""
        return low + self.bits() % (high - low + 1)

    def chance(self, share: float) -> bool:
        """True in this share of throws: 0 is never, 1 is always."""
        return self.bits() < share * (_MASK + 1)

    def pick(self, options: Sequence[T]) -> T:
        """One of them, each as likely as the others."""
        return options[self.bits() % len(options)]
