"""In which order rows are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clipsaver.tui.viewmodel.rows import Row, Value


@dataclass(frozen=True, slots=True)
class Order:
    """By which field; the empty name is the order in which rows come."""

    name: str = ""
    is_reverse: bool = False

    @classmethod
    def of(cls, words: str) -> Order:
        """`idle`, `-idle` for the largest first, or nothing: as `Listing.sort` has it."""
        return cls(words.removeprefix("-"), words.startswith("-"))

    @property
    def words(self) -> str:
        """For a person: `IDLE desc`; empty where rows are shown as they come."""
        if not self.name:
            return "reversed" if self.is_reverse else ""
        return f"{self.name.upper()} {'desc' if self.is_reverse else 'asc'}"

    def after(self, names: Sequence[str]) -> Order:
        """The next one: by the next of these columns, behind the last as rows come."""
        circle = [*names, ""]
        at = circle.index(self.name) if self.name in circle else -1
        return Order(circle[(at + 1) % len(circle)], is_reverse=False)


def ordered(rows: Iterable[Row], order: Order) -> list[Row]:
    """The rows by that field: numbers before texts, nothing last either way, then by their keys."""
    if not order.name:
        listed = list(rows)
        return listed[::-1] if order.is_reverse else listed
    by_key = sorted(rows, key=lambda row: row.key)
    some = [row for row in by_key if not _is_nothing(row.values.get(order.name))]
    none = [row for row in by_key if _is_nothing(row.values.get(order.name))]
    some.sort(key=lambda row: _rank(row.values.get(order.name)), reverse=order.is_reverse)
    return some + none


def held(before: Sequence[str], rows: Sequence[Row]) -> list[Row]:
    """The rows in the order that they had; those that are new follow, in the order given."""
    by_key = {row.key: row for row in rows}
    stayed = [by_key.pop(key) for key in before if key in by_key]
    return stayed + list(by_key.values())


def _is_nothing(value: Value) -> bool:
    return value is None or value == "" or value != value  # noqa: PLR0124 -- NaN has no place


def _rank(value: Value) -> tuple[bool, float, str]:
    if isinstance(value, str):
        return (True, 0.0, value.casefold())
    return (False, value or 0.0, "")
