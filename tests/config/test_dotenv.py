"""What `.env` files may hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.config.dotenv import parse


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=1", "1"),
        ("  A = 1  ", "1"),
        ("export A=1", "1"),
        ("export\tA=1", "1"),
        ("A=", ""),
        ("A= # nothing but a comment", ""),
        ("A=a b", "a b"),
        ("A=a#b", "a#b"),
        ("A=a #b", "a"),
        ("A=a=b==", "a=b=="),
        ("A=it's", "it's"),
        ("A=$HOME", "$HOME"),
        ("A='a #b'", "a #b"),
        ("A='a' # why", "a"),
        (r"A='a\n$b\\'", r"a\n$b\\"),
        ('A="a #b"', "a #b"),
        (r'A="a\n\"b\"\t\\ \$c \x"', 'a\n"b"\t\\ $c \\x'),
        ("A=1\r", "1"),
        ("\ufeffA=1", "1"),
        ("A=0\nA=1", "1"),
        ("A=a\u2028b", "a\u2028b"),
    ],
)
def test_values(line: str, value: str) -> None:
    assert parse(line) == ({"A": value}, ())


@pytest.mark.parametrize("text", ["", "\n\n", "# A=1", "   # A=1\r\n\t\n"])
def test_nothing_to_read(text: str) -> None:
    assert parse(text) == ({}, ())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("A", "expected NAME=value"),
        ("A: 1", "expected NAME=value"),
        ("1A=1", "expected NAME=value"),
        ("A-B=1", "expected NAME=value"),
        ("=1", "expected NAME=value"),
        ("set A=1", "expected NAME=value"),
        ("A='1", "the quotes of A do not match"),
        ('A="1', "the quotes of A do not match"),
        ('A="1\\"', "the quotes of A do not match"),
        ("A='1'2", "the quotes of A do not match"),
        ("""A='1"'x""", "the quotes of A do not match"),
    ],
)
def test_bad_lines_are_told_with_their_number_and_cost_no_other(line: str, message: str) -> None:
    values, bad = parse(f"# first\nB=1\n{line}\nC=2")
    assert values == {"B": "1", "C": "2"}
    assert [(each.number, each.message) for each in bad] == [(3, message)]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_value_can_be_written_in_double_quotes(value: str) -> None:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("\n", "\\n").replace("\r", "\\r")
    assert parse(f'A="{escaped}"') == ({"A": value}, ())


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    values, bad = parse(text)
    assert len(values) + len(bad) <= text.count("\n") + 1
