"""From what a person wrote to a Filter, or to an error that says what to write instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import re2

from clipsaver.config.keys import nearest
from clipsaver.tui.filters.quantities import Quantity, quantity
from clipsaver.tui.filters.terms import (
    SIGNS,
    Compares,
    Condition,
    Equals,
    Filter,
    Fits,
    Holds,
    IsNothing,
    Sign,
    Term,
    quoted,
    written_field,
)
from clipsaver.tui.viewmodel.rows import Measure

_NAMED = re.compile(rf"([A-Za-z#][\w#-]*)(!?)([{SIGNS}])(?:(?<=[<>])(=)|(?<=:)([<>]=?|=))?")
_UNTIL_SPACE = re.compile(r"\S*")
_IN_QUOTES = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_IN_STROKES = re.compile(r"/((?:[^/\\]|\\.)*)/", re.DOTALL)
_LARGEST_PATTERN = 1 << 20
"""Bytes that RE2 may make of a pattern: far more than a filter line holds, far less than hurts."""


@dataclass(frozen=True, slots=True)
class FilterError:
    """Why it cannot be read, and what to write instead. Nothing is filtered anew meanwhile."""

    words: str
    at: int
    """Where in the text it begins that cannot be read."""
    suggestion: str | None = None
    """The whole text as it was probably meant."""


class _Unreadable(Exception):
    def __init__(self, words: str, at: int, suggestion: str | None = None) -> None:
        super().__init__(words)
        self.error = FilterError(words, at, suggestion)


def parse(
    text: str, fields: Mapping[str, str], measures: Mapping[str, Measure] | None = None
) -> Filter | FilterError:
    """The filter that the text says.

    `fields` are those that rows have: lower-case names to what they are, in words. `measures` are
    what their values are, where that is known.
    """
    try:
        return Filter(text.strip(), tuple(_Reader(text, fields, measures or {}).terms()))
    except _Unreadable as unreadable:
        return unreadable.error


class _Reader:
    """Reads one text from left to right."""

    def __init__(
        self, text: str, fields: Mapping[str, str], measures: Mapping[str, Measure]
    ) -> None:
        self._text = text
        self._fields = fields
        self._measures = measures
        self._by_written = {written_field(name): name for name in fields}
        self._at = 0

    def terms(self) -> list[Term]:
        terms = []
        while self._pass_spaces():
            terms.append(self._term())
        return terms

    def _pass_spaces(self) -> bool:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        return self._at < len(self._text)

    def _term(self) -> Term:
        begin = self._at
        is_not = self._text[begin] == "!"
        if is_not:
            self._at += 1
            if self._ended():
                raise _Unreadable("! means not: write !word or !field:value", begin)
        if self._text[self._at] == "/":
            return Term(None, self._regex(), is_not)
        if self._text[self._at] != '"' and (named := _NAMED.match(self._text, self._at)):
            return self._named(named, is_not=is_not)
        return Term(None, Holds(self._value()), is_not)

    def _named(self, named: re.Match[str], *, is_not: bool) -> Term:
        name, bang, sign, equal, behind_colon = named.groups()
        begin = self._at
        field = self._by_written.get(name.lower())
        if field is None:
            raise self._unknown(name, begin)
        if bang:
            whole = self._replaced(begin, named.end(), f"!{name}{sign}")
            raise _Unreadable(f"write the ! first: !{name}{sign}…", begin, whole)
        self._at = named.end()
        sign = behind_colon or sign + (equal or "")
        if self._ended():
            raise _Unreadable(self._what_follows(name, field, sign), begin)
        if sign == ":" and self._text[self._at] == "/":
            return Term(field, self._regex(), is_not)
        return Term(field, self._condition(field, sign, self._value()), is_not)

    def _condition(self, field: str, sign: str, value: str) -> Condition:
        asked = quantity(value)
        measure = self._measures.get(field)
        is_moment = measure is Measure.MOMENT
        if sign in {":", "="}:
            if not value:
                return IsNothing()
            return (Holds if sign == ":" else Equals)(value, asked, is_moment)
        return Compares(Sign(sign), value, self._compared(field, sign, value, asked), is_moment)

    def _compared(self, field: str, sign: str, value: str, asked: Quantity | None) -> Quantity:
        """The number that can be compared with the field's values."""
        at = self._at - len(value)
        measure = self._measures.get(field)
        name = written_field(field)
        if measure is Measure.TEXT:
            raise _Unreadable(f"{name} is a text: write {name}:{quoted(value) or 'word'}", at)
        if asked is None:
            raise _Unreadable(f"{quoted(value)} is no number: write {_example(name, measure)}", at)
        is_time = measure in {Measure.LENGTH, Measure.MOMENT}
        if is_time and asked.measure is not Measure.LENGTH and asked.number:
            words = f"{name} is a time, which needs ms, s, m, h or d: {name}{sign}{value}s"
            raise _Unreadable(words, at, self._replaced(at, self._at, f"{value}s"))
        if not is_time and measure is not None and asked.measure is Measure.LENGTH:
            what = "a size" if measure is Measure.SIZE else "a number"
            raise _Unreadable(f"{name} is {what}: write {_example(name, measure)}", at)
        return asked

    def _what_follows(self, name: str, field: str, sign: str) -> str:
        if sign in {":", "="}:
            return f'{name}{sign} needs a value; {name}:"" is where there is none'
        return f"{name}{sign} needs a number: write {_example(name, self._measures.get(field))}"

    def _value(self) -> str:
        """The text from here to the next space, or that in quotes."""
        if self._text[self._at] == '"':
            quotes = self._enclosed(_IN_QUOTES, 'a second "')
            return re.sub(r"\\(.)", r"\1", quotes, flags=re.DOTALL)
        found = _UNTIL_SPACE.match(self._text, self._at)
        assert found is not None  # it matches nothing, too
        self._at = found.end()
        return found[0]

    def _regex(self) -> Fits:
        begin = self._at
        pattern = self._enclosed(_IN_STROKES, "a second /").replace(r"\/", "/")
        options = re2.Options()
        options.log_errors = False
        options.case_sensitive = False
        options.max_mem = _LARGEST_PATTERN
        try:
            return Fits(pattern, re2.compile(pattern, options))
        except re2.error as error:
            said = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
            words = f"the regex engine (RE2: no lookaround, no backreferences) refuses it: {said}"
            raise _Unreadable(words, begin) from None

    def _enclosed(self, pattern: re.Pattern[str], end: str) -> str:
        begin = self._at
        found = pattern.match(self._text, begin)
        if found is None:
            raise _Unreadable(f"it needs {end} at its end: {self._text[begin:]}", begin)
        self._at = found.end()
        if not self._ended():
            what = quoted(self._text[begin:].split()[0])
            raise _Unreadable(f"write a space behind {found[0]}; for the text itself {what}", begin)
        return found[1]

    def _ended(self) -> bool:
        return self._at == len(self._text) or self._text[self._at].isspace()

    def _unknown(self, name: str, begin: int) -> _Unreadable:
        near = nearest(name, self._by_written)
        meant = f"did you mean {near}? There are" if near else "there are"
        asked = _UNTIL_SPACE.match(self._text, begin)
        assert asked is not None  # it matches nothing, too
        words = (
            f"no field {name}: {meant} {', '.join(self._by_written)}; "
            f"for the text itself {quoted(asked[0])}"
        )
        whole = self._replaced(begin, begin + len(name), near) if near else None
        return _Unreadable(words, begin, whole)

    def _replaced(self, begin: int, end: int, by: str) -> str:
        return self._text[:begin] + by + self._text[end:]


def _example(name: str, measure: Measure | None) -> str:
    like = {Measure.LENGTH: "30s", Measure.MOMENT: "2h", Measure.SIZE: "10M"}
    return f"{name}>{like.get(measure, '5') if measure else '5'}"
