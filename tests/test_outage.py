"""What is away is said once for each reason, and so is that it is back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
import structlog
import trio
from structlog.testing import capture_logs

from clipsaver.errors import DatabaseUnavailable, RedisUnavailable
from clipsaver.outage import LONGEST_DELAY_S, Outage, delay_s, insist

Logs = list[Any]


@pytest.fixture
def logs() -> Iterator[Logs]:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as told:
        yield cast("Logs", told)


async def test_each_reason_is_said_once(autojump_clock: trio.abc.Clock, logs: Logs) -> None:
    outage = Outage("redis")
    for obstacle in ("refused", "wrong password", "refused", "loading"):
        for said in ("by 1.2.3.4", "by 1.2.3.5"):  # the same reason in other words
            outage.began(RedisUnavailable(obstacle, said=said))
            await trio.sleep(1)
    assert outage.is_on
    outage.ended()
    outage.ended()
    assert not outage.is_on
    outage.began(RedisUnavailable("refused"))
    assert [log["event"] for log in logs] == [*["redis_away"] * 3, "redis_back", "redis_away"]
    assert logs[0]["error"] == "refused (by 1.2.3.4)"
    assert logs[3]["after_s"] == 8.0


async def test_it_is_nobodys_own_job(logs: Logs) -> None:
    outage = Outage("database")
    with structlog.contextvars.bound_contextvars(run="clips/1-0"):
        outage.began(DatabaseUnavailable("x"))
        outage.ended()
    assert all("run" not in log for log in logs)


def test_pauses_grow_up_to_a_cap_and_are_rolled() -> None:
    longest = [delay_s(failures, 1.0) for failures in range(30)]
    assert longest[:4] == [0.1, 0.2, 0.4, 0.8]
    assert longest[-1] == LONGEST_DELAY_S
    assert delay_s(29, 0.25) == LONGEST_DELAY_S / 4
    assert delay_s(9, 1.0, first_s=1.0, longest_s=30.0) == 30.0


async def test_who_insists_is_served_in_the_end(autojump_clock: trio.abc.Clock, logs: Logs) -> None:
    answers: list[Exception | int] = [RedisUnavailable("x"), RedisUnavailable("x"), 5]

    async def ask() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    began = trio.current_time()
    assert await insist(ask, Outage("redis"), RedisUnavailable, dice=lambda: 1.0) == 5
    assert trio.current_time() - began == pytest.approx(0.1 + 0.2)
    assert [log["event"] for log in logs] == ["redis_away", "redis_back"]


async def test_another_error_is_none_to_wait_for() -> None:
    async def ask() -> int:
        raise DatabaseUnavailable("x")

    with pytest.raises(DatabaseUnavailable):
        await insist(ask, Outage("redis"), RedisUnavailable, dice=lambda: 1.0)
