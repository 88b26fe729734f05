"""Round trips that many tasks share."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import trio
import trio.testing

from clipsaver.combining import Combiner


class Ended(Exception):
    pass


class Server:
    """Answers each group when it is let."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.let = trio.Semaphore(0)

    async def do(self, items: Sequence[int]) -> list[int | Exception]:
        self.groups.append(list(items))
        await self.let.acquire()
        if 99 in items:
            raise OSError("away")
        return [ValueError(item) if item < 0 else 2 * item for item in items]


async def test_who_comes_meanwhile_goes_in_the_next(nursery):
    server, got = Server(), {}
    combine = Combiner(server.do, ended=Ended, most=3)
    await nursery.start(combine.run)

    async def call(item):
        got[item] = await combine(item)

    for item in range(6):
        nursery.start_soon(call, item)
        await trio.testing.wait_all_tasks_blocked()
    assert server.groups == [[0]]
    for _ in range(3):
        server.let.release()
        await trio.testing.wait_all_tasks_blocked()
    assert server.groups == [[0], [1, 2, 3], [4, 5]]
    assert got == {item: 2 * item for item in range(6)}
    nursery.cancel_scope.cancel()


async def test_two_trips_at_once_do_not_wait_for_each_other(nursery):
    server, got = Server(), []
    combine = Combiner(server.do, ended=Ended, most=3, at_once=2)
    await nursery.start(combine.run)
    await trio.testing.wait_all_tasks_blocked()

    async def call(item):
        got.append(await combine(item))

    for item in range(4):
        nursery.start_soon(call, item)
        await trio.testing.wait_all_tasks_blocked()
    assert server.groups == [[0], [1]]
    for _ in range(3):
        server.let.release()
    await trio.testing.wait_all_tasks_blocked()
    assert server.groups == [[0], [1], [2, 3]]
    assert sorted(got) == [0, 2, 4, 6]
    nursery.cancel_scope.cancel()


async def test_an_error_is_its_callers_alone_and_that_of_the_trip_is_everybodys(nursery):
    server, failed = Server(), {}
    combine = Combiner(server.do, ended=Ended, most=9)
    await nursery.start(combine.run)

    async def call(item):
        try:
            await combine(item)
        except Exception as error:  # noqa: BLE001
            failed[item] = type(error)

    for group in ([5], [-1, 6, 7], [99, 8]):
        for item in group:
            nursery.start_soon(call, item)
        await trio.testing.wait_all_tasks_blocked()
        server.let.release()
        await trio.testing.wait_all_tasks_blocked()
    assert failed == {-1: ValueError, 99: OSError, 8: OSError}
    nursery.cancel_scope.cancel()


async def test_a_cancelled_call_is_dropped_and_hurts_nobody(nursery):
    server = Server()
    combine = Combiner(server.do, ended=Ended, most=9)
    await nursery.start(combine.run)
    nursery.start_soon(combine, 1)
    await trio.testing.wait_all_tasks_blocked()
    with trio.move_on_after(0):
        await combine(2)
    server.let.release()
    server.let.release()
    assert await combine(3) == 6
    assert server.groups == [[1], [3]]
    nursery.cancel_scope.cancel()


async def test_who_waits_when_the_service_ends_hears_of_it():
    server = Server()
    combine = Combiner(server.do, ended=Ended, most=1)
    heard = []

    async def call(item):
        with pytest.raises(Ended):
            await combine(item)
        heard.append(item)

    async with trio.open_nursery() as callers, trio.open_nursery() as service:
        await service.start(combine.run)
        assert combine.is_serving
        callers.start_soon(call, 1)
        callers.start_soon(call, 2)
        await trio.testing.wait_all_tasks_blocked()
        service.cancel_scope.cancel()
    assert sorted(heard) == [1, 2]
    assert not combine.is_serving
    with pytest.raises(Ended):
        await combine(3)
