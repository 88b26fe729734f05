"""What is done to a file, from a seed and a number: the same two give the same bytes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

_NUMBERS = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_HEAD_BYTES = 2048
"""Where headers are, at the beginning and at the end: most of what is done is done there."""


def mutant(files: Sequence[bytes], seed: int, number: int) -> bytes:
    """One of the files, damaged in one to six places."""
    dice = random.Random(f"{seed}/{number}")
    content = bytearray(dice.choice(files))
    for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
        if content:
            dice.choice(_WAYS)(content, dice, files)
    return bytes(content)


def _place(content: bytearray, dice: random.Random) -> int:
    size = len(content)
    where = dice.random()
    if where < 0.4:
        return dice.randrange(min(size, _HEAD_BYTES))
    if where < 0.7:
        return size - 1 - dice.randrange(min(size, _HEAD_BYTES))
    return dice.randrange(size)


def _flip_a_bit(content: bytearray, dice: random.Random, _: Sequence[bytes]) -> None:
    content[_place(content, dice)] ^= 1 << dice.randrange(8)


def _write_noise(content: bytearray, dice: random.Random, _: Sequence[bytes]) -> None:
    start = _place(content, dice)
    length = min(dice.choice((1, 2, 4, 16, 200)), len(content) - start)
    content[start : start + length] = dice.randbytes(length)


def _write_a_number(content: bytearray, dice: random.Random, _: Sequence[bytes]) -> None:
    start = _place(content, dice)
    written = dice.choice(_NUMBERS).to_bytes(4, dice.choice(("big", "little")))
    length = min(dice.choice((1, 2, 4)), len(content) - start)
    content[start : start + length] = written[-length:]


def _cut_out(content: bytearray, dice: random.Random, _: Sequence[bytes]) -> None:
    start = _place(content, dice)
    del content[start : start + dice.choice((1, 4, 8, 100, 2000))]


def _cut_off(content: bytearray, dice: random.Random, _: Sequence[bytes]) -> None:
    del content[_place(content, dice) :]


def _repeat(content: bytearray, dice: random.Random, _: Sequence[bytes]) -> None:
    start, target = _place(content, dice), _place(content, dice)
    content[target:target] = content[start : start + dice.choice((4, 8, 100, 2000))]


def _write_of_another(content: bytearray, dice: random.Random, files: Sequence[bytes]) -> None:
    other = dice.choice(files)
    start, source = _place(content, dice), _place(bytearray(other), dice)
    part = other[source : source + dice.choice((8, 100, 2000))]
    content[start : start + len(part)] = part


_WAYS: tuple[Callable[[bytearray, random.Random, Sequence[bytes]], None], ...] = (
    _flip_a_bit, _write_noise, _write_a_number, _write_a_number,
    _cut_out, _cut_off, _repeat, _write_of_another,
)  # fmt: skip
