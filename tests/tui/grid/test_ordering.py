"""In which order rows are shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clipsaver.tui.grid.ordering import Order, held, ordered
from clipsaver.tui.viewmodel.rows import Row, Value


def row(key: str, value: Value = None) -> Row:
    return Row(key, {}, {"idle": value})


def keys(rows: list[Row]) -> list[str]:
    return [one.key for one in rows]


def test_numbers_before_texts_and_nothing_last_either_way() -> None:
    rows = [row("n"), row("b", "b"), row("2", 2.0), row("A", "A"), row("e", ""), row("1", 1.0)]
    assert keys(ordered(rows, Order("idle"))) == ["1", "2", "A", "b", "e", "n"]
    assert keys(ordered(rows, Order("idle", is_reverse=True))) == ["b", "A", "2", "1", "e", "n"]


def test_keys_break_ties_either_way() -> None:
    rows = [row("b", 1.0), row("a", 1.0)]
    assert keys(ordered(rows, Order("idle"))) == ["a", "b"]
    assert keys(ordered(rows, Order("idle", is_reverse=True))) == ["a", "b"]


def test_without_a_field_they_are_as_they_come() -> None:
    rows = [row("b"), row("a")]
    assert keys(ordered(rows, Order())) == ["b", "a"]
    assert keys(ordered(rows, Order("", is_reverse=True))) == ["a", "b"]


def test_rows_that_are_held_keep_their_order_and_new_ones_follow() -> None:
    rows = ordered([row("a", 9.0), row("b", 2.0), row("c", 3.0), row("d", 1.0)], Order("idle"))
    assert keys(held(["gone", "a", "b"], rows)) == ["a", "b", "d", "c"]


def test_the_next_order_goes_round_the_columns_and_back_to_none() -> None:
    order = Order()
    seen = []
    for _ in range(4):
        order = order.after(["id", "idle"])
        seen.append(order.name)
    assert seen == ["id", "idle", "", "id"]
    assert Order("hidden", is_reverse=True).after(["id", "idle"]) == Order("id")


def test_an_order_is_said() -> None:
    assert Order.of("-idle") == Order("idle", is_reverse=True)
    assert Order.of("-idle").words == "IDLE desc"
    assert Order.of("idle").words == "IDLE asc"
    assert Order.of("").words == ""


VALUES = st.one_of(st.none(), st.text(max_size=3), st.floats())
ROWS = st.dictionaries(st.text(max_size=3), VALUES, max_size=20).map(
    lambda values: [row(key, value) for key, value in values.items()]
)


@given(ROWS, st.randoms(use_true_random=False), st.booleans())
def test_the_order_is_the_same_however_rows_come(
    rows: list[Row], random: object, is_reverse: bool
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    order = Order("idle", is_reverse)
    assert keys(ordered(shuffled, order)) == keys(ordered(rows, order))


@given(ROWS, ROWS)
def test_holding_loses_no_row(before: list[Row], rows: list[Row]) -> None:
    assert sorted(keys(held(keys(before), rows))) == sorted(keys(rows))
