"""Rows on a terminal: cells are counted, and nothing in them is obeyed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from clipsaver.cli.tables import cut, table

WIDE = "動画の名前がとても長いので切られます"


def test_a_sign_in_two_cells_counts_as_two() -> None:
    rows = [("動画", "1", WIDE), ("abc", "23", "\x1b[31mred\nname")]
    head, first, second = table(("who", "n", "name"), rows, 40, right=(1,))
    assert second == "  abc   23  red name"
    assert first.startswith("  動画   1  動画の名前")
    assert cell_len(first) <= 40
    assert first.endswith("…")
    assert head == "  who    n  name"


@given(st.text(), st.integers(1, 30))
def test_what_is_cut_fits(text: str, width: int) -> None:
    assert cell_len(cut(text, width)) <= width
