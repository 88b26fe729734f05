from functools import partial
from itertools import pairwise

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import wait_all_tasks_blocked

from clipsaver import errors
from clipsaver.discord_rest import routes
from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.limits.permits import ON_BEHALF_OF, Turn, Why
from clipsaver.discord_rest.outcomes import Answer, read_answer
from tests.discord_rest.conftest import limits_of
from tests.discord_rest.limits.virtual import VirtualRedis

VIA = LimitHeaders(from_discord=True)


def history(channel):
    return routes.MESSAGES.to(channel=channel)


def answer(status=200, body=b"[]", limits=VIA) -> Answer:
    return read_answer(status, limits, body, trio.current_time())


async def go(gate, request, *, takes_s=0.0, turn=Turn.BACKFILL, log=None, given=None, deadline=1e9):
    async with gate.permit(request, turn=turn, deadline=deadline) as permit:
        if log is not None:
            log.append((request.major, trio.current_time()))
        await trio.sleep(takes_s)
        permit.answered(given or answer())


def assert_nothing_is_left(gate):
    statistics = gate.statistics()
    assert (statistics.waiting, statistics.on_their_way) == (0, 0)
    assert gate.waiting() == ()


async def test_the_pace_is_slept_exactly(autojump_clock):
    log = []
    async with limits_of(rate=45.0) as gate:
        async with trio.open_nursery() as nursery:
            for channel in range(90):
                nursery.start_soon(lambda c=channel: go(gate, history(c), takes_s=0.3, log=log))
        times = [at for _, at in log]
        assert times == sorted(times)
        assert times[-1] - times[0] == pytest.approx(89 / 45, abs=0.05)
        assert min(b - a for a, b in pairwise(times[1:])) > 0.5 / 45 - 1e-6
        assert_nothing_is_left(gate)


async def test_one_channel_goes_in_order_and_live_goes_first(autojump_clock):
    order = []
    async with limits_of(rate=1000.0) as gate:

        async def one(name, turn):
            async with gate.permit(history(1), turn=turn, deadline=1e9) as permit:
                order.append(name)
                await trio.sleep(1)
                permit.answered(answer())

        async with trio.open_nursery() as nursery:
            for name in ("first", "second", "third", "live"):
                nursery.start_soon(one, name, Turn.LIVE if name == "live" else Turn.BACKFILL)
                await wait_all_tasks_blocked()
        assert order == ["first", "live", "second", "third"]


async def test_waits_are_told_with_their_reasons(autojump_clock):
    async with limits_of(rate=10.0) as gate:
        async with trio.open_nursery() as nursery:
            for channel, turn in ((1, 3), (2, 3), (5, 3), (1, 3), (3, 0), (4, 1), (6, 2)):
                nursery.start_soon(partial(go, gate, history(channel), takes_s=10, turn=Turn(turn)))
                await wait_all_tasks_blocked()
            told = [(one.request.split("/")[2], one.turn, one.why) for one in gate.waiting()]
            assert told == [
                ("3", "live", Why.PACE.words),
                ("4", "refresh", Why.PACE.words),
                ("6", "listing", Why.PACE.words),
                ("2", "backfill", Why.PACE.words),
                ("5", "backfill", Why.PACE.words),
                ("1", "backfill", Why.CHANNEL.words),
            ]
            assert gate.waiting()[0].left_s < gate.waiting()[1].left_s < 0.2
            assert gate.waiting()[-1].left_s == pytest.approx(2.0, abs=0.01)
            nursery.cancel_scope.cancel()
        assert_nothing_is_left(gate)


async def test_who_waits_is_known_by_whom_it_asks_for(autojump_clock):
    async with limits_of(rate=1000.0) as gate:

        async def of_a_run(run, channel):
            ON_BEHALF_OF.set(run)
            await go(gate, history(channel), takes_s=3)

        async with trio.open_nursery() as nursery:
            for run in ("one", "two"):
                nursery.start_soon(of_a_run, run, 7)
                await wait_all_tasks_blocked()
            await trio.sleep(1)
            (waiting,) = gate.waiting()
            assert (waiting.asker, waiting.obstacle) == ("two", "channel")
            assert waiting.limit == "GET /channels/{channel}/messages of 7"
            assert waiting.for_s == pytest.approx(1)
        statistics = gate.statistics()
        assert (statistics.waits, statistics.waited_s) == (1, pytest.approx(3, abs=0.1))


async def test_cancelled_waiters_give_back_their_places(autojump_clock):
    async with limits_of(rate=1000.0) as gate:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: go(gate, history(1), takes_s=5))
            await wait_all_tasks_blocked()
            with trio.move_on_after(1):
                async with trio.open_nursery() as doomed:
                    for _ in range(3):
                        doomed.start_soon(lambda: go(gate, history(1)))
            assert gate.statistics().waiting == 0
            started = trio.current_time()
            await go(gate, history(1))
            assert trio.current_time() - started == pytest.approx(4, abs=0.01)
        assert_nothing_is_left(gate)


async def test_a_cancelled_first_in_line_hands_its_alarm_on(autojump_clock):
    log = []
    async with limits_of(rate=1.0) as gate:
        await go(gate, history(0))
        await go(gate, history(0))
        async with trio.open_nursery() as nursery:
            scope = trio.CancelScope()

            async def first():
                with scope:
                    await go(gate, history(1))

            nursery.start_soon(first)
            await wait_all_tasks_blocked()
            nursery.start_soon(lambda: go(gate, history(2), log=log))
            await wait_all_tasks_blocked()
            due = trio.current_time() + gate.waiting()[0].left_s
            scope.cancel()
        assert log == [("2", pytest.approx(due))]
        assert_nothing_is_left(gate)


