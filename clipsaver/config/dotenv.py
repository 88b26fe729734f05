"""The format of `.env` files, as far as their many readers agree on it.

    # a comment
    NAME=value                  # a comment after a space
    export NAME = 'as it is: $x "y" \n'
    NAME="with \"escapes\" and\nlines"

Nothing is expanded and no value goes on in the next line: readers disagree on both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ASSIGNMENT = re.compile(r"(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*)")
_SINGLE = re.compile(r"'([^']*)'[ \t]*(?:#.*)?")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"[ \t]*(?:#.*)?')
_COMMENT = re.compile(r"(?:^|[ \t])#.*")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is neither an assignment, nor a comment, nor empty."""

    number: int
    """1 for the first line."""
    message: str


def parse(text: str) -> tuple[dict[str, str], tuple[BadLine, ...]]:
    """The variables of a `.env` file, and its lines that cannot be read. The last one wins."""
    values: dict[str, str] = {}
    bad: list[BadLine] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        assignment = _ASSIGNMENT.fullmatch(stripped)
        if assignment is None:
            bad.append(BadLine(number, "expected NAME=value"))
        elif (value := _value(assignment[2])) is None:
            bad.append(BadLine(number, f"the quotes of {assignment[1]} do not match"))
        else:
            values[assignment[1]] = value
    return values, tuple(bad)


def _value(written: str) -> str | None:
    """What is meant by the right side, or None where its quotes do not match."""
    if written.startswith("'"):
        single = _SINGLE.fullmatch(written)
        return single[1] if single else None
    if written.startswith('"'):
        double = _DOUBLE.fullmatch(written)
        return _ESCAPE.sub(_unescape, double[1]) if double else None
    return _COMMENT.sub("", written).rstrip()


def _unescape(match: re.Match[str]) -> str:
    return _ESCAPED.get(match[1], match[0])
