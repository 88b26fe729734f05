"""Throws that are the same everywhere, and fair even where seeds are neighbours."""

from __future__ import annotations

from collections import Counter

from clipsaver.simulator.dice import Dice, nth, seed_of


def test_seeds_are_those_of_splitmix64() -> None:
    # The first outputs of the published reference implementation for the seed 0.
    assert [nth(0, index) for index in range(3)] == [
        0xE220A8397B1DCDAF,
        0x6E789E6AA1B965F4,
        0x06C45D188009454F,
    ]


def test_the_order_of_a_seeds_parts_counts() -> None:
    assert len({seed_of(1, 2), seed_of(2, 1), seed_of(3), seed_of(1, 2, 0)}) == 4


def test_the_first_throws_of_neighbours_are_fair_and_unrelated() -> None:
    throws = [Dice(nth(7, index)) for index in range(10_000)]
    pairs = Counter((dice.below(4), dice.pick("abcd")) for dice in throws)
    assert len(pairs) == 16
    assert all(500 < count < 750 for count in pairs.values())


def test_bounds_can_be_reached_and_are_kept() -> None:
    dice = Dice(seed_of(1))
    assert {dice.between(-1, 1) for _ in range(100)} == {-1, 0, 1}
    assert not any(dice.chance(0) for _ in range(1000))
    assert all(dice.chance(1) for _ in range(1000))
    assert max(dice.bits() for _ in range(100)).bit_length() == 64
