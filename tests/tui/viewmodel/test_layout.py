"""Texts in so many cells, and columns that fit the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from clipsaver.tui.viewmodel import layout
from clipsaver.tui.viewmodel.listings import DEAD_EACH, LISTINGS
from clipsaver.tui.viewmodel.rows import Cell, Column, Row
from clipsaver.tui.viewmodel.signs import Signs
from tests.tui.viewmodel.made import NARROW, WIDE, no_wider_than, text

SIGNS = Signs()
ALL = (*LISTINGS.values(), DEAD_EACH)
wide = st.text(alphabet=st.sampled_from("ab …日本語👍é́ "), max_size=30)


def test_what_is_too_long_is_cut_with_a_sign():
    assert layout.cut("guild-a #highlights", 15, SIGNS) == "guild-a #highl…"
    assert layout.cut("1769428198123-0", 10, SIGNS, keeps_tail=True) == "…8198123-0"
    assert layout.cut("日本語", 4, SIGNS) == "日…"
    assert layout.fit("日本語", 4, SIGNS) == "日… "
    assert layout.fit("7", 3, SIGNS, is_right=True) == "  7"
    assert layout.cut("abc", 0, SIGNS) == ""


@given(wide, st.integers(0, 12), st.booleans(), st.booleans())
def test_a_text_has_as_many_cells_as_it_was_given(one, cells, is_right, keeps_tail):
    fitted = layout.fit(one, cells, SIGNS, is_right=is_right, keeps_tail=keeps_tail)
    assert cell_len(fitted) == cells


@given(wide, st.integers(2, 12))
def test_wrapped_lines_hold_all_of_it(one, cells):
    lines = list(layout.wrapped(one, cells))
    assert all(cell_len(line) <= cells for line in lines)
    assert "".join(lines).replace(" ", "") == one.replace(" ", "")


@pytest.mark.parametrize("listing", ALL, ids=lambda one: one.title)
@pytest.mark.parametrize(("look", "room"), [(WIDE, 114), (NARROW, 74)], ids=["120", "80"])
def test_the_columns_of_a_list_fit(listing, look, room):
    columns = layout.shown_columns(listing.columns, look)
    sizes = layout.widths(columns, room, is_wide=look.is_wide)
    assert sum(sizes) + layout.GAP * (len(sizes) - 1) == room
    assert all(size >= len(one.name) for one, size in zip(columns, sizes, strict=True))


@pytest.mark.parametrize("listing", ALL, ids=lambda one: one.title)
def test_a_list_can_be_sorted_by_what_it_says_and_names_no_field_twice(listing):
    names = [one.name.lower() for one in listing.columns]
    assert listing.sort.lstrip("-") in ("", *names)
    assert len({*names, *listing.fields}) == len(names) + len(listing.fields)
    assert set(listing.measures) <= set(listing.fields)
    assert all(listing.fields.values())


def test_columns_grow_by_their_shares():
    columns = (Column("A", 2, grows=1), Column("B", 3), Column("C", 2, grows=2))
    assert layout.widths(columns, 18, is_wide=True) == [5, 3, 8]
    assert layout.widths(columns, 4, is_wide=True) == [2, 3, 2]


def test_a_small_table():
    columns = (Column("NAME", 4, grows=1), Column("N", 3, is_right=True))
    rows = [Row("a", {"NAME": Cell("w-1"), "N": Cell("12")}, {}), Row("b", {}, {})]
    lines = list(layout.grid(columns, rows, 10, WIDE))
    assert text(lines) == ["NAME     N", "w-1     12", "          "]
    assert no_wider_than(lines, 10)


def test_a_line_is_cut_in_its_last_cell():
    line = (Cell("12:04  "), Cell("a long story"), Cell("never seen"))
    assert text([layout.cut_line(line, 12, SIGNS)]) == ["12:04  a lo…"]
