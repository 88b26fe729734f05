"""What one term of a filter asks of a row, and all of them together."""

from __future__ import annotations

import enum
import operator
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import re2

from clipsaver.tui.filters.quantities import Quantity
from clipsaver.tui.viewmodel.rows import Value

SIGNS = ":=<>"
_NEEDS_QUOTES = re.compile(r'^[!/"]|[\s:=<>]|^$')


def fold(text: str) -> str:
    """The form in which texts are compared: in one case, and letters with their marks as one."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


class Condition(Protocol):
    """What is asked of one value."""

    def passes(self, value: Value, now_ms: int) -> bool:
        """Whether the value is as asked; never raises."""
        ...

    def words(self) -> str:
        """As a person would write it behind the field's name, its sign included."""
        ...


@dataclass(frozen=True, slots=True)
class Holds:
    """The text is somewhere in it; a number is one that would be written so."""

    text: str
    quantity: Quantity | None = None
    is_moment: bool = False

    def passes(self, value: Value, now_ms: int) -> bool:
        if isinstance(value, str):
            return fold(self.text) in fold(value)
        if value is None or self.quantity is None:
            return False
        return self.quantity.spans(now_ms - value if self.is_moment else value)

    def words(self) -> str:
        return ":" + quoted(self.text)


@dataclass(frozen=True, slots=True)
class Equals:
    """It is this and no more, but for the case of letters."""

    text: str
    quantity: Quantity | None = None
    is_moment: bool = False

    def passes(self, value: Value, now_ms: int) -> bool:
        if isinstance(value, str):
            return fold(self.text) == fold(value)
        return Holds(self.text, self.quantity, self.is_moment).passes(value, now_ms)

    def words(self) -> str:
        return "=" + quoted(self.text)


@dataclass(frozen=True, slots=True)
class IsNothing:
    """There is no value."""

    def passes(self, value: Value, now_ms: int) -> bool:  # noqa: ARG002 -- as all conditions
        return value is None or value == ""

    def words(self) -> str:
        return ':""'


@dataclass(frozen=True, slots=True)
class Fits:
    """A regex finds something in it."""

    pattern: str
    compiled: re2._Regexp = field(compare=False, repr=False)

    def passes(self, value: Value, now_ms: int) -> bool:  # noqa: ARG002 -- as all conditions
        return isinstance(value, str) and self.compiled.search(value) is not None

    def words(self) -> str:
        return f":{self.bare()}"

    def bare(self) -> str:
        """Between its strokes."""
        return "/" + self.pattern.replace("/", r"\/") + "/"


class Sign(enum.StrEnum):
    """How two numbers are compared."""

    MORE = ">"
    LESS = "<"
    AT_LEAST = ">="
    AT_MOST = "<="


_COMPARED = {
    Sign.MORE: operator.gt,
    Sign.LESS: operator.lt,
    Sign.AT_LEAST: operator.ge,
    Sign.AT_MOST: operator.le,
}


@dataclass(frozen=True, slots=True)
class Compares:
    """A number beside another one; of a moment, how long ago it is."""

    sign: Sign
    text: str
    quantity: Quantity
    is_moment: bool = False

    def passes(self, value: Value, now_ms: int) -> bool:
        if value is None or isinstance(value, str):
            return False
        beside = now_ms - value if self.is_moment else value
        return bool(_COMPARED[self.sign](beside, self.quantity.number))

    def words(self) -> str:
        return self.sign + quoted(self.text)


@dataclass(frozen=True, slots=True)
class Term:
    """One test of one field, or of every text of a row."""

    field: str | None
    asks: Condition
    is_not: bool = False

    def matches(
        self, values: Mapping[str, Value], texts: Sequence[str], now_ms: int, folded: str
    ) -> bool:
        """`folded`: all texts of the row, folded, one to a line."""
        if self.field is not None:
            found = self.asks.passes(values.get(self.field), now_ms)
        elif isinstance(self.asks, Holds):
            found = fold(self.asks.text) in folded
        else:
            found = any(self.asks.passes(text, now_ms) for text in texts)
        return found is not self.is_not

    def words(self) -> str:
        """As a person would write it."""
        if self.field is not None:
            asked = written_field(self.field) + self.asks.words()
        else:
            asked = self.asks.bare() if isinstance(self.asks, Fits) else self.asks.words()[1:]
        return "!" * self.is_not + asked


@dataclass(frozen=True, slots=True)
class Filter:
    """All terms have to be so."""

    text: str = ""
    """As it was written."""
    terms: tuple[Term, ...] = ()

    def matches(
        self, row_values: Mapping[str, Value], texts: Sequence[str], now_ms: int = 0
    ) -> bool:
        """Whether the row is one of those that are asked for; never raises.

        `texts` are what is seen of the row; `now_ms` is what moments are measured from.
        """
        if not self.terms:
            return True
        all_texts = [*texts, *(value for value in row_values.values() if isinstance(value, str))]
        folded = fold("\n".join(all_texts))
        return all(term.matches(row_values, all_texts, now_ms, folded) for term in self.terms)

    def words(self) -> str:
        """The same filter as it would be written at its shortest."""
        return " ".join(term.words() for term in self.terms)

    def least(self, field: str) -> float | None:
        """What the number is at least in every row that is asked for: a bound for who fetches.

        None where none is asked for, and of moments.
        """
        bounds = [
            term.asks.quantity.number
            for term in self._asked_of(field)
            if isinstance(term.asks, Compares)
            and term.asks.sign in {Sign.MORE, Sign.AT_LEAST}
            and not term.asks.is_moment
        ]
        return max(bounds, default=None)

    def equals(self, field: str) -> str | None:
        """What the text is in every row that is asked for, by `field=value`; in any case."""
        asked = [t.asks.text for t in self._asked_of(field) if isinstance(t.asks, Equals)]
        return asked[0] if asked else None

    def _asked_of(self, field: str) -> list[Term]:
        return [term for term in self.terms if term.field == field and not term.is_not]


NO_FILTER = Filter()


def quoted(text: str) -> str:
    """The text so that it is read as that and nothing else."""
    if not _NEEDS_QUOTES.search(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def written_field(name: str) -> str:
    """The field's name without spaces, as it is written in a filter."""
    return name.replace(" ", "_")
