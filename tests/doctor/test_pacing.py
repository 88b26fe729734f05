"""Limits of a process that cannot ask Redis for them."""

from __future__ import annotations

import itertools

import pytest
import trio
import trio.testing

from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.discord_rest.outcomes import Answer, Refusal, Scope
from clipsaver.discord_rest.routes import ME
from clipsaver.doctor.pacing import SPACING_S, Slowly
from clipsaver.errors import RateLimited

FINE = Answer(200, LimitHeaders(), b"{}", 0.0)
REFUSED = Answer(429, LimitHeaders(), b"", 0.0, None, Refusal(Scope.USER, 7.0))


def asked(limits: Slowly, *, within_s: float = 60.0):
    deadline = trio.current_time() + within_s
    return limits.permit(ME.to(), turn=Turn.LIVE, deadline=deadline, trial=False)


async def test_requests_go_one_by_one_and_slowly(autojump_clock: trio.abc.Clock) -> None:
    limits, at = Slowly(), []

    async def ask() -> None:
        async with asked(limits) as permit:
            at.append(trio.current_time())
            await trio.sleep(0.1)
            permit.answered(FINE)

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(ask)
    apart = [later - earlier for earlier, later in itertools.pairwise(at)]
    assert apart == pytest.approx([0.1 + SPACING_S] * 3)


async def test_a_429_is_waited_for_as_it_asks(autojump_clock: trio.abc.Clock) -> None:
    limits = Slowly()
    async with asked(limits) as permit:
        permit.answered(REFUSED)
    began = trio.current_time()
    with pytest.raises(RateLimited):
        async with asked(limits, within_s=5.0):
            pytest.fail("it went")
    assert trio.current_time() == began
    async with asked(limits):
        assert trio.current_time() - began == pytest.approx(7.0)


async def test_who_is_cancelled_leaves_no_trace(autojump_clock: trio.abc.Clock) -> None:
    limits = Slowly()
    async with asked(limits) as permit:
        permit.answered(REFUSED)
    with trio.move_on_after(1):
        async with asked(limits):
            pytest.fail("it went")
    with trio.fail_after(10):
        async with asked(limits):
            pass
