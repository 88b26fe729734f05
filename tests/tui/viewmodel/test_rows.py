"""What rows are made of: cells that are made when somebody looks at them."""

from __future__ import annotations

from clipsaver.tui.viewmodel.rows import Cell, Later, Row


def test_nothing_is_made_before_somebody_looks_and_nothing_twice() -> None:
    made = []

    def cells() -> dict[str, Cell]:
        made.append("cells")
        return {"A": Cell("a"), "B": Cell("b")}

    row = Row("key", Later(cells), {})
    assert not made
    assert row.cells["A"] == Cell("a")
    assert row.cells.get("C") is None
    assert (list(row.cells), len(row.cells)) == (["A", "B"], 2)
    assert made == ["cells"]


def test_it_is_equal_to_what_holds_the_same() -> None:
    one, other = Later(lambda: {"A": 1}), Later(lambda: {"A": 1})
    assert one == other
    assert one == {"A": 1}
    assert one == {"A": 1}
    assert one != Later(lambda: {"A": 2})
    assert one != {}
