"""Columns in exactly so many cells."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from clipsaver.tui.grid.fitting import GAP, fitted, needed
from clipsaver.tui.viewmodel.rows import Column

ID = Column("ID", 18, keeps_tail=True, narrow_width=10)
STREAM = Column("STREAM", 20, is_narrow=False, grows=1)
IDLE = Column("IDLE", 7, is_right=True)
VERDICT = Column("VERDICT", 20, grows=2)
ALL = (ID, STREAM, IDLE, VERDICT)


def widths(columns: tuple[Column, ...], width: int) -> dict[str, int]:
    return {one.column.name: one.width for one in fitted(columns, width)}


def test_what_is_left_over_goes_to_columns_that_grow() -> None:
    assert widths(ALL, 68) == {"ID": 18, "STREAM": 20, "IDLE": 7, "VERDICT": 20}
    assert widths(ALL, 78) == {"ID": 18, "STREAM": 23, "IDLE": 7, "VERDICT": 27}


def test_where_not_all_fit_those_of_80_columns_are_there() -> None:
    assert widths(ALL, 67) == {"ID": 10, "IDLE": 7, "VERDICT": 48}


def test_where_even_these_do_not_fit_the_table_is_wider_than_its_screen() -> None:
    shown = fitted(ALL, 20)
    assert [one.column.name for one in shown] == ["ID", "IDLE", "VERDICT"]
    assert needed(shown) == 10 + GAP + 7 + GAP + 20


def test_all_columns_in_full() -> None:
    shown = fitted(ALL, 40, longest={"ID": 15, "STREAM": 31, "VERDICT": 22})
    assert [one.width for one in shown] == [18, 31, 7, 22]


@st.composite
def columns(draw: st.DrawFn) -> tuple[Column, ...]:
    count = draw(st.integers(0, 8))
    return tuple(
        Column(
            f"C{number}",
            draw(st.integers(1, 30)),
            grows=draw(st.integers(0, 3)),
            is_narrow=draw(st.booleans()),
            narrow_width=draw(st.none() | st.integers(1, 30)),
        )
        for number in range(count)
    )


@given(columns(), st.integers(0, 200))
def test_they_stand_side_by_side_and_fill_the_width(given: tuple[Column, ...], width: int) -> None:
    shown = fitted(given, width)
    for before, after in itertools.pairwise(shown):
        assert after.at == before.end + GAP
    grows = any(one.column.grows for one in shown)
    least = sum(one.column.narrow_width or one.column.width for one in shown) + GAP * len(shown)
    if grows and least <= width:
        assert needed(shown) == width
    for one in shown:
        assert one.width >= min(one.column.width, one.column.narrow_width or one.column.width)
