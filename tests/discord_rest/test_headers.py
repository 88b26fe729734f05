import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.discord_rest.headers import NOTHING, LimitHeaders, read, seconds


def test_a_usual_answer():
    raw = [
        (b"Date", b"Sun, 22 Nov 2026 10:00:00 GMT"),
        (b"X-RateLimit-Limit", b"5"),
        (b"X-RateLimit-Remaining", b"4"),
        (b"X-RateLimit-Reset", b"1795341600.250"),
        (b"X-RateLimit-Reset-After", b"4.998"),
        (b"X-RateLimit-Bucket", b"80c17d2f203122d936070c88c8d10f33"),
        (b"Via", b"1.1 google"),
    ]
    assert read(raw) == LimitHeaders(
        limit=5,
        remaining=4,
        reset_after_s=4.998,
        bucket="80c17d2f203122d936070c88c8d10f33",
        from_discord=True,
    )


def test_a_429():
    raw = [
        (b"retry-after", b"65"),
        (b"x-ratelimit-scope", b"Shared"),
        (b"x-ratelimit-global", b"true"),
    ]
    assert read(raw) == LimitHeaders(scope="shared", is_global=True, retry_after_s=65.0)


def test_no_limit_headers_at_all():
    assert read([(b"content-type", b"text/html")]) is NOTHING


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"x-ratelimit-limit", b""),
        (b"x-ratelimit-limit", b"-5"),
        (b"x-ratelimit-limit", b"5.5"),
        (b"x-ratelimit-limit", b"99999999999999999999"),
        (b"x-ratelimit-remaining", b"many"),
        (b"x-ratelimit-remaining", b"\xb2"),
        (b"x-ratelimit-reset-after", b"nan"),
        (b"x-ratelimit-reset-after", b"inf"),
        (b"x-ratelimit-reset-after", b"-1"),
        (b"x-ratelimit-reset-after", b"1e300"),
        (b"retry-after", b"Sun, 22 Nov 2026 10:00:00 GMT"),
        (b"x-ratelimit-scope", b"everything"),
        (b"x-ratelimit-global", b"1"),
        (b"x-ratelimit-bucket", b" "),
    ],
)
def test_garbage_counts_as_missing(name, value):
    assert read([(name, value)]) == NOTHING


@given(st.lists(st.tuples(st.sampled_from([b"retry-after", b"x-ratelimit-limit"]), st.binary())))
def test_no_header_can_raise(raw):
    said = read(raw)
    assert said.retry_after_s is None or said.retry_after_s >= 0


@pytest.mark.parametrize(
    ("value", "expected"), [(None, None), (0.25, 0.25), ("7", 7.0), (604_801, None), ("x", None)]
)
def test_seconds(value, expected):
    assert seconds(value) == expected
