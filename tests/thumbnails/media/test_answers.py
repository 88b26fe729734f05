"""Headers as servers write them, and as they should not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.thumbnails.media.answers import (
    ContentRange,
    EntityTag,
    content_length,
    content_range,
    entity_tag,
    retry_after_s,
    unsatisfied_size,
)

DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


@given(st.integers(0, 2**50), st.integers(1, 2**50), st.integers(0, 2**50), st.booleans())
def test_a_range_is_read_as_it_was_written(start, length, rest, is_told):
    end = start + length
    total = end + rest if is_told else None
    written = f"bytes {start}-{end - 1}/{'*' if total is None else total}"
    assert content_range(written) == ContentRange(start, end, total)
    assert unsatisfied_size(written) is None


@given(st.text(st.sampled_from("bytes 0123456789-/*"), max_size=30) | st.text())
def test_anything_else_is_no_impossible_range(text):
    told = content_range(text)
    if told is not None:
        assert 0 <= told.start < told.end
        assert told.total is None or told.end <= told.total


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bytes",
        "bytes */100",
        "bytes 9-0/100",
        "bytes 0-100/100",
        "bytes -9/100",
        "bytes 0-/100",
        "items 0-9/100",
        "bytes 0-9",
        "bytes 0-9/100, 20-29/100",
        "bytes \u0660-\u0669/100",
        "bytes 0-9999999999999999999/*",
    ],
)
def test_what_is_no_range(text):
    assert content_range(text) is None


@pytest.mark.parametrize(
    ("text", "size"),
    [("bytes */100", 100), ("bytes */0", 0), ("bytes */*", None), ("bytes 0-9/100", None)],
)
def test_the_size_that_a_refusal_tells(text, size):
    assert unsatisfied_size(text) == size


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ('"a"', EntityTag('"a"', is_strong=True)),
        ('W/"a"', EntityTag('"a"', is_strong=False)),
        ('""', EntityTag('""', is_strong=True)),
        ("a", None),
        ("", None),
        ('"a', None),
        ('"a" "b"', None),
        ('w/"a"', None),
    ],
)
def test_entity_tags(text, tag):
    assert entity_tag({"etag": text}) == tag


@pytest.mark.parametrize(
    ("text", "length"), [("7", 7), (" 7 ", 7), ("-7", None), ("", None), ("7,7", None)]
)
def test_lengths(text, length):
    assert content_length({"content-length": text}) == length


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("0", 0),
        ("7", 7),
        ("0.5", 0.5),
        ("99999999", 24 * 3600),
        ("Wed, 21 Oct 2026 07:29:30 GMT", 90),
        ("Wed, 21 Oct 2026 07:00:00 GMT", 0),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
    ],
)
def test_the_wait_that_is_asked_for(text, wait_s):
    assert retry_after_s({"retry-after": text, "date": DATE}) == wait_s


@pytest.mark.parametrize("date", ["", "today", "21 Oct 2026 07:28:00"])
def test_a_date_without_a_date_to_count_from_says_nothing(date):
    assert retry_after_s({"retry-after": DATE, "date": date}) is None
