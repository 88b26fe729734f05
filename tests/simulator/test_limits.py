"""Limits: never more than they say, and no longer than they say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clipsaver.simulator.traffic.limits import (
    Allowed,
    LimitBook,
    Limited,
    Limits,
    Rate,
    SlidingWindow,
)

ROUTE = "GET /channels/{}/messages"
# Sixteenths of a second: sums are exact, so that "in any window" can be checked to the edge.
pauses = st.lists(st.integers(0, 40).map(lambda ticks: ticks / 16), max_size=60)


@given(pauses, st.integers(1, 6), st.sampled_from([0.5, 1.0, 5.0]))
def test_no_window_holds_more_than_the_limit(
    pauses: list[float], limit: int, window_s: float
) -> None:
    window = SlidingWindow(Rate(limit, window_s))
    now, granted = 0.0, []
    for pause in pauses:
        now += pause
        if window.wait_s(now) == 0:
            window.take(now)
            granted.append(now)
    for start in granted:
        assert sum(start <= moment < start + window_s for moment in granted) <= limit


@given(pauses, st.integers(1, 6))
def test_the_wait_is_exactly_as_long_as_needed(pauses: list[float], limit: int) -> None:
    window = SlidingWindow(Rate(limit, 2.0))
    now = 0.0
    for pause in pauses:
        now += pause
        wait_s = window.wait_s(now)
        if wait_s > 0:
            assert window.remaining(now) == 0
            assert window.wait_s(now + wait_s - 1 / 64) > 0
            now += wait_s
        assert window.wait_s(now) == 0
        window.take(now)
        assert 0 < window.reset_after_s(now) <= 2.0


def refused_after(book: LimitBook, tries: int, *, token: str = "t", major: str = "1") -> Limited:
    for _ in range(tries):
        assert not isinstance(book.admit(0.0, token, ROUTE, major), Limited)
    refused = book.admit(0.0, token, ROUTE, major)
    assert isinstance(refused, Limited)
    return refused


def test_headers_count_down_where_the_limit_is_visible() -> None:
    book = LimitBook(Limits.visible())
    told = [book.admit(float(second), "t", ROUTE, "1") for second in range(3)]
    assert all(isinstance(each, Allowed) for each in told)
    assert [each.remaining for each in told if each] == [4, 3, 2]  # type: ignore[union-attr]
    assert [each.reset_after_s for each in told if each] == [5.0, 5.0, 5.0]  # type: ignore[union-attr]


def test_a_hidden_limit_boasts_and_then_refuses_under_another_name() -> None:
    book = LimitBook(Limits.concealed())
    told = book.admit(0.0, "t", ROUTE, "1")
    assert isinstance(told, Allowed)
    assert (told.limit, told.remaining) == (1000, 999)
    refused = refused_after(book, 4)
    assert (refused.scope, refused.limit, refused.retry_after_s) == ("user", 5, 5.0)
    assert refused.bucket != told.bucket


def test_channels_and_tokens_have_buckets_of_their_own() -> None:
    book = LimitBook(Limits())
    refused_after(book, 5, major="1")
    refused_after(book, 5, major="2")
    refused_after(book, 5, token="other")


def test_the_whole_token_is_limited_over_all_channels() -> None:
    book = LimitBook(Limits(whole_token=Rate(3, 1.0), per_route=None))
    for channel in "123":
        assert book.admit(0.0, "t", ROUTE, channel) is None
    refused = book.admit(0.5, "t", ROUTE, "4")
    assert refused == Limited("global", 0.5, refused.bucket, 3)  # type: ignore[union-attr]
    assert book.admit(0.5, "other", ROUTE, "4") is None


def test_a_shared_limit_does_not_ask_who() -> None:
    book = LimitBook(Limits(per_route=None, shared=Rate(1, 9.0)))
    assert book.admit(0.0, "a", ROUTE, "1") is None
    refused = book.admit(0.0, "b", ROUTE, "1")
    assert isinstance(refused, Limited)
    assert refused.scope == "shared"


def test_a_route_can_have_a_rate_of_its_own() -> None:
    book = LimitBook(Limits(routes={ROUTE: Rate(1, 60.0)}))
    assert refused_after(book, 1).retry_after_s == 60.0


def test_a_refused_request_uses_nothing_up() -> None:
    book = LimitBook(Limits(whole_token=Rate(2, 1.0), per_route=Rate(1, 5.0)))
    refused_after(book, 1, major="1")
    assert not isinstance(book.admit(0.0, "t", ROUTE, "2"), Limited)


def test_invalid_requests_get_the_host_banned_for_a_while() -> None:
    book = LimitBook(Limits(invalid=Rate(3, 600.0)))
    for status, scope in ((401, None), (429, "shared"), (404, None), (403, None)):
        book.note(0.0, status, scope)
    assert book.banned_s(0.0) == 0
    book.note(10.0, 429, "user")
    assert book.banned_s(10.0) == 590.0
    # What is refused meanwhile counts too: who does not stop is not let in again.
    book.note(20.0, 429, "cloudflare")
    assert book.banned_s(20.0) == 580.0
    assert book.banned_s(600.0) == 0
