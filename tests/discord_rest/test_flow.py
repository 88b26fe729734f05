import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver import errors
from clipsaver.discord_rest import routes
from clipsaver.discord_rest.flow import MOST_429S, SEND, Done, Failure, Policy, run
from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.outcomes import read_answer

REQUEST = routes.CHANNEL.to(channel=1)
VIA = LimitHeaders(from_discord=True)
decode = msgspec.json.Decoder(list[int]).decode


def ok(at=0.0, body=b"[1]"):
    return read_answer(200, VIA, body, at)


def busy(at=0.0, limits=VIA):
    return read_answer(503, limits, b"{}", at)


def limited(at=0.0, retry_after_s=1.0):
    return read_answer(429, VIA, b'{"retry_after": %f}' % retry_after_s, at)


def course(policy=None, dice=1.0, started=0.0):
    flow = run(REQUEST, decode, policy=policy or Policy(), started=started, dice=lambda: dice)
    assert next(flow) == SEND
    return flow


def finish(flow, result):
    with pytest.raises(StopIteration) as end:
        flow.send(result)
    return end.value.value


def test_a_request_that_just_works():
    assert finish(course(), ok()) == Done([1], 1)


def test_the_backoff_doubles_up_to_its_longest():
    flow = course(Policy(attempts=8, patience_s=1e6))
    sleeps = []
    for _ in range(7):
        sleeps.append(flow.send(Failure("reset", 0.0)))
        assert flow.send(None) == SEND
    assert sleeps == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    with pytest.raises(errors.DiscordUnavailable, match="reset; gave up after 8 attempts"):
        flow.send(Failure("reset", 0.0))


def test_the_jitter_is_full():
    assert course(dice=0.0).send(busy()) == 0.0
    assert course(dice=0.25).send(busy()) == 0.125


def test_a_busy_server_may_ask_for_more():
    limits = LimitHeaders(from_discord=True, retry_after_s=7.0)
    assert course().send(busy(limits=limits)) == 7.0


def test_no_retry_beyond_the_patience():
    flow = course(Policy(patience_s=10.0), started=100.0)
    with pytest.raises(errors.DiscordUnavailable, match="after 1 attempt "):
        flow.send(busy(at=109.6))


def test_429s_use_no_attempt():
    flow = course(Policy(attempts=1))
    for _ in range(MOST_429S - 1):
        assert flow.send(limited()) == SEND
    assert finish(flow, ok()) == Done([1], MOST_429S)


def test_429s_without_end_are_given_back_to_the_job():
    flow = course()
    for _ in range(MOST_429S - 1):
        flow.send(limited())
    with pytest.raises(errors.RateLimited):
        flow.send(limited())


def test_a_429_beyond_the_patience_is_the_jobs():
    flow = course(Policy(patience_s=10.0))
    assert flow.send(limited(at=0.0, retry_after_s=9.0)) == SEND
    with pytest.raises(errors.RateLimited) as caught:
        flow.send(limited(at=9.0, retry_after_s=2.0))
    assert caught.value.retry_after_s == 2.0


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1", b'["x"]', b"\xff", b"{}"])
def test_an_unreadable_answer_is_tried_once_more(body):
    flow = course()
    assert flow.send(ok(body=body)) == 0.5
    assert flow.send(None) == SEND
    with pytest.raises(errors.DiscordUnavailable, match="cannot be read") as caught:
        flow.send(ok(body=body))
    assert caught.value.status == 200


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 418])
def test_what_is_final_is_not_tried_again(status):
    with pytest.raises(errors.DiscordError) as caught:
        course().send(read_answer(status, VIA, b'{"code": 0}', 0.0))
    assert caught.value.status == status


RESULTS = [
    lambda at: ok(at, b"["),
    busy,
    limited,
    lambda at: limited(at, 40.0),
    lambda at: Failure("late", at),
    ok,
]


@given(
    script=st.lists(st.sampled_from(RESULTS), min_size=40, max_size=40),
    took_s=st.floats(0, 5),
    dice=st.floats(0, 0.999),
)
def test_it_always_ends_within_its_budgets(script, took_s, dice):
    policy = Policy(attempts=5, patience_s=60.0)
    flow = course(policy, dice=dice)
    now, sent = 0.0, 0

    def drive():
        nonlocal now, sent
        for result in script:
            now += took_s
            sent += 1
            action = flow.send(result(now))
            if action != SEND:
                now += action
                assert flow.send(None) == SEND
            assert now < policy.patience_s

    with pytest.raises((StopIteration, errors.DiscordUnavailable, errors.RateLimited)):
        drive()
    assert sent < policy.attempts + MOST_429S
