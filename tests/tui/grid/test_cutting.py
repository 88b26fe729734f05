"""Texts in exactly so many cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from clipsaver.tui.grid.cutting import cut


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abc", 5, "abc  "),
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("abcd", 1, "…"),
        ("abcd", 0, ""),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日… "),
        ("e\u0301te\u0301s", 3, "e\u0301t…"),
    ],
)
def test_what_is_shown(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


def test_ids_keep_their_tail_and_numbers_stand_right() -> None:
    assert cut("1769428198123-0", 10, keeps_tail=True) == "…8198123-0"
    assert cut("日本語x", 4, keeps_tail=True) == "…語x"
    assert cut("12", 4, is_right=True) == "  12"
    assert cut("日本語", 4, is_right=True) == " 日…"
    assert cut("abcd", 3, ellipsis="~") == "ab~"


@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc"))),
    st.integers(0, 20),
    st.booleans(),
    st.booleans(),
)
def test_it_always_takes_its_cells(text: str, width: int, keeps_tail: bool, is_right: bool) -> None:
    shown = cut(text, width, keeps_tail=keeps_tail, is_right=is_right)
    assert cell_len(shown) == width
    if cell_len(text) <= width and width:
        assert text in shown
