"""Ids as a function of the index that can be turned around."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.simulator.timeline import EPOCH_MS, Timeline, iso, snowflake, unix_ms

NOW_MS = 1_790_000_000_000

timelines = st.builds(
    lambda seed, gap_ms, length: Timeline.ending(
        seed=seed, end_ms=NOW_MS, gap_ms=gap_ms, length=length
    ),
    seed=st.integers(0, 2**64 - 1),
    gap_ms=st.one_of(st.integers(1, 5), st.integers(1, 10**9)),
    length=st.integers(1, 10**7),
)


@given(timelines, st.data())
def test_an_id_gives_its_index_back(timeline: Timeline, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, timeline.length - 1))
    message_id = timeline.id_at(index)
    assert timeline.count_below(message_id) == index
    assert timeline.count_below(message_id + 1) == index + 1


@given(timelines, st.data())
def test_ids_grow_strictly_and_stay_in_their_time(timeline: Timeline, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, max(0, timeline.length - 20)))
    ids = [timeline.id_at(index) for index in range(first, min(first + 20, timeline.length))]
    assert all(low < high for low, high in itertools.pairwise(ids))
    assert all(EPOCH_MS <= unix_ms(message_id) < NOW_MS for message_id in ids)


@given(timelines, st.integers(0, 2**64 - 1))
def test_any_number_is_a_cursor(timeline: Timeline, cursor: int) -> None:
    count = timeline.count_below(cursor)
    assert count == 0 or timeline.id_at(count - 1) < cursor
    assert count == timeline.length or timeline.id_at(count) >= cursor


def test_an_empty_timeline_has_nothing_below_any_id() -> None:
    empty = Timeline.ending(seed=1, end_ms=NOW_MS, gap_ms=1000, length=0)
    assert empty.count_below(2**63) == 0


def test_a_timeline_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="gap_ms=0"):
        Timeline(seed=1, start_ms=NOW_MS, gap_ms=0, length=1)


def test_times_before_a_full_second_keep_all_their_digits() -> None:
    assert iso(1_767_225_599_007) == "2025-12-31T23:59:59.007000+00:00"
    assert iso(1_767_225_600_000) == "2026-01-01T00:00:00.000000+00:00"


def test_times_are_written_as_discord_writes_them() -> None:
    # The example of Discord's documentation, "Snowflakes".
    assert iso(unix_ms(175928847299117063)) == "2016-04-30T11:18:25.796000+00:00"
    assert snowflake(unix_ms(175928847299117063), 175928847299117063) == 175928847299117063
