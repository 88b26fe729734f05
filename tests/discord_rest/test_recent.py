"""The latest answers of each route: bounded, and without what was answered."""

from __future__ import annotations

from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.outcomes import read_answer
from clipsaver.discord_rest.recent import OF_ROUTE, ROUTES, RecentAnswers


def served(at, remaining=4):
    return read_answer(200, LimitHeaders(5, remaining, 0.9, "b"), b"[]", at)


def test_the_last_ten_of_a_route_the_oldest_first():
    recent = RecentAnswers()
    for at in range(OF_ROUTE + 5):
        recent.note("GET /a", served(float(at), remaining=at % 5))
    (heard,) = recent.by_route().values()
    assert [one.at for one in heard] == [float(at) for at in range(5, OF_ROUTE + 5)]
    last = heard[-1]
    assert (last.status, last.limit, last.remaining, last.reset_after_s) == (200, 5, 4, 0.9)
    assert (last.retry_after_s, last.scope) == (None, "")


def test_a_refusal_says_what_is_obeyed_and_whose_it_is():
    recent = RecentAnswers()
    said = LimitHeaders(5, 0, 0.9, "b", scope="shared", retry_after_s=1.0, from_discord=True)
    recent.note("GET /a", read_answer(429, said, b'{"message": "x", "retry_after": 0.3}', 1.0))
    ((one,),) = recent.by_route().values()
    assert (one.status, one.retry_after_s, one.scope) == (429, 0.3, "shared")


def test_of_many_routes_those_are_kept_that_were_answered_last():
    recent = RecentAnswers()
    for number in range(ROUTES):
        recent.note(f"GET /{number}", served(float(number)))
    recent.note("GET /0", served(50.0))
    recent.note("GET /new", served(51.0))
    assert set(recent.by_route()) == {
        "GET /new",
        "GET /0",
        *(f"GET /{n}" for n in range(2, ROUTES)),
    }
