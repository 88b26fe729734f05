"""Numbers with units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.tui.filters.quantities import LENGTHS, quantity
from clipsaver.tui.viewmodel.rows import Measure


@pytest.mark.parametrize(
    ("text", "number", "step", "measure"),
    [
        ("5", 5, 1, Measure.NUMBER),
        ("-5", -5, 1, Measure.NUMBER),
        ("0.25", 0.25, 0.01, Measure.NUMBER),
        ("2,310", 2310, 1, Measure.NUMBER),
        ("30s", 30_000, 1_000, Measure.LENGTH),
        ("1.5h", 5_400_000, 360_000, Measure.LENGTH),
        ("1m30s", 90_000, 1_000, Measure.LENGTH),
        ("14m 02s", 842_000, 1_000, Measure.LENGTH),
        ("250ms", 250, 1, Measure.LENGTH),
        ("2d", 172_800_000, 86_400_000, Measure.LENGTH),
        ("10k", 10_000, 1_000, Measure.SIZE),
        ("3MB", 3_000_000, 1_000_000, Measure.SIZE),
        ("1.5G", 1_500_000_000, 100_000_000, Measure.SIZE),
        ("700B", 700, 1, Measure.SIZE),
    ],
)
def test_what_a_number_comes_to(text: str, number: float, step: float, measure: Measure) -> None:
    found = quantity(text)
    assert found is not None
    assert (found.number, found.measure) == (number, measure)
    assert found.step == pytest.approx(step)


@pytest.mark.parametrize(
    "text", ["", "-", "s", "5x", "1m 5", "1k2M", "1m2k", "1,2", "5 6", "1" * 99]
)
def test_what_is_no_number(text: str) -> None:
    assert quantity(text) is None


@given(st.text(max_size=50))
def test_any_text_is_a_number_or_not(text: str) -> None:
    quantity(text)


@given(st.integers(0, 10**6), st.sampled_from(sorted(LENGTHS)), st.integers(0, 999))
def test_a_value_is_written_as_the_quantity_that_spans_it(count: int, unit: str, part: int) -> None:
    found = quantity(f"{count}{unit}")
    assert found is not None
    assert found.spans(count * LENGTHS[unit] + LENGTHS[unit] * part // 1000)
    assert not found.spans((count + 1) * LENGTHS[unit])
