"""What whoever looks sees of the limits."""

import asyncio

import msgspec
import pytest
import redis.asyncio

from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.limits.lua import invalid_key, token_key
from clipsaver.discord_rest.limits.permits import Turn, Why
from clipsaver.discord_rest.limits.view import Bucket, read_view
from clipsaver.discord_rest.outcomes import Refusal, Scope
from tests.discord_rest.limits.virtual import Ticket, VirtualLimits, history

ROUTE = "GET /channels/{channel}/messages"


@pytest.fixture
def limits(valkey_url):
    return VirtualLimits(valkey_url, 10.0)


def test_an_unused_token_has_nothing_to_tell(limits):
    limits.redis.delete(limits.key)
    assert not limits.view(0.0).known


def test_what_is_used_of_what_and_who_waits_why(limits):
    limits.serve(history(1), 0.0, LimitHeaders(2, 1, 5.0, "b"))
    limits.serve(history(1), 1.0, LimitHeaders(2, 0, 5.0, "b"))
    on_its_way = limits.admitted(history(2), 2.0)
    full = Ticket(history(1), worker="one", since=1.5)
    busy = Ticket(history(2), Turn.LIVE, worker="two", since=2.0)
    for ticket in (full, busy):
        limits.take(ticket, 2.5)
    view = limits.view(2.6)
    assert (view.known, view.rate, view.sent, view.on_their_way) == (True, 10.0, 1, 1)
    one, two = view.buckets
    assert (one.routes, one.major, one.used, one.limit, one.why) == ([ROUTE], "1", 2, 2, Why.BUCKET)
    assert one.window_s == pytest.approx(5.02)
    assert one.free_in_s == pytest.approx(5.02 - 2.6, abs=1e-3)
    assert (two.major, two.used, two.limit, two.free_in_s) == ("2", 1, 0, 0)
    live, backfill = view.waiting
    assert (live.worker, live.turn, live.why) == ("two", Turn.LIVE, Why.CHANNEL)
    assert (backfill.worker, backfill.turn, backfill.why) == ("one", Turn.BACKFILL, Why.BUCKET)
    assert backfill.request.startswith("GET /channels/1/messages")
    assert backfill.for_s == pytest.approx(1.1, abs=1e-3)
    assert backfill.left_s == pytest.approx(5.02 - 2.6, abs=1e-3)
    limits.answered(on_its_way, LimitHeaders(), None, 3.0)
    limits.leave(full, 3.0)
    limits.leave(busy, 3.0)
    after = limits.view(3.1)
    assert (after.waiting, after.on_their_way) == ([], 0)


def test_the_dead_do_not_wait(limits):
    limits.serve(history(1), 0.0, LimitHeaders(1, 0, 5.0, "b"))
    limits.take(Ticket(history(1), worker="dead"), 1.0)
    assert len(limits.view(2.0).waiting) == 1
    assert limits.view(7.0).waiting == []


def test_what_was_learnt_and_what_was_invalid(limits):
    said = LimitHeaders(5, 0, 7777.0, "hidden", "user")
    admission = limits.admitted(history(1), 0.0)
    limits.answered(admission, said, Refusal(Scope.USER, 4.0), 0.0)
    view = limits.view(100.0)
    (learnt,) = view.learnt
    assert (learnt.route, learnt.count) == (ROUTE, 5)
    assert learnt.trial_in_s == pytest.approx(3500.0)
    ((count, held_for_s),) = [(one.count, one.held_for_s) for one in view.invalid]
    assert (count, held_for_s) == (1, 0)


@pytest.mark.parametrize(
    ("scope", "asked_s", "header_s", "longer"),
    [
        (Scope.USER, 0.4, 1.0, "header"),
        (Scope.SHARED, 9.0, 3.0, "body"),
        (Scope.GLOBAL, 2.0, 2.0, ""),
        (Scope.USER, 2.0, None, ""),
    ],
)
def test_the_last_refusal_of_a_bucket(limits, scope, asked_s, header_s, longer):
    limits.serve(history(1), 0.0, LimitHeaders(5, 4, 1.0, "b"))
    for at, asked in ((1.0, 0.1), (20.0, asked_s)):
        admission = limits.admitted(history(1), at)
        said = LimitHeaders(5, 0, 1.0, "b", scope, retry_after_s=header_s)
        limits.answered(admission, said, Refusal(scope, asked), at)
    (bucket,) = limits.view(23.0).buckets
    refused = bucket.refused
    assert (refused.scope, refused.asked_s, refused.header_s) == (scope, asked_s, header_s)
    assert refused.ago_s == pytest.approx(3.0, abs=1e-3)
    assert refused.longer == longer
    limits.serve(history(1), 40.0, LimitHeaders(5, 4, 1.0, "b"))
    assert limits.view(41.0).buckets[0].refused.scope == scope


def test_a_refusal_moves_with_the_name_of_its_bucket(limits):
    admission = limits.admitted(history(1), 0.0)
    limits.answered(admission, LimitHeaders(), Refusal(Scope.SHARED, 0.5), 0.0)
    for at in (5.0, 6.0):
        limits.serve(history(1), at, LimitHeaders(5, 4, 1.0, "b"))
    (bucket,) = limits.view(7.0).buckets
    assert (bucket.limit, bucket.refused.scope) == (5, "shared")


def test_the_last_minute_in_parts(limits):
    for at in (0.0, 31.0, 32.0, 59.5):
        limits.serve(history(1), at)
    view = limits.view(60.5, strip=6)
    assert [bucket.strip for bucket in view.buckets] == [[0, 0, 0, 2, 0, 1]]
    assert view.buckets[0].refused is None
    assert limits.view(60.5).buckets[0].strip == []


def test_what_an_older_worker_left_has_no_refusal():
    old = {"routes": [ROUTE], "major": "1", "used": 1, "limit": 5, "window_s": 1.0,
           "is_learnt": False, "free_in_s": 0.0, "why": "bucket"}  # fmt: skip
    assert msgspec.convert(old, Bucket).refused is None


def test_why_nothing_is_sent(limits):
    limits.came(0.0, 401)
    view = limits.view(10.0)
    assert view.held_for_s == pytest.approx(10.0)
    assert view.trial_in_s == pytest.approx(290.0)
    limits.came(20.0, 429, Scope.GLOBAL, 5.0)
    view = limits.view(21.0)
    assert view.closed_for_s == pytest.approx(4.02)
    assert view.closed_why == Why.GLOBAL


def test_looking_changes_nothing(limits):
    limits.serve(history(1), 0.0, LimitHeaders(2, 1, 5.0, "b"))
    limits.take(Ticket(history(1)), 1.0)

    def everything():
        keys = sorted(limits.redis.scan_iter(match=limits.key.replace("{", "\\{") + "*"))
        return {key: limits.redis.dump(key) for key in keys}

    before = everything()
    limits.view(2.0)
    assert everything() == before


def test_it_is_read_on_asyncio_as_well(valkey_url):
    async def look():
        client = redis.asyncio.Redis.from_url(valkey_url, protocol=3)
        try:
            return await read_view(
                client, server="here", token="never used", egress="here", strip_parts=30
            )
        finally:
            await client.aclose()

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        assert not runner.run(look()).known
    assert "never used" not in token_key("never used")
    assert invalid_key("a") != invalid_key("b")
