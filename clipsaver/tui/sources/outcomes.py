"""What came of a deed, in words. Pure; both operators say the same."""

from __future__ import annotations


def things(count: int, one: str, many: str | None = None) -> str:
    """`1 entry`, `3 entries`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def sentence(*parts: str) -> str:
    """The parts that say something, with commas."""
    return ", ".join(part for part in parts if part)


def took_back(undone: int, begun: int, gone: int) -> str:
    """Of an undone retry: letters that lie there again, and those that do not for either reason."""
    return sentence(
        f"took back {things(undone, 'dead letter')}",
        f"{begun:,} went on: a worker had begun" if begun else "",
        f"{gone:,} too late" if gone else "",
    )
