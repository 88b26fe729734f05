"""Cheap, repeatable randomness: the same seed gives the same throws on every Python version.

`random.Random` promises that only for `random()`, and seeding one costs more than writing a
message does. Seeds are spread by splitmix64 (Steele, Lea and Flood, 2014); throws are the high
bits of Knuth's congruential generator (MMIX), the least that Python can do for a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15
_MULTIPLIER, _INCREMENT = 6_364_136_223_846_793_005, 1_442_695_040_888_963_407


def mix(value: int) -> int:
    """A 64-bit number that looks unrelated to `value` and its neighbours."""
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & _MASK
    return value ^ (value >> 31)


def nth(seed: int, index: int) -> int:
    """The n-th 64-bit number of a row that begins at this seed, without those before it."""
    return mix((seed + (index + 1) * _GAMMA) & _MASK)


def seed_of(*parts: int) -> int:
    """One seed made from several numbers, in which their order counts."""
    seed = 0
    for part in parts:
        seed = nth(seed + part, 0)
    return seed


class Dice:
    """A stream of throws."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        """Seeds must not be neighbours: take them from `seed_of` or `nth`."""
        self._state = seed

    def bits(self) -> int:
        """64 random bits."""
        self._state = state = (self._state * _MULTIPLIER + _INCREMENT) & _MASK
        # The generator's low bits hardly change from throw to throw.
        return mix(state)

    def below(self, bound: int) -> int:
        """0 to bound - 1; the bound is at most 2**32."""
        self._state = state = (self._state * _MULTIPLIER + _INCREMENT) & _MASK
        return (state >> 32) % bound

    def between(self, low: int, high: int) -> int:
        """low to high, both possible."""
        return low + self.below(high - low + 1)

    def chance(self, share: float) -> bool:
        """True in this share of throws: 0 is never, 1 is always."""
        self._state = state = (self._state * _MULTIPLIER + _INCREMENT) & _MASK
        return state >> 32 < share * 4_294_967_296

    def pick(self, options: Sequence[T]) -> T:
        """One of them, each as likely as the others."""
        self._state = state = (self._state * _MULTIPLIER + _INCREMENT) & _MASK
        return options[(state >> 32) % len(options)]