async def test_a_request_cancelled_on_its_way_frees_its_channel_but_counts(autojump_clock):
    async with limits_of(rate=1000.0) as gate:
        told = answer(limits=LimitHeaders(2, 1, 5.0, "b"))
        await go(gate, history(1), given=told)
        with trio.move_on_after(1):
            await go(gate, history(1), takes_s=60)
        started = trio.current_time()
        await go(gate, history(1))
        # Two of two were sent, though of one nobody knows: the first leaves the window at 5 s.
        assert trio.current_time() - started == pytest.approx(4.02, abs=0.01)
        assert_nothing_is_left(gate)


async def test_a_grant_that_meets_a_cancellation_is_returned(autojump_clock, valkey_url):
    redis = VirtualRedis(valkey_url)
    async with limits_of(redis=redis) as gate:
        sent = []
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                redis.replies_may_arrive = trio.Event()
                nursery.start_soon(partial(go, gate, history(1), log=sent))
                await wait_all_tasks_blocked()
                scope.cancel()
        redis.replies_may_arrive.set()
        started = trio.current_time()
        await go(gate, history(1))
        assert trio.current_time() == pytest.approx(started, abs=0.01)
        assert sent == []
        assert_nothing_is_left(gate)


async def test_cancellations_at_random_leak_nothing(autojump_clock):
    log = []
    async with limits_of(rate=45.0) as gate:
        async with trio.open_nursery() as nursery:
            for number in range(300):

                async def one(number=number):
                    with trio.move_on_after((number * 7919 % 101) / 20):
                        limits = LimitHeaders(5, 4, 5.0, "b")
                        await go(
                            gate,
                            history(number % 17),
                            takes_s=(number % 5) / 10,
                            turn=Turn(number % len(Turn)),
                            log=log,
                            given=answer(limits=limits),
                        )

                nursery.start_soon(one)
        assert len(log) > 20
        assert_nothing_is_left(gate)
        for channel in {major for major, _ in log}:
            times = [at for major, at in log if major == channel]
            assert all(b - a >= 5 for a, b in zip(times, times[5:], strict=False))


async def test_patience_ends_a_wait_whose_end_nobody_knows(autojump_clock):
    async with limits_of(rate=1000.0) as gate:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: go(gate, history(1), takes_s=100))
            await wait_all_tasks_blocked()
            started = trio.current_time()
            with pytest.raises(errors.RateLimited, match="on its way"):
                await go(gate, history(1), deadline=started + 60)
            assert trio.current_time() - started == pytest.approx(60)
            nursery.cancel_scope.cancel()
        assert_nothing_is_left(gate)


async def test_a_wait_that_is_known_to_be_too_long_is_not_begun(autojump_clock):
    async with limits_of(rate=1000.0) as gate:
        given = answer(429, b'{"retry_after": 90}')
        await go(gate, history(1), given=given)
        started = trio.current_time()
        with pytest.raises(errors.RateLimited, match=r"more than 90\.0 s.*429") as caught:
            await go(gate, history(1), deadline=started + 60)
        assert caught.value.retry_after_s == pytest.approx(90, abs=0.1)
        assert trio.current_time() == started
        assert_nothing_is_left(gate)


async def test_a_rejected_token_stops_those_in_line(autojump_clock):
    async with limits_of(rate=1000.0) as gate:
        ends = []

        async def waiter():
            try:
                await go(gate, history(1))
            except errors.TokenRejected as error:
                ends.append(error)

        async with trio.open_nursery() as nursery, gate.permit(history(1), deadline=1e9) as permit:
            for _ in range(3):
                nursery.start_soon(waiter)
            await wait_all_tasks_blocked()
            permit.answered(answer(401, b'{"message": "401: Unauthorized", "code": 0}'))
        assert len(ends) == 3
        assert gate.held_since is not None
        with pytest.raises(errors.TokenRejected, match="not sent"):
            await go(gate, history(2))
        assert_nothing_is_left(gate)


async def test_what_a_person_must_know_is_logged_once(autojump_clock):
    async with limits_of(rate=1e6) as gate:
        with capture_logs() as logs:
            for _ in range(1_200):
                await go(gate, history(1), given=answer(403, b'{"code": 50001}'))
            assert [entry["event"] for entry in logs] == ["invalid_requests"]
            await go(gate, history(1), given=answer(401, b'{"code": 0}'))
            permit = gate.permit(routes.ME.to(), deadline=1e9, trial=True)
            async with permit:
                permit.answered(answer())
            await go(gate, history(1), given=answer(403, b"<html>"))
            await gate.pulse()
        events = [entry["event"] for entry in logs]
        assert events == ["invalid_requests", "token_held", "token_released", "blocked"]
        assert gate.statistics().invalid_requests == 1_202


async def test_what_was_being_said_at_the_end_is_said_again(autojump_clock, valkey_url):
    redis = VirtualRedis(valkey_url)
    async with limits_of(redis=redis, token="ending") as gate:
        async with gate.permit(history(1), deadline=1e9):
            pass
        await wait_all_tasks_blocked()
        redis.trouble = ConnectionResetError("in the middle")
        with trio.move_on_after(0.01):
            await go(gate, history(1))
        redis.trouble = None
    async with limits_of(redis=redis, token="ending") as gate:
        started = trio.current_time()
        await go(gate, history(1))
        assert trio.current_time() == pytest.approx(started, abs=0.01)
