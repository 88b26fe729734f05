"""The keys that apply now, in one line of exactly the width that there is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clipsaver.tui.actions import Situation, footer
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.viewmodel.rows import Line, Tone


def text(line: Line) -> str:
    return "".join(cell.text for cell in line)


def test_what_matters_most_stays_when_it_gets_narrow() -> None:
    wide = text(footer(Situation(view=View.PENDING), 120))
    narrow = text(footer(Situation(view=View.PENDING), 80))
    assert "enter open" in wide
    assert "ctrl+p palette" in wide
    assert "ctrl+p palette" not in narrow
    for words in ("enter open", "r release", "B bury", "D drop", "? help", "q quit"):
        assert words in narrow
    assert narrow.endswith("? help  q quit ")


def test_what_does_not_apply_is_left_out() -> None:
    assert "drop" not in text(footer(Situation(view=View.PENDING, is_read_only=True), 120))
    nothing = text(footer(Situation(view=View.PENDING, has_row=False), 120))
    assert "drop" not in nothing
    assert "filter" in nothing


def test_what_a_connection_would_bring_back_is_dimmed() -> None:
    line = footer(Situation(view=View.PENDING, away="Redis is down"), 120)
    assert {cell.tone for cell in line if "drop" in cell.text} == {Tone.DIM}
    assert {cell.tone for cell in line if "filter" in cell.text} == {Tone.PLAIN}


def test_other_keys_and_words_are_shown() -> None:
    line = footer(
        Situation(view=View.PENDING),
        120,
        {"pending.release": "ctrl+l", "app.filter": ""},
        words={"row.open": "inspect"},
    )
    assert "ctrl+l release" in text(line)
    assert "enter inspect" in text(line)
    assert "filter" not in text(line)


@given(st.sampled_from(View), st.integers(0, 200), st.booleans(), st.booleans(), st.integers(0, 3))
def test_it_is_exactly_as_wide_as_asked(
    view: View, width: int, has_row: bool, is_read_only: bool, marked: int
) -> None:
    now = Situation(view=view, has_row=has_row, is_read_only=is_read_only, marked=marked)
    assert len(text(footer(now, width))) == width
