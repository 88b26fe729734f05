"""How lengths of time, sizes, ids, names and what happened are written."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.queue.events import Event
from clipsaver.tui.viewmodel import words
from clipsaver.tui.viewmodel.happenings import event_in_words
from clipsaver.tui.viewmodel.signs import Signs

SIGNS = Signs()
numbers = st.one_of(st.none(), st.floats(), st.integers(-(10**18), 10**18))


@pytest.mark.parametrize(
    ("ms", "text"),
    [(500, "<1s"), (3200, "3.2s"), (9_960, "10s"), (42_000, "42s"), (59_600, "1m 00s"),
     (842_000, "14m 02s"), (7_860_000, "2h 11m"), (275_000_000, "3d 04h"), (None, "-"),
     (-5, "<1s"), (math.nan, "-"), (math.inf, "-"), (1e10, "115d"), (1e13, ">9,999d")],
)  # fmt: skip
def test_lengths(ms, text):
    assert words.length(ms) == text


@pytest.mark.parametrize(
    ("ms", "text"), [(400, "0.4s"), (0, "0.0s"), (3200, "3.2s"), (384_000, "6m 24s"), (-1, "<1s")]
)
def test_what_is_left(ms, text):
    assert words.left(ms) == text


@pytest.mark.parametrize(("ms", "text"), [(999, "<1s"), (3999, "3s"), (879_000, "14m 39s")])
def test_ages_are_never_more_than_they_are(ms, text):
    assert words.age(ms) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (999.6, "1.0k"), (1204, "1.2k"), (31_000, "31k"), (100_400, "100k"),
     (999_900, "1.0M"), (1_250_000, "1.2M"), (10**15, "1000T"), (10**18, "1000000T")],
)  # fmt: skip
def test_compact_numbers(number, text):
    assert words.compact(number) == text


def test_counts_and_sizes_and_shares():
    assert [words.count(one) for one in (2310, None)] == ["2,310", "-"]
    assert [words.counted(one, "entry", "entries") for one in (1, 2000)] == [
        "1 entry",
        "2,000 entries",
    ]
    assert [words.size(one) for one in (None, 0, 999, 870_000, 1_234_567)] == [
        "-", "0 B", "999 B", "870 kB", "1.2 MB",
    ]  # fmt: skip
    assert [words.percent(one) for one in (0.999, 1, 0, 7, None, math.nan)] == [
        "99%", "100%", "0%", "100%", "-%", "-%",
    ]  # fmt: skip
    assert [words.per_second(one) for one in (98.2, 1.31, 0, 12_000, None)] == [
        "98/s", "1.3/s", "0/s", "12,000/s", "-",
    ]  # fmt: skip
    assert [words.clip_length(one) for one in (42.4, 3723, None, -1)] == [
        "0:42", "1:02:03", "-", "-",
    ]  # fmt: skip


def test_ids_keep_their_tail():
    assert words.tail("1769428198123-0", 10, SIGNS) == "…8198123-0"
    assert words.tail("1769428198123-0", 10, Signs(is_ascii=True)) == "~8198123-0"
    assert words.tail("7-0", 10, SIGNS) == "7-0"
    assert words.short_run("discord_clip_jobs/1769428198123-0") == "1769428198123-0"


def test_an_error_keeps_no_secret():
    assert words.error("postgresql://u:secret@h/db\x1b[2J") == "postgresql://u:••••@h/db"


@given(numbers)
def test_no_number_is_too_odd(number):
    for write in (words.length, words.left, words.age):
        assert 1 <= len(write(number)) <= 7
    assert words.per_second(None if number is None else float(number))
    assert words.percent(None if number is None else float(number)).endswith("%")
    assert words.clip_length(None if number is None else float(number))


@given(st.text(), st.integers(1, 20))
def test_any_text_is_made_harmless(text, cells):
    for shown in (words.safe(text), words.error(text), words.kind(text)):
        assert not any(ord(one) < 32 or 127 <= ord(one) < 160 for one in shown)
    assert len(words.tail(text, cells, SIGNS)) <= max(cells, 1)


def test_a_run_that_a_purge_ended_says_so() -> None:
    detail = {"type": "batch", "pages": 2, "note": "purged: channel 5 was purged"}
    ended = Event("1-0", 1, "cancelled", "s/1-0", "vm", detail)
    assert event_in_words(ended) == "ended: 2 pages, purged: channel 5 was purged"
    assert event_in_words(replace(ended, detail={"pages": 2})) == "cancelled; 2 pages so far"
