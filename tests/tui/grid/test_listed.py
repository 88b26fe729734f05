"""The rows of a table: filtered, marked, and still while a person moves."""

from __future__ import annotations

from clipsaver.tui.filters import Filter, parse
from clipsaver.tui.grid.listed import CALM_S, Listed
from clipsaver.tui.grid.ordering import Order
from clipsaver.tui.viewmodel.rows import Cell, Row


def row(key: str, idle: float) -> Row:
    return Row(key, {"ID": Cell(key)}, {"id": key, "idle": idle})


def only(text: str) -> Filter:
    found = parse(text, {"id": "", "idle": ""})
    assert isinstance(found, Filter)
    return found


def listed(**idle: float) -> Listed:
    found = Listed()
    found.order = Order("idle")
    found.set([row(key, value) for key, value in idle.items()], at_s=0)
    return found


def test_rows_are_sorted_again_when_the_person_has_been_still() -> None:
    rows = listed(a=1, b=2)
    rows.moved_at_s = 100.0
    later = [row("a", 3), row("b", 2), row("c", 1)]
    rows.set(later, at_s=100.0 + CALM_S - 0.01)
    assert rows.keys == ["a", "b", "c"]
    rows.set(later, at_s=100.0 + CALM_S)
    assert rows.keys == ["c", "b", "a"]


def test_a_sort_that_a_person_asks_for_is_not_held() -> None:
    rows = listed(a=1, b=2)
    rows.moved_at_s = 100.0
    rows.sort(Order("idle", is_reverse=True))
    assert rows.keys == ["b", "a"]


def test_marks_of_rows_that_the_filter_hides_stay_and_are_counted() -> None:
    rows = listed(a=1, b=2, c=3)
    rows.toggle("a")
    rows.narrow(only("idle>1"))
    assert (rows.keys, rows.total, rows.hidden_marks) == (["b", "c"], 3, 1)
    rows.mark_shown()
    assert [one.key for one in rows.chosen("b")] == ["a", "b", "c"]
    rows.narrow(only(""))
    assert rows.hidden_marks == 0


def test_marks_of_rows_that_are_gone_are_gone_and_told() -> None:
    rows = listed(a=1, b=2)
    rows.mark_shown()
    assert rows.set([row("b", 2)], at_s=0) == 1
    assert rows.marks == {"b"}


def test_without_marks_an_action_takes_the_row_under_the_cursor() -> None:
    rows = listed(a=1, b=2)
    assert [one.key for one in rows.chosen("b")] == ["b"]
    assert rows.chosen(None) == ()
    rows.toggle("a")
    assert [one.key for one in rows.chosen("b")] == ["a"]
    rows.toggle("a")
    assert [one.key for one in rows.chosen("b")] == ["b"]


def test_a_row_that_is_changed_keeps_its_place_until_all_are_given_again() -> None:
    rows = listed(a=1, b=2)
    rows.toggle("a")
    rows.change([row("a", 9)])
    assert [one.values["idle"] for one in rows.shown] == [9, 2]
    assert [one.values["idle"] for one in rows.chosen(None)] == [9]
    rows.sort(Order("idle"))
    assert rows.keys == ["b", "a"]
